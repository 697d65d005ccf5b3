import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parseFlags, UsageError } from "../../lib/cli/flags.ts";
import { Log } from "../../lib/cli/log.ts";
import {
  artifactBackendFromFlags,
  runSourceFlags,
  runSourceFromFlags,
} from "../../lib/cli/run_source.ts";
import { InvalidValueError, RunOutputsError } from "../../lib/errors.ts";
import type { WorkflowRun } from "../../lib/run_output_root.ts";
import { fakeHost } from "../support/fake_host.ts";

/** A directory that is there. */
const STAGING = import.meta.dirname ?? ".";
const AFTER = "2025-12-01T00:00:00Z";

interface Case {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** What GitHub knows of the run. */
  readonly run?: Partial<WorkflowRun>;
}

interface Source {
  readonly uri: string;
  readonly stagingDir: string | undefined;
  /** The runs that were looked up. */
  readonly lookedUp: readonly string[];
}

function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: { read: [STAGING] }, fn });
}

async function source({ args = [], env = {}, run }: Case): Promise<Source> {
  const { host } = fakeHost({ env });
  const flags = parseFlags(runSourceFlags, args, host.env);
  const lookedUp: string[] = [];
  const { root, stagingDir } = await runSourceFromFlags(
    flags,
    host,
    (repository, runId) => {
      lookedUp.push(`${repository} ${runId}`);
      const head_repository = { full_name: repository };
      const id = Number(runId);
      return Promise.resolve({
        id,
        updated_at: AFTER,
        head_repository,
        ...run,
      });
    },
  );
  return { uri: root.root().s3Uri, stagingDir, lookedUp };
}

async function assertSource(
  { uri, lookedUp = [], ...example }: Case & {
    uri: string;
    lookedUp?: string[];
  },
): Promise<void> {
  const found = await source(example);
  assertEquals([found.uri, found.lookedUp], [uri, lookedUp]);
}

test("somebody else's run is looked up", async () => {
  await assertSource({
    args: ["--run-id=5"],
    uri: "s3://therock-ci-artifacts/5-linux",
    lookedUp: ["ROCm/TheRock 5"],
  });
  await assertSource({
    args: ["--run-id=5", "--run-github-repo=a/b", "--platform", "windows"],
    env: { GITHUB_RUN_ID: "6", GITHUB_REPOSITORY: "ROCm/TheRock" },
    uri: "s3://therock-ci-artifacts-external/a-b/5-windows",
    lookedUp: ["a/b 5"],
  });
});

test("a job's own run is not looked up: its variables say all", async () => {
  const env = { GITHUB_RUN_ID: "5", GITHUB_REPOSITORY: "ROCm/TheRock" };
  await assertSource({
    args: ["--run-id=5"],
    env,
    uri: "s3://therock-ci-artifacts/5-linux",
  });
  await assertSource({
    args: ["--run-id=5", "--run-github-repo=rocm/therock"],
    env: { ...env, IS_PR_FROM_FORK: "true" },
    uri: "s3://therock-ci-artifacts-external/rocm-therock/5-linux",
  });
});

test("the same run id in another repository is another run", async () => {
  await assertSource({
    args: ["--run-id=5", "--run-github-repo=a/b"],
    env: { GITHUB_RUN_ID: "5", GITHUB_REPOSITORY: "ROCm/TheRock" },
    uri: "s3://therock-ci-artifacts-external/a-b/5-linux",
    lookedUp: ["a/b 5"],
  });
});

test("--look-up-run and --no-look-up-run have the last word", async () => {
  const env = {
    GITHUB_RUN_ID: "5",
    GITHUB_REPOSITORY: "ROCm/TheRock",
    IS_PR_FROM_FORK: "true",
  };
  await assertSource({
    args: ["--run-id=5", "--look-up-run"],
    env,
    uri: "s3://therock-ci-artifacts/5-linux",
    lookedUp: ["ROCm/TheRock 5"],
  });
  await assertSource({
    args: ["--run-id=7", "--no-look-up-run"],
    env,
    uri: "s3://therock-ci-artifacts-external/ROCm-TheRock/7-linux",
  });
});

test("a looked-up run is read where it went, by its head and its age", async () => {
  const external = "s3://therock-ci-artifacts-external/ROCm-TheRock/5-linux";
  const cases: [Partial<WorkflowRun>, string][] = [
    [{ head_repository: { full_name: "some/fork" } }, external],
    [{ head_repository: null }, external],
    [
      { head_repository: { full_name: "rocm/THEROCK" } },
      "s3://therock-ci-artifacts/5-linux",
    ],
    [{ updated_at: "2025-11-11T16:18:48Z" }, "s3://therock-artifacts/5-linux"],
    [
      { updated_at: "2025-11-11T16:18:49Z" },
      "s3://therock-ci-artifacts/5-linux",
    ],
    [
      { updated_at: "2025-01-01T00:00:00Z", head_repository: null },
      "s3://therock-artifacts-external/ROCm-TheRock/5-linux",
    ],
  ];
  for (const [run, uri] of cases) {
    for (const IS_PR_FROM_FORK of ["true", "false"]) {
      await assertSource({
        args: ["--run-id=5"],
        env: { IS_PR_FROM_FORK },
        run,
        uri,
        lookedUp: ["ROCm/TheRock 5"],
      });
    }
  }
});

