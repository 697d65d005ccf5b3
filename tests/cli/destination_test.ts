import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  destinationFlags,
  runRootFromFlags,
} from "../../lib/cli/destination.ts";
import { parseFlags, UsageError } from "../../lib/cli/flags.ts";
import { InvalidValueError } from "../../lib/errors.ts";
import { fakeHost } from "../support/fake_host.ts";

function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

async function uri(
  args: string[],
  env: Record<string, string> = {},
  runId: string | undefined = "1",
): Promise<string> {
  const { host } = fakeHost({ env });
  const flags = parseFlags(destinationFlags, args, host.env);
  return (await runRootFromFlags(flags, runId, host)).root().s3Uri;
}

test("a job's own outputs go where its variables say", async () => {
  assertEquals(await uri([]), "s3://therock-ci-artifacts/1-linux");
  assertEquals(
    await uri([], { GITHUB_REPOSITORY: "a/b" }),
    "s3://therock-ci-artifacts-external/a-b/1-linux",
  );
  assertEquals(
    await uri(["--repo=c/d"], { GITHUB_REPOSITORY: "a/b" }),
    "s3://therock-ci-artifacts-external/c-d/1-linux",
  );
  assertEquals(
    await uri([], { RELEASE_TYPE: "nightly" }),
    "s3://therock-nightly-artifacts/1-linux",
  );
  assertEquals(
    await uri([], { RELEASE_TYPE: "", GITHUB_REPOSITORY: "" }),
    "s3://therock-ci-artifacts/1-linux",
  );
});

test("a pull request is from a fork when the variable is exactly true", async () => {
  for (const value of ["false", "", "1", "True", "TRUE", " true", "yes"]) {
    assertEquals(
      await uri([], { IS_PR_FROM_FORK: value }),
      "s3://therock-ci-artifacts/1-linux",
      value,
    );
  }
  assertEquals(
    await uri([], { IS_PR_FROM_FORK: "true" }),
    "s3://therock-ci-artifacts-external/ROCm-TheRock/1-linux",
  );
});

test("a bucket that is given leaves the rest of the path as it is", async () => {
  const fork = { IS_PR_FROM_FORK: "true" };
  assertEquals(
    await uri(["--bucket=mine"], fork),
    "s3://mine/ROCm-TheRock/1-linux",
  );
  assertEquals(
    await uri(["--bucket", "mine", "--repo=a/b"]),
    "s3://mine/a-b/1-linux",
  );
});

test("an output directory excludes a bucket, and needs no run id", async () => {
  const { host } = fakeHost();
  const staged = parseFlags(destinationFlags, ["--output-dir=x"], host.env);
  const root = await runRootFromFlags(staged, undefined, host);
  assertEquals(root.prefix, "local-linux");
  await assertRejects(
    () => uri(["--output-dir=x", "--bucket=y"]),
    UsageError,
    "--bucket and --output-dir",
  );
});

test("uploading needs a run id", async () => {
  const { host } = fakeHost();
  const flags = parseFlags(destinationFlags, [], host.env);
  await assertRejects(
    () => runRootFromFlags(flags, undefined, host),
    UsageError,
    "--run-id is required",
  );
});

test("values that cannot be used are refused", async () => {
  const bad: [string[], Record<string, string>][] = [
    [["--repo=x"], {}],
    [["--repo=a/b/c"], {}],
    [[], { GITHUB_REPOSITORY: "../x" }],
    [["--bucket=a/b"], {}],
    [["--bucket=.."], {}],
    [["--concurrency=0"], {}],
    [["--concurrency=1.5"], {}],
    [["--endpoint-url=ftp://x"], {}],
    [["--endpoint-url=localhost:9000"], {}],
  ];
  for (const [args, env] of bad) {
    assertThrows(
      () => parseFlags(destinationFlags, args, (name) => env[name]),
      UsageError,
      "--",
      args.join(" "),
    );
  }
  await assertRejects(
    () => uri([], { RELEASE_TYPE: "Nightly" }),
    InvalidValueError,
    "dev, nightly, prerelease",
  );
  await assertRejects(() => uri([], {}, "../x"), InvalidValueError, "run id");
});
