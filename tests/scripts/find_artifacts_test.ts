import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../scripts/find_artifacts_for_commit.ts";
import { ensureBucket, freshRunId, s3Environment } from "../support/buckets.ts";
import {
  COMMIT,
  failure,
  json,
  usedUp,
  workflowRun,
} from "../support/github_server.ts";
import {
  type Answer,
  type ScriptedServer,
  startScriptedServer,
  unusedEndpoint,
} from "../support/loopback_server.ts";
import {
  assertMistake,
  assertRequired,
  type Mistake,
} from "../support/mistakes.ts";
import {
  putObject,
  type S3ForTests,
  s3ForTests,
} from "../support/s3_server.ts";
import {
  runScript,
  type ScriptOptions,
  type ScriptResult,
} from "../support/script.ts";

import { canRunShipped, runShipped } from "../support/shipped.ts";

const GROUP = "gfx94X-dcgpu";
const REQUIRED = { commit: COMMIT, "artifact-group": GROUP };
const AWS = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };

function find(
  args: readonly string[],
  servers: readonly { readonly endpoint: string }[],
  env: Record<string, string>,
  permissions: ScriptOptions["permissions"] = {
    net: servers.map(({ endpoint }) => new URL(endpoint).host).join(),
  },
): Promise<ScriptResult> {
  const all = [`--commit=${COMMIT}`, `--artifact-group=${GROUP}`, ...args];
  return runScript("find_artifacts_for_commit", all, { env, permissions });
}

/** A GitHub with these runs of the workflow, as it lists them: newest first. */
function startGitHub(
  runs: readonly (readonly [string, Record<string, unknown>?])[],
): ScriptedServer {
  const workflow_runs = runs.map(([id, changes]) =>
    workflowRun(Number(id), changes)
  );
  return startScriptedServer(
    json({ total_count: workflow_runs.length, workflow_runs }),
  );
}

/** It could not be checked, and that is what it says. */
function assertCouldNotCheck({ code, stdout, stderr }: ScriptResult): void {
  assertEquals(code, 2, stderr);
  assert(/^Error: Could not check: [^\n]+\n$/.test(stderr), stderr);
  assert(!/^Run id:/m.test(stdout), stdout);
}

Deno.test("what GitHub does not tell is not told as none", async () => {
  const answers: [Answer, string][] = [
    [failure(404, "Not Found"), 'GitHub knows no workflow "ci.yml"'],
    [failure(401, "Bad credentials"), "Set GITHUB_TOKEN or GH_TOKEN"],
    [failure(403, "Resource not accessible"), "actions: read"],
    [usedUp(3000), "resets at 2026-03-01T12:50:00Z"],
    [json({}), "GitHub's answer has no workflow_runs"],
  ];
  for (const [answer, says] of answers) {
    await using github = startScriptedServer(answer);
    const env = { ...AWS, GITHUB_API_URL: github.endpoint };
    const result = await find([], [github], env);
    assertCouldNotCheck(result);
    assertStringIncludes(result.stderr, says);
    assertEquals(github.requests.length, 1);
  }
});

Deno.test("a GitHub or a store that is down is not told as none", async () => {
  const nobody = { endpoint: unusedEndpoint() };
  await using github = startGitHub([["5"]]);
  const env = { ...AWS, AWS_ENDPOINT_URL: nobody.endpoint };
  const [noGitHub, noStore] = await Promise.all([
    find([], [nobody], { ...env, GITHUB_API_URL: nobody.endpoint }),
    find([], [nobody, github], { ...env, GITHUB_API_URL: github.endpoint }),
  ]);
  assertCouldNotCheck(noGitHub);
  assertStringIncludes(noGitHub.stderr, "no connection to GitHub");
  assertCouldNotCheck(noStore);
  assertStringIncludes(noStore.stderr, "s3://therock-ci-artifacts/5-");
});

Deno.test("a permission that is missing is not told as none", async () => {
  await using github = startGitHub([["5"]]);
  const env = { ...AWS, GITHUB_API_URL: github.endpoint };
  for (const permissions of ["none", { net: false }, { env: false }] as const) {
    const { code, stderr } = await find([], [], env, permissions);
    assertEquals(code, 2, stderr);
    assert(/^Error: [^\n]*--allow-[^\n]+\n$/.test(stderr), stderr);
  }
});

Deno.test("mistakes are told in one line that names the flag", async () => {
  await assertRequired(main, REQUIRED);
  const args = Object.entries(REQUIRED).map(
    ([name, value]) => `--${name}=${value}`,
  );
  const mistakes: Mistake[] = [
    { args: ["--commit=main"], says: '--commit: "main" is not the full SHA' },
    { args: ["--commit=0123456"], says: "--commit: " },
    { args: ["--repo=TheRock"], says: "--repo: " },
    { args: ["--workflow=../x"], says: "--workflow: " },
    { args: ["--artifact-group=a/b"], says: "--artifact-group: " },
    { args: ["--endpoint-url=x"], says: "--endpoint-url: " },
    { args: ["--run-id=5"], says: "Unknown flag --run-id" },
    { args: ["more"], says: 'Unexpected argument "more"' },
  ];
  for (const mistake of mistakes) {
    await assertMistake(main, { ...mistake, args: [...args, ...mistake.args] });
  }
});

