import {
  assert,
  assertEquals,
  assertLess,
  assertStringIncludes,
} from "@std/assert";
import { makeArchive, sha256 } from "../support/artifact_archives.ts";
import { makePublic } from "../support/buckets.ts";
import { ARTIFACTS, errorsOf, GROUP, prefixOf } from "../support/fetch.ts";
import {
  cutAnswer,
  type HttpProxy,
  startHttpProxy,
} from "../support/http_proxy.ts";
import {
  freshBucket,
  putObject,
  type S3ForTests,
  s3ForTests,
} from "../support/s3_server.ts";
import { startScript } from "../support/script.ts";
import { listFiles, TempDir } from "../support/tree.ts";

const MIB = 1024 * 1024;
const PREFIX = prefixOf("7");

const s3 = await s3ForTests();
if (s3 !== undefined) registerTests(s3);

/** Requests without credentials are not signed: a proxy can pass them on. */
function registerTests(s3: S3ForTests): void {
  const publicBucket = async (names: readonly string[]): Promise<string> => {
    const bucket = await freshBucket(s3);
    await makePublic(s3, bucket);
    for (const name of names) {
      const bytes = await makeArchive(name);
      await putObject(s3, bucket, `${PREFIX}/${name}`, bytes);
      const digest = `${sha256(bytes)}  ${name}\n`;
      await putObject(s3, bucket, `${PREFIX}/${name}.sha256sum`, digest);
    }
    return bucket;
  };
  const startFetching = (temp: TempDir, bucket: string, proxy: HttpProxy) =>
    startScript("fetch_artifacts", [
      "--run-id=7",
      `--artifact-group=${GROUP}`,
      "--no-look-up-run",
      "--no-extract",
      "--output-dir=artifacts",
      `--bucket=${bucket}`,
      `--endpoint-url=${proxy.endpoint}`,
    ], {
      cwd: temp.path,
      permissions: { net: new URL(proxy.endpoint).host },
    });

  Deno.test("what breaks on the way is taken up again, what is gone is named", async () => {
    await using temp = await TempDir.make();
    const bucket = await publicBucket(ARTIFACTS);
    const large = "large_lib_generic.tar.xz";
    const content = new Uint8Array(20 * MIB);
    for (let i = 0; i < content.length; i += 997) content[i] = i % 251;
    await putObject(s3, bucket, `${PREFIX}/${large}`, content);
    await putObject(
      s3,
      bucket,
      `${PREFIX}/${large}.sha256sum`,
      sha256(content),
    );
    const gone = ARTIFACTS[1]!;
    const failing = ARTIFACTS[2]!;
    let isCut = false;
    await using proxy = startHttpProxy(s3.endpoint, (request, passOn) => {
      const { method, path, range } = request;
      // It was listed, and is gone now.
      if (path.endsWith(gone)) return new Response(null, { status: 404 });
      if (path.endsWith(failing) && method === "GET") {
        return new Response("<Error><Code>InternalError</Code></Error>", {
          status: 500,
        });
      }
      if (path.endsWith(large) && range?.startsWith("bytes=0-") && !isCut) {
        isCut = true;
        return cutAnswer(passOn, 1_000_000);
      }
      return undefined;
    });
    const { result: ended } = await startFetching(temp, bucket, proxy);
    const result = await ended;
    assertEquals(result.code, 1);
    const errors = errorsOf(result);
    assertEquals(errors.length, 3, result.stderr);
    for (const [name, reason] of [[gone, "no such"], [failing, "failed"]]) {
      const error = errors.find((line) => line.includes(name!));
      assertStringIncludes(error ?? "", reason!);
    }
    assertStringIncludes(errors[2]!, "2 failed");
    const fetched = [...ARTIFACTS, large].filter((name) =>
      name !== gone && name !== failing
    );
    assertEquals(await listFiles(temp.join("artifacts")), fetched.sort());
    const file = await Deno.readFile(temp.join("artifacts", large));
    assertEquals(sha256(file), sha256(content));
    const requestsOf = (name: string, method: string) =>
      proxy.requests.filter((request) =>
        request.path.endsWith(name) && request.method === method
      );
    // Five attempts, not five times five.
    assertEquals(requestsOf(failing, "GET").length, 5);
    assertEquals(requestsOf(gone, "HEAD").length, 1);
    const starts = requestsOf(large, "GET").map(({ range }) =>
      Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1])
    );
    const [first, second, again] = starts.sort((a, b) => a - b);
    assertEquals([first, again, starts.length], [0, 16 * MIB, 3]);
    assert(second! > 0 && second! <= 1_000_000, `${second}`);
  });

  Deno.test("an interrupted download leaves nothing behind", {
    // On Windows a process cannot be sent SIGINT.
    ignore: Deno.build.os === "windows",
  }, async () => {
    await using temp = await TempDir.make();
    const bucket = await publicBucket(ARTIFACTS.slice(0, 2));
    const asked = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<Response>();
    await using proxy = startHttpProxy(s3.endpoint, ({ method, path }) => {
      if (method !== "GET" || !path.endsWith(".tar.xz")) return undefined;
      asked.resolve();
      return ended.promise;
    });
    const script = await startFetching(temp, bucket, proxy);
    await asked.promise;
    const begun = performance.now();
    script.kill("SIGINT");
    const { code, stderr } = await script.result;
    // It does not wait for an answer that does not come.
    assertLess(performance.now() - begun, 20_000);
    ended.resolve(new Response(null, { status: 404 }));
    assertEquals(code, 130, stderr);
    assertStringIncludes(stderr, "Interrupted by SIGINT");
    const left = await listFiles(temp.join("artifacts"));
    assertEquals(left.filter((name) => name !== ARTIFACTS[1]), []);
  });
}
