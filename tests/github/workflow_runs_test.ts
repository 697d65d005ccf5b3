import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidValueError } from "../../lib/errors.ts";
import { createGitHub } from "../../lib/github/workflow_runs.ts";
import { RunOutputRoot } from "../../lib/run_output_root.ts";
import {
  COMMIT,
  failure,
  gitHubAt,
  json,
  listFailure,
  listIds,
  lookUpFailure,
  LOOPBACK as permissions,
  QUERY,
  text,
  TOKEN,
  workflowRun,
} from "../support/github_server.ts";
import {
  type Answer,
  startScriptedServer,
} from "../support/loopback_server.ts";

Deno.test({
  name: "a run is looked up, and no more of it is taken than is used",
  permissions,
  async fn() {
    await using server = startScriptedServer(json(workflowRun(5)));
    const github = gitHubAt(server);
    assertEquals(await github.lookUpWorkflowRun("ROCm/TheRock", "5"), {
      id: 5,
      updated_at: "2025-12-01T11:30:00Z",
      head_repository: { full_name: "ROCm/TheRock" },
    });
    assertEquals(
      server.requests.map(({ method, target }) => [method, target]),
      [["GET", "/repos/ROCm/TheRock/actions/runs/5"]],
    );
  },
});

Deno.test({
  name: "the API root of an Enterprise server has a path, with or without a " +
    "slash at its end",
  permissions,
  async fn() {
    for (const path of ["/api/v3", "/api/v3/"]) {
      await using server = startScriptedServer(json(workflowRun(5)));
      const github = gitHubAt({ endpoint: server.endpoint + path });
      await github.lookUpWorkflowRun("a/b", "5");
      assertEquals(server.requests.map(({ target }) => target), [
        "/api/v3/repos/a/b/actions/runs/5",
      ]);
    }
  },
});

Deno.test({
  name: "a run from a fork leads to the external bucket, and so does one " +
    "whose fork was deleted",
  permissions,
  async fn() {
    for (const head_repository of [{ full_name: "me/TheRock" }, null]) {
      await using server = startScriptedServer(
        json(workflowRun(5, { head_repository })),
      );
      const { lookUpWorkflowRun } = gitHubAt(server);
      const root = await RunOutputRoot.fromWorkflowRun({
        runId: "5",
        platform: "linux",
        repository: "ROCm/TheRock",
        lookUpWorkflowRun,
      });
      assertEquals(
        root.root().s3Uri,
        "s3://therock-ci-artifacts-external/ROCm-TheRock/5-linux",
      );
    }
  },
});

Deno.test({
  name: "the token is sent as the Authorization header and nowhere else",
  permissions,
  async fn() {
    await using server = startScriptedServer(json(workflowRun(5)));
    await gitHubAt(server, { token: TOKEN }).lookUpWorkflowRun("a/b", "5");
    const [{ target, headers } = { target: "", headers: new Headers() }] =
      server.requests;
    const holders = [["target", target], ...headers]
      .filter(([, value]) => value?.includes(TOKEN));
    assertEquals(holders, [["authorization", `token ${TOKEN}`]]);
  },
});

Deno.test({
  name: "without a token, or with an empty one, nothing is sent for it",
  permissions,
  async fn() {
    for (const token of [undefined, ""]) {
      await using server = startScriptedServer(json(workflowRun(5)));
      await gitHubAt(server, { token }).lookUpWorkflowRun("a/b", "5");
      assertEquals(
        server.requests.map(({ headers }) => headers.has("authorization")),
        [false],
      );
    }
  },
});

Deno.test({
  name: "a redirect is followed, as of a renamed repository, but the token " +
    "does not go to another host",
  permissions,
  async fn() {
    await using other = startScriptedServer(json(workflowRun(5)));
    await using server = startScriptedServer(
      () => redirect("/repositories/1/actions/runs/5"),
      () => redirect(`${other.endpoint}/elsewhere`),
    );
    await gitHubAt(server, { token: TOKEN }).lookUpWorkflowRun("a/b", "5");
    assertEquals(
      [...server.requests, ...other.requests].map(({ target, headers }) => [
        target,
        headers.has("authorization"),
      ]),
      [
        ["/repos/a/b/actions/runs/5", true],
        ["/repositories/1/actions/runs/5", true],
        ["/elsewhere", false],
      ],
    );
  },
});

function redirect(location: string): Response {
  return new Response(null, { status: 301, headers: { location } });
}

