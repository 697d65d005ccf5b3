import { createHash } from "node:crypto";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { basename } from "@std/path";
import pMap from "p-map";
import { writeDemoTree } from "../../tools/demo_tree.ts";
import {
  freshBucket,
  listAll,
  listMultipartUploads,
  type S3ForTests,
  s3ForTests,
  withClient,
} from "../support/s3_server.ts";
import { type ScriptOptions, startScript } from "../support/script.ts";
import {
  digest,
  listFiles,
  TempDir,
  writeFiles,
  writeLargeFile,
} from "../support/tree.ts";
import {
  GROUP,
  postBuild,
  prefixOf,
  publishedFrom,
  summaryOf,
} from "./post_build.ts";
import { startStallingProxy } from "./stalling_proxy.ts";

const MIB = 1024 * 1024;
const RUN_ID = "12345678901";
const CONTENT_TYPES: Record<string, string> = {
  gz: "application/gzip",
  html: "text/html",
  json: "application/json",
  log: "text/plain",
  md: "text/plain",
  sha256sum: "application/octet-stream",
  xz: "application/x-xz",
  zst: "application/zstd",
};

const s3 = await s3ForTests();
if (s3 !== undefined) registerTests(s3);

function registerTests(s3: S3ForTests): void {
  const host = new URL(s3.endpoint).host;
  const credentials = {
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_REGION: s3.region,
  };
  /** The only host that it may talk to: a request to GitHub would fail. */
  const options = (env: Record<string, string> = {}): ScriptOptions => ({
    env: { ...credentials, ...env },
    permissions: { net: host },
  });
  const upload = ["--upload", `--run-id=${RUN_ID}`];
  const toServer = [...upload, "--endpoint-url", s3.endpoint];

  Deno.test("a build with a 300 MiB artifact is published to S3", async (t) => {
    await using temp = await TempDir.make();
    const build = temp.join("build");
    await writeDemoTree(build, { artifacts: 200, logs: 500 });
    await writeLargeFile(`${build}/artifacts/large_lib_generic.tar.xz`, 300);
    const summary = temp.join("summary.md");
    await Deno.writeTextFile(summary, "From an earlier step.\n");
    const bucket = await freshBucket(s3);
    const prefix = prefixOf(RUN_ID);
    const objects = await publishedFrom(build, { prefix, group: GROUP });

    const script = await startScript("post_build_upload", [
      `--artifact-group=${GROUP}`,
      `--bucket=${bucket}`,
      "--job-status=success",
      ...toServer,
    ], { ...options({ GITHUB_STEP_SUMMARY: summary }), cwd: temp.path });
    const peak = peakMemory(script.pid, script.result);
    const { code, stdout, stderr } = await script.result;

    await t.step("it succeeds and prints no summary", () => {
      assertEquals([code, stderr], [0, ""]);
      assert(!stdout.includes("Job summary"), stdout);
    });
    await t.step("objects and their sizes are right", async () => {
      const expected = await Promise.all(
        [...objects].map(async ([key, source]) => ({
          key,
          size: (await Deno.stat(source)).size,
        })),
      );
      expected.sort((a, b) => a.key < b.key ? -1 : 1);
      const listed = await listAll(s3, bucket);
      listed.sort((a, b) => a.key < b.key ? -1 : 1);
      assertEquals(listed, expected);
    });
    await t.step("bytes and content types are right", async () => {
      await withClient(s3, (client) =>
        pMap(objects, async ([key, source]) => {
          const { Body, ContentType } = await client.send(
            new GetObjectCommand({ Bucket: bucket, Key: key }),
          );
          const hash = createHash("sha256");
          for await (const chunk of Body!.transformToWebStream()) {
            hash.update(chunk);
          }
          assertEquals(hash.digest("hex"), await digest(source), key);
          const extension = basename(source).split(".").at(-1) ?? "";
          assertEquals(ContentType, CONTENT_TYPES[extension], key);
        }, { concurrency: 8 }));
    });
    await t.step("the job's summary is appended to", async () => {
      const base = `https://${bucket}.s3.amazonaws.com/${prefix}`;
      assertEquals(
        await Deno.readTextFile(summary),
        `From an earlier step.\n\n${summaryOf(base)}\n\n`,
      );
    });
    await t.step("no upload is left open", async () => {
      assertEquals(await listMultipartUploads(s3, bucket), []);
    });
    await t.step({
      name: "the process takes less than 250 MB of memory",
      ignore: Deno.build.os !== "linux",
      async fn() {
        const bytes = await peak;
        assert(bytes > 0 && bytes < 250e6, `${bytes} bytes`);
      },
    });
  });

  Deno.test("repository and fork decide on the prefix, --bucket does not", async () => {
    await using temp = await TempDir.make();
    await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
    const bucket = await freshBucket(s3);
    const cases: [Record<string, string>, string][] = [
      [{ GITHUB_REPOSITORY: "Some-Org/their.repo" }, "Some-Org-their.repo/"],
      [{ GITHUB_REPOSITORY: "rocm/therock" }, ""],
      [{ IS_PR_FROM_FORK: "true" }, "ROCm-TheRock/"],
    ];
    const prefixes: string[] = [];
    for (const [env, repo] of cases) {
      // The endpoint comes from the environment here.
      const { code, stderr } = await postBuild(temp.path, [
        ...upload,
        `--bucket=${bucket}`,
      ], options({ ...env, AWS_ENDPOINT_URL: s3.endpoint }));
      assertEquals([code, stderr], [0, ""]);
      prefixes.push(`${repo}${prefixOf(RUN_ID)}/index-${GROUP}.html`);
    }
    const pages = (await listAll(s3, bucket)).map(({ key }) => key)
      .filter((key) => key.endsWith(`/index-${GROUP}.html`));
    assertEquals(pages.sort(), prefixes.sort());
  });

  Deno.test("one file that cannot be uploaded does not keep back the others", {
    // Windows has no files with such names.
    ignore: Deno.build.os === "windows",
  }, async () => {
    await using temp = await TempDir.make();
    const build = temp.join("build");
    await writeDemoTree(build, { artifacts: 1, logs: 2 });
    const prefix = prefixOf(RUN_ID);
    const objects = await publishedFrom(build, { prefix, group: GROUP });
    await writeFiles(build, {
      "artifacts/bad\\name.tar.xz": "",
      "logs/bad\u0007name.log": "",
    });
    const bucket = await freshBucket(s3);
    const summary = temp.join("summary.md");
    const { code, stderr } = await postBuild(temp.path, [
      ...toServer,
      `--bucket=${bucket}`,
    ], options({ GITHUB_STEP_SUMMARY: summary }));
    assertEquals(code, 1);
    assertStringIncludes(stderr, '"build/artifacts/bad\\\\name.tar.xz"');
    assertStringIncludes(stderr, '"build/logs/bad\\u0007name.log"');
    assertStringIncludes(stderr, `${objects.size} stored, 2 failed`);
    assertEquals(
      (await listAll(s3, bucket)).map(({ key }) => key).sort(),
      [...objects.keys()].sort(),
    );
    const base = `https://${bucket}.s3.amazonaws.com/${prefix}`;
    assertEquals(await Deno.readTextFile(summary), `${summaryOf(base)}\n\n`);
  });

  for (
    const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const
  ) {
    Deno.test(`${signal} ends an upload and leaves nothing open`, {
      ignore: Deno.build.os === "windows",
    }, async () => {
      await using temp = await TempDir.make();
      const artifacts = temp.join("build/artifacts");
      await Deno.mkdir(artifacts, { recursive: true });
      await writeLargeFile(`${artifacts}/large_lib_generic.tar.xz`, 300);
      const bucket = await freshBucket(s3);
      await using proxy = startStallingProxy(s3.endpoint, MIB);
      const summary = temp.join("summary.md");
      const script = await startScript("post_build_upload", [
        `--artifact-group=${GROUP}`,
        `--bucket=${bucket}`,
        `--endpoint-url=${proxy.endpoint}`,
        ...upload,
      ], {
        env: { ...credentials, GITHUB_STEP_SUMMARY: summary },
        permissions: { net: new URL(proxy.endpoint).host },
        cwd: temp.path,
      });
      let ended = false;
      script.result.finally(() => ended = true);
      while ((await listMultipartUploads(s3, bucket)).length === 0) {
        assert(!ended, "it ended before the upload began");
      }
      script.kill(signal);
      const { code, stderr } = await script.result;
      assertEquals(code, expected, stderr);
      assertEquals(
        stderr,
        `Warning: Interrupted by ${signal}: ending what is under way.\n`,
      );
      assertEquals(await listMultipartUploads(s3, bucket), []);
      assertEquals(await listAll(s3, bucket), []);
      assertEquals(await listFiles(temp.path), [
        "build/artifacts/index.html",
        "build/artifacts/large_lib_generic.tar.xz",
      ]);
    });
  }

  Deno.test("what S3 refuses is said once, and leaves nothing half-written", async () => {
    await using temp = await TempDir.make();
    const build = temp.join("build");
    await writeDemoTree(build, { artifacts: 1, logs: 1 });
    const bucket = await freshBucket(s3);
    const secret = "not-the-secret-of-anybody";
    const cases: [string, Record<string, string>, string][] = [
      ["no-such-bucket-anywhere", {}, "no such bucket"],
      [bucket, { AWS_SECRET_ACCESS_KEY: secret }, "the secret key is wrong"],
      [bucket, { AWS_SECRET_ACCESS_KEY: "" }, "no AWS credentials found"],
      [
        bucket,
        { AWS_ACCESS_KEY_ID: "NOBODY" },
        "does not know this access key",
      ],
    ];
    const summary = temp.join("summary.md");
    for (const [name, env, reason] of cases) {
      const { code, stdout, stderr } = await postBuild(temp.path, [
        ...toServer,
        `--bucket=${name}`,
      ], {
        ...options({ ...env, GITHUB_STEP_SUMMARY: summary }),
      });
      assertEquals(code, 1);
      const errors = stderr.split("\n").filter((line) =>
        line.startsWith("Error: ")
      );
      assertEquals(errors.length, 2, stderr);
      assertStringIncludes(errors[0]!, reason);
      assertStringIncludes(stderr, `s3://${name}/${prefixOf(RUN_ID)}/`);
      assert(!(stdout + stderr).includes(secret));
      // What will not pass is not tried again.
      assert(!stdout.includes("Retry"), stdout);
    }
    assertEquals(await listAll(s3, bucket), []);
    assert(!(await listFiles(temp.path)).includes("summary.md"));
  });
}

/** The most memory that a process ever had, in bytes; 0 where that is unknown. */
async function peakMemory(
  pid: number,
  until: Promise<unknown>,
): Promise<number> {
  let ended = false;
  until.finally(() => ended = true);
  let peak = 0;
  while (!ended) {
    const status = await Deno.readTextFile(`/proc/${pid}/status`)
      .catch(() => "");
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
    peak = Math.max(peak, Number(kilobytes ?? 0) * 1024);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return peak;
}
