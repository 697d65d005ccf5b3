import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { archiveStem } from "../../lib/archives/unpack.ts";
import {
  describeTree,
  makeArchive,
  sha256,
  unpackedTree,
  writeArchives,
} from "../support/artifact_archives.ts";
import {
  ensureBucket,
  freshRunId,
  makePublic,
  s3Environment,
} from "../support/buckets.ts";
import {
  ARTIFACTS,
  GROUP,
  plannedNames,
  prefixOf,
  startGitHub,
} from "../support/fetch.ts";
import {
  freshBucket,
  putObject,
  type S3ForTests,
  s3ForTests,
} from "../support/s3_server.ts";
import { runScript, type ScriptOptions } from "../support/script.ts";
import { TempDir, writeFiles } from "../support/tree.ts";

const s3 = await s3ForTests();
if (s3 !== undefined) registerTests(s3);

function registerTests(s3: S3ForTests): void {
  /** It may talk to these servers alone. */
  const options = (
    servers: readonly { readonly endpoint: string }[],
    env: Record<string, string> = {},
  ): ScriptOptions => ({
    env,
    permissions: {
      net: servers.map(({ endpoint }) => new URL(endpoint).host).join(),
    },
  });
  const fetchRun = (
    temp: TempDir,
    runId: string,
    args: readonly string[],
    options: ScriptOptions,
  ) =>
    runScript("fetch_artifacts", [
      "--run-github-repo=ROCm/TheRock",
      `--run-id=${runId}`,
      `--artifact-group=${GROUP}`,
      "--output-dir=artifacts",
      ...args,
    ], { cwd: temp.path, ...options });

  const put = async (bucket: string, prefix: string, names = ARTIFACTS) => {
    for (const name of names) {
      const bytes = await makeArchive(name);
      await putObject(s3, bucket, `${prefix}/${name}`, bytes);
      const digest = `${sha256(bytes)}  ${name}\n`;
      await putObject(s3, bucket, `${prefix}/${name}.sha256sum`, digest);
    }
  };
  const assertUnpacked = async (temp: TempDir, names = ARTIFACTS) => {
    const trees = names.map((name) =>
      unpackedTree(name, `${archiveStem(name)}/`)
    );
    assertEquals(
      await describeTree(temp.join("artifacts")),
      Object.assign({}, ...trees),
    );
  };

  Deno.test("what post_build_upload published to S3 comes back bit for bit", async () => {
    await using temp = await TempDir.make();
    await writeArchives(temp.join("build/artifacts"), ARTIFACTS);
    await writeFiles(temp.join("build"), {
      "logs/a.log": "",
      "base/aux-overlay/build/therock_manifest.json": "{}",
    });
    const runId = freshRunId();
    const bucket = "therock-ci-artifacts";
    await ensureBucket(s3, bucket);
    // Neighbours that begin the same.
    const prefix = prefixOf(runId);
    await put(bucket, `${prefix}-extra`, ["extra_lib_generic.tar.xz"]);
    await put(bucket, `${prefix}/logs/g`, ["deeper_lib_generic.tar.xz"]);
    const published = await runScript("post_build_upload", [
      `--run-id=${runId}`,
      "--artifact-group",
      GROUP,
      "--build-dir=build",
      "--upload",
      "--job-status=success",
    ], { cwd: temp.path, ...options([s3], s3Environment(s3)) });
    assertEquals([published.code, published.stderr], [0, ""]);

    await using github = startGitHub({ [runId]: {} });
    const env = { ...s3Environment(s3), GITHUB_API_URL: github.endpoint };
    const { code, stderr } = await fetchRun(
      temp,
      runId,
      [],
      options([s3, github], env),
    );
    assertEquals([code, stderr], [0, ""]);
    await assertUnpacked(temp);
    assertEquals(
      github.requests.map(({ method, target }) => `${method} ${target}`),
      [`GET /repos/ROCm/TheRock/actions/runs/${runId}`],
    );
  });

  Deno.test("a looked-up run from a fork is read from the external bucket", async () => {
    await using temp = await TempDir.make();
    const runId = freshRunId();
    const bucket = "therock-ci-artifacts-external";
    await ensureBucket(s3, bucket);
    await ensureBucket(s3, "therock-ci-artifacts");
    await put(bucket, `ROCm-TheRock/${prefixOf(runId)}`);
    const fork = { head_repository: { full_name: "some/fork" } };
    await using github = startGitHub({ [runId]: fork });
    const plan = async (env: Record<string, string>, ...args: string[]) => {
      const all = { ...s3Environment(s3), ...env };
      const api = { GITHUB_API_URL: github.endpoint };
      const servers = args.length > 0 || env.GITHUB_RUN_ID
        ? [s3]
        : [s3, github];
      return await fetchRun(
        temp,
        runId,
        ["--dry-run", ...args],
        options(servers, { ...all, ...api }),
      );
    };
    const own = { GITHUB_RUN_ID: runId, GITHUB_REPOSITORY: "ROCm/TheRock" };
    for (
      const found of [
        await plan({ IS_PR_FROM_FORK: "false" }),
        // Without a look-up, the variable decides, and GitHub is not asked.
        await plan({ IS_PR_FROM_FORK: "true" }, "--no-look-up-run"),
        await plan({ IS_PR_FROM_FORK: "true", ...own }),
      ]
    ) {
      assertEquals([found.code, found.stderr], [0, ""]);
      assertEquals(plannedNames(found), ARTIFACTS);
    }
    for (
      const none of [
        await plan({}, "--no-look-up-run"),
        await plan({ IS_PR_FROM_FORK: "false", ...own }),
      ]
    ) {
      assertEquals(none.code, 1);
      assertStringIncludes(none.stderr, "s3://therock-ci-artifacts/");
    }
    assertEquals(github.requests.length, 1);
  });

  Deno.test("a public bucket is read without credentials, a private one is not", async () => {
    await using temp = await TempDir.make();
    const bucket = await freshBucket(s3);
    await put(bucket, prefixOf("7"), ARTIFACTS.slice(0, 3));
    const args = [
      "--no-look-up-run",
      `--bucket=${bucket}`,
      `--endpoint-url=${s3.endpoint}`,
    ];
    const refused = await fetchRun(temp, "7", args, options([s3]));
    assertEquals(refused.code, 1);
    assert(/^Error: Cannot list [^\n]*access denied/.test(refused.stderr));
    await makePublic(s3, bucket);
    const { code, stderr } = await fetchRun(temp, "7", args, options([s3]));
    assertEquals([code, stderr], [0, ""]);
    await assertUnpacked(temp, ARTIFACTS.slice(0, 3));
  });

  Deno.test("a bucket that is not there is not an empty run", async () => {
    await using temp = await TempDir.make();
    const args = ["--no-look-up-run", "--bucket=no-such-bucket-anywhere"];
    const result = await fetchRun(
      temp,
      "7",
      args,
      options([s3], s3Environment(s3)),
    );
    assertEquals(result.code, 1);
    assertEquals(result.stderr.split("\n").length, 2, result.stderr);
    assertStringIncludes(
      result.stderr,
      `Error: Cannot list s3://no-such-bucket-anywhere/${prefixOf("7")}: ` +
        "no such bucket",
    );
  });

  Deno.test("a run that GitHub does not know is told with what to try", async () => {
    await using temp = await TempDir.make();
    await using github = startGitHub({});
    const env = { ...s3Environment(s3), GITHUB_API_URL: github.endpoint };
    const { code, stderr } = await fetchRun(
      temp,
      "7",
      [],
      options([s3, github], env),
    );
    assertEquals(code, 1);
    assert(/^Error: [^\n]+--run-github-repo[^\n]*\n$/.test(stderr), stderr);
  });
}
