import { assertEquals } from "@std/assert";
import {
  COMMIT,
  failure,
  gitHubAt,
  json,
  listFailure,
  listIds,
  LOOPBACK as permissions,
  QUERY,
  TOKEN,
  workflowRun,
} from "../support/github_server.ts";
import {
  type Answer,
  type ScriptedServer,
  startScriptedServer,
} from "../support/loopback_server.ts";

const FIRST = "/repos/ROCm/TheRock/actions/workflows/ci.yml/runs" +
  `?head_sha=${COMMIT}&per_page=100`;

/** A page of two runs, with the links that GitHub gives. */
function page(number: number, last: number): Answer {
  return (request) => {
    const host = `http://${request.headers.get("host")}`;
    const link = (page: number, rel: string) =>
      `<${host}${FIRST}&page=${page}>; rel="${rel}"`;
    const links = number < last
      ? [link(number - 1, "prev"), link(number + 1, "next"), link(last, "last")]
      : [link(number - 1, "prev"), link(1, "first")];
    const ids = [2 * number - 1, 2 * number];
    return json({
      total_count: 2 * last,
      workflow_runs: ids.map((id) => workflowRun(id)),
    }, { link: links.join(", ") })(request);
  };
}

function targets({ requests }: ScriptedServer): string[] {
  return requests.map(({ target }) => target);
}

Deno.test({
  name: "the runs of all pages are listed in GitHub's order, each page with " +
    "the token",
  permissions,
  async fn() {
    await using server = startScriptedServer(
      page(1, 3),
      page(2, 3),
      page(3, 3),
    );
    const ids = await listIds(gitHubAt(server, { token: TOKEN }));
    assertEquals(ids, [1, 2, 3, 4, 5, 6]);
    assertEquals(targets(server), [
      FIRST,
      `${FIRST}&page=2`,
      `${FIRST}&page=3`,
    ]);
    assertEquals(
      server.requests.map(({ headers }) => headers.get("authorization")),
      Array(3).fill(`token ${TOKEN}`),
    );
  },
});

Deno.test({
  name: "a page is fetched when the runs before it have been taken, and none " +
    "when the consumer stops",
  permissions,
  async fn() {
    await using server = startScriptedServer(
      page(1, 3),
      page(2, 3),
      page(3, 3),
    );
    const fetched: [number, number][] = [];
    for await (const { id } of gitHubAt(server).listWorkflowRuns(QUERY)) {
      fetched.push([id, server.requests.length]);
      if (id === 4) break;
    }
    assertEquals(fetched, [[1, 1], [2, 1], [3, 2], [4, 2]]);
    assertEquals(server.requests.length, 2);
  },
});

Deno.test({
  name: "nothing is asked before the first run is wanted",
  permissions,
  async fn() {
    await using server = startScriptedServer(page(1, 1));
    gitHubAt(server).listWorkflowRuns(QUERY)[Symbol.asyncIterator]();
    assertEquals(server.requests.length, 0);
  },
});

Deno.test({
  name: "a listed run has what is printed of it, also before it has completed",
  permissions,
  async fn() {
    const open = { status: "in_progress", conclusion: null };
    await using server = startScriptedServer(
      json({ total_count: 1, workflow_runs: [workflowRun(7, open)] }),
    );
    const runs = await Array.fromAsync(
      gitHubAt(server).listWorkflowRuns(QUERY),
    );
    assertEquals(runs, [{
      id: 7,
      updated_at: "2025-12-01T11:30:00Z",
      head_repository: { full_name: "ROCm/TheRock" },
      html_url: "https://github.com/ROCm/TheRock/actions/runs/7",
      ...open,
    }]);
  },
});

Deno.test({
  name: "a page that fails for the moment is asked for again, and no run is " +
    "listed twice",
  permissions,
  async fn() {
    await using server = startScriptedServer(
      page(1, 2),
      failure(502, "Server Error"),
      page(2, 2),
    );
    assertEquals(await listIds(gitHubAt(server)), [1, 2, 3, 4]);
  },
});

Deno.test({
  name: "a page that fails for good ends the list with an error",
  permissions,
  async fn() {
    await using server = startScriptedServer(page(1, 2), failure(404, "No"));
    assertEquals((await listFailure(gitHubAt(server))).code, "not-found");
  },
});

Deno.test({
  name: "a next page on another server is refused: the token would go there",
  permissions,
  async fn() {
    await using server = startScriptedServer(
      json({ total_count: 0, workflow_runs: [] }, {
        link: '<http://127.0.0.2:1/x>; rel="next"',
      }),
    );
    const { code, reason } = await listFailure(gitHubAt(server));
    assertEquals(
      [code, reason],
      [
        "failed",
        "the next page is said to be at http://127.0.0.2:1, not at " +
        `${server.endpoint}. Check GITHUB_API_URL`,
      ],
    );
  },
});
