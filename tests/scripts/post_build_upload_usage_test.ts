import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { writeDemoTree } from "../../tools/demo_tree.ts";
import { startScriptedServer } from "../support/loopback_server.ts";
import { canRunUnprivileged, runScript } from "../support/script.ts";
import { listFiles, snapshot, TempDir, writeFiles } from "../support/tree.ts";
import { GROUP, postBuild, prefixOf } from "./post_build.ts";

const LOCAL = ["--output-dir", "staging"];
const UPLOAD = ["--upload", "--run-id=1"];
const MANIFEST = "build/base/aux-overlay/build/therock_manifest.json";
const unprivileged = await canRunUnprivileged();

interface Mistake {
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** What its one line says. */
  readonly says: string;
}

const MISTAKES: Record<string, Mistake> = {
  "an unknown flag": {
    args: [...LOCAL, "--frobnicate=1"],
    says: "Unknown flag --frobnicate",
  },
  "an argument too many": {
    args: [...LOCAL, "build"],
    says: 'Unexpected argument "build"',
  },
  "an empty artifact group": {
    args: [...LOCAL, "--artifact-group", ""],
    says: "--artifact-group needs a value",
  },
  "an artifact group with a slash": {
    args: [...LOCAL, "--artifact-group=../x"],
    says: "--artifact-group: Invalid artifact group",
  },
  "no run id": {
    args: ["--upload"],
    says: "--run-id is required when uploading",
  },
  "a run id that leaves its place": {
    args: [...LOCAL, "--run-id", "../../etc"],
    says: '--run-id: Invalid run id "../../etc"',
  },
  "a bucket and a directory": {
    args: [...LOCAL, "--bucket=b"],
    says: "--bucket and --output-dir exclude each other",
  },
  "a bucket that is a path": {
    args: [...UPLOAD, "--bucket=a/b"],
    says: "--bucket: Invalid bucket name",
  },
  "a release type that there is not": {
    args: UPLOAD,
    env: { RELEASE_TYPE: "weekly" },
    says: '"weekly": it must be one of dev, nightly, prerelease',
  },
  "a CI that is neither true nor false": {
    args: ["--run-id=1"],
    env: { CI: "maybe" },
    says: '$CI is "maybe", which is neither true nor false',
  },
  "a job status that there is not": {
    args: [...LOCAL, "--job-status=bogus"],
    says: '--job-status: "bogus" is none of success, failure, cancelled',
  },
  "no upload at a time": {
    args: [...LOCAL, "--concurrency=0"],
    says: "--concurrency: ",
  },
  "an endpoint that is no URL": {
    args: [...UPLOAD, "--endpoint-url=localhost:9000"],
    says: "--endpoint-url: ",
  },
  "an endpoint in a variable that is no URL": {
    args: UPLOAD,
    env: { AWS_ENDPOINT_URL: "nowhere" },
    says: "$AWS_ENDPOINT_URL: ",
  },
  "a region that cannot be one": {
    args: [...UPLOAD, "--region=no region!"],
    says: "--region: ",
  },
  "a repository without an owner": {
    args: UPLOAD,
    env: { GITHUB_REPOSITORY: "TheRock" },
    says: "Invalid repository",
  },
};

Deno.test("mistakes are told in one line, and nothing is touched", async (t) => {
  await using temp = await TempDir.make();
  await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
  const before = await snapshot(temp.path);
  for (const [name, { args, env, says }] of Object.entries(MISTAKES)) {
    await t.step(name, async () => {
      const result = await postBuild(temp.path, args, { env });
      assertOneLine(result.stderr, says);
      assertStringIncludes(result.stderr, "For help: post_build_upload --help");
      assertEquals([result.code, result.stdout], [2, ""]);
    });
  }
  await t.step("no artifact group", async () => {
    for (const ARTIFACT_GROUP of [undefined, ""]) {
      const env: Record<string, string> = ARTIFACT_GROUP === undefined
        ? {}
        : { ARTIFACT_GROUP };
      const result = await runScript("post_build_upload", LOCAL, {
        cwd: temp.path,
        env,
      });
      assertOneLine(result.stderr, "--artifact-group is required");
      assertEquals(result.code, 2);
    }
  });
  assertEquals(await snapshot(temp.path), before);
});

Deno.test("no build directory: the job may have been cancelled", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { file: "" });
  for (
    const [dir, says] of [
      ["missing", "may have been cancelled before the build began"],
      ["file", "The build directory file is a file"],
    ] as const
  ) {
    const args = [...LOCAL, "--build-dir", dir];
    const { code, stdout, stderr } = await postBuild(temp.path, args);
    assertOneLine(stderr, says);
    assertEquals([code, stdout], [1, ""]);
  }
  assertEquals(await listFiles(temp.path), ["file"]);
});

