import { assertEquals, assertMatch } from "@std/assert";
import { OutputLocation } from "../../lib/output_location.ts";
import { bytesBody } from "../../lib/storage/object_store.ts";
import { RetryingStore } from "../../lib/storage/retrying_store.ts";
import type { S3Options } from "../../lib/storage/s3_client.ts";
import { S3Store } from "../../lib/storage/s3_store.ts";
import { startCountingProxy } from "../support/loopback_server.ts";
import {
  freshBucket,
  putObject,
  readObject,
  s3ForTests,
  s3UnavailableReason,
} from "../support/s3_server.ts";
import {
  assertFails,
  listedKeys,
  PLAIN,
  randomBytes,
  readText,
  text,
} from "./cases.ts";
import { describeStore } from "./conformance.ts";
import {
  makeS3Store,
  MORE_THAN_A_PAGE,
  S3_PART_SIZE,
  s3Options,
} from "./made_stores.ts";

const s3 = await s3ForTests();
// deno-lint-ignore no-console -- nobody shall think that they have run
if (!s3) console.warn(`skipping tests with S3: ${s3UnavailableReason()}`);

describeStore("S3 store", {
  make: () => makeS3Store(s3!),
  ignore: !s3,
  partSize: S3_PART_SIZE,
  manyObjects: MORE_THAN_A_PAGE,
});

/** A test with a bucket of the real server, through a proxy that counts. */
function test(
  name: string,
  fn: (t: {
    store(options?: Partial<S3Options>): RetryingStore;
    bucket: string;
    requestLines: readonly string[];
  }) => Promise<void>,
): void {
  Deno.test({
    name: `S3 store: ${name}`,
    // The proxy has no certificate.
    ignore: !s3?.endpoint.startsWith("http:"),
    async fn() {
      const bucket = await freshBucket(s3!);
      await using proxy = startCountingProxy(s3!.endpoint);
      const stores: RetryingStore[] = [];
      try {
        await fn({
          bucket,
          requestLines: proxy.requestLines,
          store(options) {
            const { endpoint } = proxy;
            const s3Store = new S3Store({
              ...s3Options(s3!),
              endpoint,
              ...options,
            });
            const store = new RetryingStore(s3Store, { minDelay: 1 });
            stores.push(store);
            return store;
          },
        });
      } finally {
        for (const store of stores) await store.close();
      }
    },
  });
}

test("a wrong secret is refused at once", async (t) => {
  const { accessKeyId } = s3!;
  const store = t.store({
    credentials: { accessKeyId, secretAccessKey: "wrong" },
  });
  const location = new OutputLocation(t.bucket, "run/x");
  const put = () => store.put(location, text("x"), PLAIN);
  const error = await assertFails(put, "access-denied");
  assertMatch(error.message, /AWS_SECRET_ACCESS_KEY/);
  assertEquals(t.requestLines.length, 1);
  await assertFails(() => listedKeys(store, location), "access-denied");
  await assertFails(() => store.head(location), "access-denied");
  assertEquals(t.requestLines.length, 3);
});

test("a wrong key is refused at once", async (t) => {
  const { secretAccessKey } = s3!;
  const store = t.store({
    credentials: { accessKeyId: "NOBODY", secretAccessKey },
  });
  const location = new OutputLocation(t.bucket, "run/x");
  await assertFails(
    () => store.put(location, text("x"), PLAIN),
    "access-denied",
  );
  assertEquals(t.requestLines.length, 1);
});

test("an unknown bucket is told at once, and is no missing object", async (t) => {
  const store = t.store();
  const location = new OutputLocation(`no-${crypto.randomUUID()}`, "run/x");
  const operations = [
    () => store.put(location, text("x"), PLAIN),
    () => store.beginMultipart(location, S3_PART_SIZE, PLAIN),
    () => store.get(location),
    () => listedKeys(store, location),
  ];
  for (const operation of operations) {
    await assertFails(operation, "bucket-not-found");
  }
  assertEquals(t.requestLines.length, operations.length);
});

test("a small object takes one request", async (t) => {
  const store = t.store();
  const location = new OutputLocation(t.bucket, "run/a b+c");
  await store.put(location, text("x"), PLAIN);
  assertEquals(t.requestLines, [
    `PUT /${t.bucket}/run/a%20b%2Bc?x-id=PutObject`,
  ]);
});

test("an object has the headers and the content that others see", async (t) => {
  const bytes = randomBytes(100_000);
  const location = new OutputLocation(t.bucket, "logs/index.html");
  await t.store().put(location, bytesBody("x", bytes), {
    contentType: "text/html",
  });
  const stored = await readObject(s3!, t.bucket, "logs/index.html");
  assertEquals(stored.bytes, bytes);
  assertEquals(stored.contentType, "text/html");
  // Neither framing of the SDK's nor anything else that changes the content.
  assertEquals(stored.contentEncoding, undefined);
  assertEquals(stored.metadata, {});
});

test("objects that others have stored under unusable names are left out", async (t) => {
  for (const key of ["run/", "run//x", "run/../x", "run/a\\b", "run/ok"]) {
    await putObject(s3!, t.bucket, key, "x");
  }
  const store = t.store();
  const run = new OutputLocation(t.bucket, "run");
  assertEquals(await listedKeys(store, run), ["run/ok"]);
  assertEquals(await readText(store, run.child("ok")), "x");
});

test("several stores can work at once, and each is closed alone", async (t) => {
  const location = new OutputLocation(t.bucket, "run/x");
  const [first, second] = [t.store(), t.store()];
  await first.put(location, text("x"), PLAIN);
  await second.head(location);
  await first.close();
  assertEquals(await readText(second, location), "x");
});
