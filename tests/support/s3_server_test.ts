import { deepStrictEqual, rejects } from "node:assert/strict";
import {
  CreateMultipartUploadCommand,
  ListBucketsCommand,
  type S3ServiceException,
} from "@aws-sdk/client-s3";
import { findDebianMirror } from "../../tools/s3_server/install.ts";
import {
  freshBucket,
  listAll,
  listMultipartUploads,
  putObject,
  readObject,
  s3ForTests,
  s3UnavailableReason,
  withClient,
} from "./s3_server.ts";

const s3 = await s3ForTests();
// deno-lint-ignore no-console -- nobody shall think that they have run
if (!s3) console.warn(`skipping tests with S3: ${s3UnavailableReason()}`);

Deno.test("the mirror is Debian's own, in either format of apt's sources", () => {
  const other = `# deb http://old.example/debian stable main
deb [signed-by=/usr/share/keyrings/vendor.gpg] http://vendor.example/debian bookworm main
deb http://vendor.example/apt bookworm-tools main
`;
  const lines = "deb-src http://source.example/debian bookworm main\n" +
    "deb http://safe.example/debian-security bookworm-security main\n" +
    "deb [arch=amd64] http://one.example/debian bookworm main contrib\n";
  const stanzas = `Types: deb
URIs: https://safe.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
# Kept near.
URIs: mirror+file:/etc/apt/mirrors/debian.list
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
  const found = (...sources: string[]) => findDebianMirror(sources, "bookworm");
  deepStrictEqual(found(other), undefined);
  deepStrictEqual(found(other, lines), "http://one.example/debian");
  deepStrictEqual(
    found("", stanzas, lines),
    "mirror+file:/etc/apt/mirrors/debian.list",
  );
});

Deno.test({
  name: "the server stores what it is given",
  ignore: !s3,
  async fn() {
    const bucket = await freshBucket(s3!);
    await putObject(s3!, bucket, "a/ü +%.txt", "content", {
      ContentType: "text/plain; charset=utf-8",
      Metadata: { origin: "test" },
    });
    const object = await readObject(s3!, bucket, "a/ü +%.txt");
    deepStrictEqual(new TextDecoder().decode(object.bytes), "content");
    deepStrictEqual(object.contentType, "text/plain; charset=utf-8");
    deepStrictEqual(object.etag, '"9a0364b9e99bb480dd25e1f0284c8555"');
    deepStrictEqual(object.metadata, { origin: "test" });
    await rejects(readObject(s3!, bucket, "b"), { name: "NoSuchKey" });
  },
});

Deno.test({
  name: "the server checks signatures and owners",
  ignore: !s3,
  async fn() {
    const bucket = await freshBucket(s3!);
    await putObject(s3!, bucket, "a", "content");
    const liar = { ...s3!, secretAccessKey: "wrong" };
    await rejects(putObject(liar, bucket, "b", "content"), (error) => {
      const { name, $metadata } = error as S3ServiceException;
      deepStrictEqual(name, "SignatureDoesNotMatch");
      deepStrictEqual($metadata.httpStatusCode, 403);
      return true;
    });
    const { otherAccessKeyId, otherSecretAccessKey } = s3!;
    if (otherAccessKeyId && otherSecretAccessKey) {
      const other = {
        ...s3!,
        accessKeyId: otherAccessKeyId,
        secretAccessKey: otherSecretAccessKey,
      };
      await rejects(readObject(other, bucket, "a"), { name: "AccessDenied" });
    }
    deepStrictEqual(await listAll(s3!, bucket), [{ key: "a", size: 7 }]);
  },
});

Deno.test({
  name: "the server never replaces an object it is told not to replace",
  ignore: !s3,
  async fn() {
    const bucket = await freshBucket(s3!);
    const puts = await Promise.allSettled(
      Array.from(
        { length: 8 },
        (_, index) =>
          putObject(s3!, bucket, "a", String(index), { IfNoneMatch: "*" }),
      ),
    );
    const failures = puts.flatMap((put) =>
      put.status === "rejected" ? [put.reason] : []
    );
    deepStrictEqual(failures.length, 7);
    const isKnown = ({ name, $metadata }: typeof failures[number]) =>
      name === "PreconditionFailed" && $metadata.httpStatusCode === 412 ||
      // What a request may get that meets another one under way.
      name === "ConditionalRequestConflict";
    deepStrictEqual(failures.filter((failure) => !isKnown(failure)), []);
  },
});

Deno.test({
  name: "the server lists in pages",
  ignore: !s3,
  async fn() {
    const bucket = await freshBucket(s3!);
    const keys = ["a", "a/b", "a/c/d", "b", "c"];
    for (const key of keys) await putObject(s3!, bucket, key, key);
    const expected = keys.map((key) => ({ key, size: key.length }));
    deepStrictEqual(await listAll(s3!, bucket, 2), expected);
  },
});

Deno.test({
  name: "the server knows of unfinished uploads",
  ignore: !s3,
  async fn() {
    const bucket = await freshBucket(s3!);
    deepStrictEqual(await listMultipartUploads(s3!, bucket), []);
    await withClient(s3!, (client) =>
      client.send(
        new CreateMultipartUploadCommand({ Bucket: bucket, Key: "a" }),
      ));
    deepStrictEqual(await listMultipartUploads(s3!, bucket), ["a"]);
    // And the client is usable for whatever else a test wants to ask.
    const { Buckets } = await withClient(
      s3!,
      (client) => client.send(new ListBucketsCommand({})),
    );
    deepStrictEqual(Buckets?.some(({ Name }) => Name === bucket), true);
  },
});