Deno.test("a file where a directory should be keeps back only that", async () => {
  for (const name of ["logs", "artifacts"]) {
    await using temp = await TempDir.make();
    await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
    await Deno.remove(temp.join("build", name), { recursive: true });
    await writeFiles(temp.path, { [`build/${name}`]: "in the way" });
    const { code, stdout, stderr } = await postBuild(temp.path, LOCAL);
    assertEquals(code, 1);
    const [first, ...rest] = stderr.split("\n");
    assertEquals(
      first,
      `Error: ${join("build", name)} is a file, where a directory should be.`,
    );
    assert(
      /^Error: Not everything was published: \d+ stored, 1 failed.$/
        .test(rest.join("")),
      stderr,
    );
    const staged = await listFiles(temp.join("staging"));
    assert(staged.some((path) => path.endsWith("therock_manifest.json")));
    assertEquals(staged.some((p) => p.includes("/logs/")), name !== "logs");
    assertEquals(staged.some((p) => /\.xz$/.test(p)), name === "logs");
    assertEquals(stdout.includes("[Build Logs]"), name !== "logs");
    assertEquals(stdout.includes("[Artifacts]"), name === "logs");
  }
});

Deno.test("no logs or artifacts are reported, and are no failure", async () => {
  for (const name of ["logs", "artifacts"]) {
    await using temp = await TempDir.make();
    await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
    await Deno.remove(temp.join("build", name), { recursive: true });
    if (name === "logs") {
      for (const dir of ["", "base", "math-libs/BLAS"]) {
        await Deno.remove(temp.join("build", dir, ".ninja_log"));
      }
    }
    const { code, stdout, stderr } = await postBuild(temp.path, LOCAL);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, `There is no ${join("build", name)}`);
    assertEquals(stdout.includes("No ninja logs"), name === "logs");
  }
});

Deno.test("a missing manifest is an error, after all else is there", async () => {
  await using temp = await TempDir.make();
  await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
  await Deno.remove(temp.join(MANIFEST));
  const { code, stdout, stderr } = await postBuild(temp.path, LOCAL);
  assertEquals(code, 1);
  assertStringIncludes(stderr, `Error: There is no manifest ${join(MANIFEST)}`);
  const staged = await listFiles(temp.join("staging"));
  for (const page of [`index-${GROUP}.html`, `logs/${GROUP}/index.html`]) {
    assert(staged.includes(`${prefixOf("local")}/${page}`), page);
  }
  assertStringIncludes(stdout, "[Artifacts](");
  assert(!stdout.includes("[TheRock Manifest]"));
});

Deno.test("an unreadable file keeps back only itself", {
  ignore: !unprivileged,
}, async () => {
  await using temp = await TempDir.make();
  await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 2 });
  const log = "build/logs/rocBLAS_configure.log";
  await Deno.chmod(temp.join(log), 0o000);
  const { code, stderr } = await postBuild(temp.path, LOCAL, { unprivileged });
  assertEquals(code, 1);
  assertStringIncludes(
    stderr,
    `Error: Cannot read ${log}: permission denied\n`,
  );
  assertStringIncludes(stderr, "12 stored, 1 failed");
});

Deno.test("a staging directory that cannot be used is told once", async () => {
  await using temp = await TempDir.make();
  await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
  await writeFiles(temp.path, { file: "", "read-only/file": "" });
  await Deno.chmod(temp.join("read-only"), 0o500).catch(() => {});
  const before = await listFiles(temp.path);
  // Where modes of files do not count, only what they cannot help is tried.
  const cases = unprivileged ? ["file/staging", "read-only"] : ["file/staging"];
  for (const dir of cases) {
    const args = ["--output-dir", dir];
    const { code, stderr } = await postBuild(temp.path, args, { unprivileged });
    assertEquals(code, 1);
    const errors = stderr.split("\n").filter((line) => /^Error: /.test(line));
    assertEquals(errors.length, 2, stderr);
    assert(/^Error: \d+ files were not uploaded: /.test(errors[0]!), stderr);
    assertStringIncludes(stderr, ` -> ${join(dir, prefixOf("local"))}`);
    assertStringIncludes(stderr, " 0 stored,");
  }
  const made = (await listFiles(temp.path)).filter((p) => !before.includes(p));
  assert(made.every((path) => path.startsWith("build/")), made.join());
  assert(!made.some((path) => path.endsWith(".tmp")), made.join());
});

Deno.test("fault 3: a store that always fails gets five requests per file", async () => {
  await using temp = await TempDir.make();
  // One file alone: the waits between the requests add up.
  await writeFiles(temp.path, { [MANIFEST]: "{}" });
  await using server = startScriptedServer(() =>
    new Response("<Error><Code>SlowDown</Code></Error>", { status: 503 })
  );
  const { code, stdout, stderr } = await postBuild(temp.path, [
    ...UPLOAD,
    `--endpoint-url=${server.endpoint}`,
  ], {
    env: { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" },
    permissions: { net: new URL(server.endpoint).host },
  });
  assertEquals(code, 1);
  assertEquals(server.requests.length, 5);
  assertEquals(stdout.match(/^Retry \d of 4: /gm)?.length, 4, stdout);
  assertStringIncludes(stderr, "the store asks to slow down");
});

function assertOneLine(stderr: string, says: string): void {
  assert(/^Error: [^\n]+\n$/.test(stderr), stderr);
  assertStringIncludes(stderr, says);
}