Deno.test("it starts as it is shipped", {
  ignore: !canRunShipped,
}, async () => {
  const { code, stdout, stderr } = await runShipped(
    "find_artifacts_for_commit",
    ["--help"],
  );
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "Usage: find_artifacts_for_commit ");
});

const s3 = await s3ForTests();
if (s3 !== undefined) registerTests(s3);

function registerTests(s3: S3ForTests): void {
  const search = (github: ScriptedServer, args: readonly string[] = []) =>
    find(args, [s3, github], {
      ...s3Environment(s3),
      GITHUB_API_URL: github.endpoint,
    });
  const publish = async (bucket: string, key: string) => {
    await ensureBucket(s3, bucket);
    await putObject(s3, bucket, key, "<html>");
  };
  const page = (runId: string, platform: string = Deno.build.os) =>
    `${runId}-${platform}/index-${GROUP}.html`;

  Deno.test("the newest run that has the page is printed", async () => {
    const [newest, found, older] = [freshRunId(), freshRunId(), freshRunId()];
    const bucket = "therock-ci-artifacts";
    await publish(bucket, page(found));
    await publish(bucket, page(older));
    // What only begins the same is not it.
    await publish(bucket, `${page(newest)}.bak`);
    await publish(bucket, page(newest, "other"));
    await using github = startGitHub([
      [newest, { status: "in_progress", conclusion: null }],
      [found, { conclusion: "failure" }],
      [older],
    ]);
    const { code, stdout, stderr } = await search(github);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(
      stdout,
      [
        "Repository:     ROCm/TheRock",
        `Commit:         ${COMMIT}`,
        `Commit URL:     https://github.com/ROCm/TheRock/commit/${COMMIT}`,
        `Platform:       ${Deno.build.os}`,
        `Artifact group: ${GROUP}`,
        "Workflow:       ci.yml",
        `Run id:         ${found}`,
        `Run URL:        https://github.com/ROCm/TheRock/actions/runs/${found}`,
        "Status:         completed (failure)",
        `Bucket:         ${bucket}`,
        `Path:           ${found}-${Deno.build.os}`,
        `Index URL:      https://${bucket}.s3.amazonaws.com/${page(found)}`,
        "",
      ].join("\n"),
    );
    const [request, ...others] = github.requests;
    assertEquals(others, []);
    const { pathname, searchParams } = new URL(request!.target, "http://x");
    assertEquals(
      pathname,
      "/repos/ROCm/TheRock/actions/workflows/ci.yml/runs",
    );
    assertEquals(searchParams.get("head_sha"), COMMIT);
  });

  Deno.test("age and fork decide on the bucket, per run", async () => {
    const cases: [Record<string, unknown>, string, string][] = [
      [{ updated_at: "2025-11-11T16:18:48Z" }, "therock-artifacts", ""],
      [{ updated_at: "2025-11-11T16:18:49Z" }, "therock-ci-artifacts", ""],
      [
        { head_repository: { id: 2, full_name: "some/fork" } },
        "therock-ci-artifacts-external",
        "ROCm-TheRock/",
      ],
      [
        { head_repository: null, updated_at: "2025-10-01T00:00:00Z" },
        "therock-artifacts-external",
        "ROCm-TheRock/",
      ],
    ];
    for (const bucket of cases.map(([, bucket]) => bucket)) {
      await ensureBucket(s3, bucket);
    }
    for (const [changes, bucket, repo] of cases) {
      const [empty, found] = [freshRunId(), freshRunId()];
      const key = `${repo}${page(found, "windows")}`;
      await publish(bucket, key);
      await using github = startGitHub([[empty], [found, changes]]);
      const result = await search(github, ["--platform=windows"]);
      assertEquals([result.code, result.stderr], [0, ""]);
      assertStringIncludes(result.stdout, `\nRun id:         ${found}\n`);
      assertStringIncludes(result.stdout, `\nBucket:         ${bucket}\n`);
      assertStringIncludes(
        result.stdout,
        `\nIndex URL:      https://${bucket}.s3.amazonaws.com/${key}\n`,
      );
    }
  });

  Deno.test("none found is an answer of its own", async () => {
    const bucket = "therock-ci-artifacts";
    await ensureBucket(s3, bucket);
    for (const runs of [[], [[freshRunId()], [freshRunId()]]] as const) {
      await using github = startGitHub(runs);
      const { code, stdout, stderr } = await search(github);
      assertEquals([code, stdout], [1, ""]);
      assertEquals(
        stderr,
        "Error: No run of ci.yml in ROCm/TheRock for the commit " +
          `${COMMIT} has artifacts of ${GROUP}.\n`,
      );
    }
  });

  Deno.test("a bucket that refuses or is not there is not told as none", async () => {
    await using github = startGitHub([[freshRunId()]]);
    const servers = [s3, github];
    const env = { ...s3Environment(s3), GITHUB_API_URL: github.endpoint };
    await ensureBucket(s3, "therock-ci-artifacts");
    const refused = await find([], servers, {
      ...env,
      AWS_SECRET_ACCESS_KEY: "not-the-secret-of-anybody",
    });
    assertCouldNotCheck(refused);
    assert(!refused.stderr.includes("not-the-secret"), refused.stderr);
    // No test makes the bucket of this release.
    const missing = await find([], servers, {
      ...env,
      RELEASE_TYPE: "prerelease",
    });
    assertCouldNotCheck(missing);
    assertStringIncludes(missing.stderr, "therock-prerelease-artifacts");
  });
}