test("a bucket or release type that is given leaves the path as it is", async () => {
  const run = { head_repository: null };
  const lookedUp = ["ROCm/TheRock 5"];
  await assertSource({
    args: ["--run-id=5", "--bucket=mine"],
    run,
    uri: "s3://mine/ROCm-TheRock/5-linux",
    lookedUp,
  });
  await assertSource({
    args: ["--run-id=5"],
    env: { RELEASE_TYPE: "nightly" },
    run,
    uri: "s3://therock-nightly-artifacts/ROCm-TheRock/5-linux",
    lookedUp,
  });
});

test("a staging directory needs no look-up, and variables name the run", async () => {
  const staging = { THEROCK_LOCAL_STAGING_DIR: STAGING };
  const cases: [Case, string][] = [
    [{ args: ["--run-id=5"], env: staging }, "s3://local/5-linux"],
    [
      {
        env: { ...staging, THEROCK_RUN_ID: "x", THEROCK_PLATFORM: "windows" },
      },
      "s3://local/x-windows",
    ],
    [
      {
        args: ["--run-id=5", "--platform=darwin"],
        env: { ...staging, THEROCK_RUN_ID: "x", THEROCK_PLATFORM: "windows" },
      },
      "s3://local/5-darwin",
    ],
    [
      {
        args: ["--run-id=5", "--run-github-repo=a/b"],
        env: { ...staging, THEROCK_PLATFORM: "", IS_PR_FROM_FORK: "true" },
      },
      "s3://local/5-linux",
    ],
  ];
  for (const [example, uri] of cases) {
    const found = await source(example);
    assertEquals(found, { uri, stagingDir: STAGING, lookedUp: [] });
  }
});

test("a staging directory must be there, and has no buckets", async () => {
  const missing = join(STAGING, "no-such-directory");
  const error = await assertRejects(
    () =>
      source({
        args: ["--run-id=5"],
        env: { THEROCK_LOCAL_STAGING_DIR: missing },
      }),
    RunOutputsError,
    missing,
  );
  assertEquals(error.code, "not-found");
  await assertRejects(
    () =>
      source({
        args: ["--run-id=5", "--bucket=mine"],
        env: { THEROCK_LOCAL_STAGING_DIR: STAGING },
      }),
    UsageError,
    "--bucket and $THEROCK_LOCAL_STAGING_DIR exclude each other",
  );
});

test("an empty name of a staging directory counts as none", async () => {
  const { stagingDir, lookedUp } = await source({
    args: ["--run-id=5"],
    env: { THEROCK_LOCAL_STAGING_DIR: "", THEROCK_PLATFORM: "windows" },
  });
  assertEquals([stagingDir, lookedUp.length], [undefined, 1]);
});

test("without a run id there is nothing to read", async () => {
  const environments: Record<string, string>[] = [
    {},
    { THEROCK_LOCAL_STAGING_DIR: STAGING },
    { THEROCK_RUN_ID: "5" },
    { THEROCK_LOCAL_STAGING_DIR: STAGING, THEROCK_RUN_ID: "" },
  ];
  for (const env of environments) {
    await assertRejects(
      () => source({ env }),
      UsageError,
      "--run-id is required",
    );
  }
});

test("names that would leave their place are refused", async () => {
  const staging = { THEROCK_LOCAL_STAGING_DIR: STAGING };
  const cases: Case[] = [
    { args: ["--run-id=../x"] },
    { args: ["--run-id=5", "--run-github-repo=a/.."] },
    { args: ["--run-id=5", "--platform=../linux"] },
    { args: ["--run-id=5", "--bucket=a/b"] },
    { args: ["--run-id=5", "--bucket=.."] },
    { env: { ...staging, THEROCK_RUN_ID: "../x" } },
    { args: ["--run-id=5"], env: { ...staging, THEROCK_PLATFORM: "a/b" } },
    { args: ["--run-id=5"], env: { RELEASE_TYPE: "weekly" } },
  ];
  for (const example of cases) {
    await assertRejects(() => source(example), InvalidValueError);
  }
});

test("the backend reads the staging directory, or else the bucket", async () => {
  const { host } = fakeHost();
  const flags = parseFlags(runSourceFlags, ["--run-id=5"], host.env);
  const { root } = await runSourceFromFlags(
    flags,
    host,
    () => Promise.resolve({ id: 5, updated_at: AFTER, head_repository: null }),
  );
  const where = async (stagingDir?: string) => {
    const log = new Log(host);
    const source = { root, stagingDir };
    await using backend = artifactBackendFromFlags(flags, source, {
      host,
      log,
    });
    return backend.describe(root.root()).replaceAll("\\", "/");
  };
  assertStringIncludes(await where("staging"), "staging/ROCm-TheRock/5-linux");
  assertEquals(
    await where(),
    "s3://therock-ci-artifacts-external/ROCm-TheRock/5-linux",
  );
});