Deno.test({
  name: "an answer in which something has another shape is refused by name",
  permissions,
  async fn() {
    const cases: [Answer, string][] = [
      [json(workflowRun(5, { id: "5" })), "no id"],
      [json(workflowRun(5, { id: null })), "no id"],
      [text('{"id": 123456789012345678901}'), "no id"],
      [json(workflowRun(5, { updated_at: null })), "no updated_at"],
      [json(workflowRun(5, { updated_at: "today" })), "no updated_at"],
      [json(workflowRun(5, { head_repository: {} })), "no head_repository"],
      [json(workflowRun(5, { head_repository: undefined })), "no head_rep"],
      [json([workflowRun(5)]), "no workflow run"],
      [text('{"id": 5,'), "not JSON"],
      [text("<html>Log in</html>", { "content-type": "text/html" }), "JSON"],
      [json(null), "not JSON"],
    ];
    for (const [answer, said] of cases) {
      await using server = startScriptedServer(answer);
      const { code, message } = await lookUpFailure(gitHubAt(server));
      assertEquals([code, message.includes(said)], ["failed", true], message);
      assertEquals(server.requests.length, 1);
    }
  },
});

Deno.test({
  name: "a list in which something has another shape is no empty list",
  permissions,
  async fn() {
    const cases: [Answer, string][] = [
      [json({}), "no workflow_runs"],
      [json([]), "no workflow_runs"],
      [json({ total_count: 0 }), "no workflow_runs"],
      [json({ total_count: 1, workflow_runs: null }), "no workflow_runs"],
      [list({ html_url: 5 }), "no html_url"],
      [list({ status: 5 }), "no status"],
      [list({ conclusion: {} }), "no conclusion"],
      [list({ updated_at: 5 }), "no updated_at"],
      [json({ total_count: 1, workflow_runs: [null] }), "no workflow run"],
      // Octokit's pagination would take this for an empty page.
      [failure(409, "Conflict"), "HTTP 409: Conflict"],
    ];
    for (const [answer, said] of cases) {
      await using server = startScriptedServer(answer);
      const { code, message } = await listFailure(gitHubAt(server));
      assertEquals([code, message.includes(said)], ["failed", true], message);
    }
  },
});

function list(changes: Record<string, unknown>): Answer {
  return json({ total_count: 1, workflow_runs: [workflowRun(5, changes)] });
}

Deno.test({
  name: "an abbreviated commit is refused where GitHub finds nothing for it, " +
    "as it never does",
  permissions,
  async fn() {
    await using server = startScriptedServer(
      json({ total_count: 0, workflow_runs: [] }),
    );
    const github = gitHubAt(server);
    await assertRejects(
      () => listIds(github, { ...QUERY, commit: COMMIT.slice(0, 8) }),
      InvalidValueError,
      'The commit "01234567" is abbreviated',
    );
    assertEquals(await listIds(github), []);
  },
});

Deno.test({
  name: "what cannot be a repository, run id, workflow or commit is refused " +
    "without asking",
  permissions: "none",
  async fn() {
    const github = createGitHub();
    const lookUps = [["TheRock", "5"], ["a/..", "5"], ["a/b", "local"]];
    lookUps.push(["a/b", ""], ["a/b", "1e3"], ["a/b", "5/jobs"]);
    lookUps.push(["a/b", "0"], ["a/b", "9".repeat(20)]);
    for (const [repository = "", runId = ""] of lookUps) {
      await assertRejects(
        () => github.lookUpWorkflowRun(repository, runId),
        InvalidValueError,
      );
    }
    const changes = [{ repository: "b" }, { workflow: ".." }, { workflow: "" }];
    for (const change of [...changes, { commit: "main" }, { commit: "" }]) {
      await assertRejects(
        () => listIds(github, { ...QUERY, ...change }),
        InvalidValueError,
      );
    }
  },
});

Deno.test({
  name: "an API root or token that cannot be used is refused, and no secret " +
    "is shown",
  permissions: "none",
  fn() {
    const roots = ["", "github", "ftp://a", "https://a/?b", "https://a/#b"];
    for (const apiUrl of roots) {
      assertThrows(() => createGitHub({ apiUrl }), InvalidValueError, "root");
    }
    const secrets = [
      { apiUrl: "https://me:secret@ghe.example/" },
      { token: "secret\nx-other: 1" },
      { token: "secret\u{1f511}" },
    ];
    for (const options of secrets) {
      const { message } = assertThrows(
        () => createGitHub(options),
        InvalidValueError,
      );
      assertEquals(message.includes("secret"), false);
    }
  },
});
