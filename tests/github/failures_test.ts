import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { RunOutputsError } from "../../lib/errors.ts";
import type { RetryEvent } from "../../lib/retry.ts";
import {
  failure,
  gitHubAt,
  json,
  listFailure,
  lookUpFailure,
  LOOPBACK as permissions,
  TOKEN,
  workflowRun,
} from "../support/github_server.ts";
import {
  startScriptedServer,
  startSocketServer,
  staySilent,
  unusedEndpoint,
} from "../support/loopback_server.ts";

const RUN = json(workflowRun(5));

Deno.test({
  name: "a run that is not there suggests another repository, and a token to " +
    "who has none",
  permissions,
  async fn() {
    await using server = startScriptedServer(failure(404, "Not Found"));
    const error = await lookUpFailure(gitHubAt(server));
    assertEquals(error instanceof RunOutputsError, true);
    const wrong = "Cannot look up run 5 of ROCm/TheRock: GitHub knows no run " +
      "5 in ROCm/TheRock. If it is in another repository, name that with " +
      "--run-github-repo. ";
    assertEquals(
      [error.name, error.code, error.message, error.retriable],
      [
        "GitHubError",
        "not-found",
        `${wrong}A private repository needs a token in GITHUB_TOKEN or ` +
        "GH_TOKEN, and there is none",
        false,
      ],
    );
    const { message } = await lookUpFailure(gitHubAt(server, { token: TOKEN }));
    assertEquals(
      message,
      `${wrong}For a private repository, the token must be allowed to read it`,
    );
    assertEquals(server.requests.length, 2);
  },
});

Deno.test({
  name: "a workflow that is not there is named",
  permissions,
  async fn() {
    await using server = startScriptedServer(failure(404, "Not Found"));
    const { code, reason } = await listFailure(gitHubAt(server));
    assertEquals(code, "not-found");
    assertEquals(
      reason.split(". ").slice(0, 2).join(". "),
      'GitHub knows no workflow "ci.yml" in ROCm/TheRock. Check the ' +
        "workflow's file name and the repository",
    );
  },
});

Deno.test({
  name: "a bad token, a missing one and a missing permission are told apart",
  permissions,
  async fn() {
    const required = { "x-accepted-github-permissions": "actions=read" };
    const either = {
      "x-accepted-github-permissions": "actions=read,contents=read;repo=read",
    };
    const url = "https://github.com/orgs/ROCm/sso?authorization_request=AZ";
    const refused = "GitHub refused (HTTP 403: Resource not accessible). ";
    const where = ": in a workflow, under permissions; otherwise, in the " +
      "token's settings";
    const cases: [
      number,
      Record<string, string>,
      string | undefined,
      string,
    ][] = [
      [
        401,
        {},
        TOKEN,
        "GitHub does not accept the token (HTTP 401: Resource not " +
        "accessible): it is wrong or has expired. Set GITHUB_TOKEN or " +
        "GH_TOKEN to a valid one",
      ],
      [
        401,
        {},
        undefined,
        "GitHub wants a token (HTTP 401: Resource not accessible). Set " +
        "GITHUB_TOKEN or GH_TOKEN",
      ],
      [
        403,
        required,
        TOKEN,
        `${refused}The token needs the permission actions: read${where}`,
      ],
      [
        403,
        either,
        TOKEN,
        `${refused}The token needs the permission actions: read, contents: ` +
        `read or repo: read${where}`,
      ],
      [
        403,
        {},
        TOKEN,
        `${refused}The token needs the permission actions: read${where}`,
      ],
      [
        403,
        { "x-github-sso": `required; url=${url}` },
        TOKEN,
        `${refused}The organization wants single sign-on: authorize the ` +
        `token at ${url}`,
      ],
      [
        403,
        required,
        undefined,
        `${refused}Set GITHUB_TOKEN or GH_TOKEN to a token with the ` +
        "permission actions: read",
      ],
    ];
    for (const [status, headers, token, expected] of cases) {
      await using server = startScriptedServer(
        failure(status, "Resource not accessible", headers),
      );
      const { code, reason } = await lookUpFailure(gitHubAt(server, { token }));
      assertEquals([code, reason], ["access-denied", expected]);
      assertEquals(server.requests.length, 1);
    }
  },
});

Deno.test({
  name: "a problem of GitHub's own is tried again until it has passed",
  permissions,
  async fn() {
    await using server = startScriptedServer(
      failure(502, "Server Error"),
      () => new Response("<html>Unicorn!</html>", { status: 503 }),
      RUN,
    );
    const retries: RetryEvent[] = [];
    const github = gitHubAt(server, {
      retry: { minDelay: 0, onRetry: (event) => retries.push(event) },
    });
    assertEquals((await github.lookUpWorkflowRun("a/b", "5")).id, 5);
    assertEquals(
      retries.map(({ error, attempt }) => [error.code, attempt]),
      [["unavailable", 1], ["unavailable", 2]],
    );
  },
});

Deno.test({
  name: "a problem of GitHub's own that stays is told of when all attempts " +
    "are used up",
  permissions,
  async fn() {
    await using server = startScriptedServer(failure(500, "Server Error"));
    const retry = { attempts: 3, minDelay: 0 };
    const { code, reason } = await lookUpFailure(gitHubAt(server, { retry }));
    assertEquals([code, reason, server.requests.length], [
      "unavailable",
      `GitHub at ${server.endpoint} has a problem of its own (HTTP 500: ` +
      "Server Error). Try again later",
      3,
    ]);
  },
});

Deno.test({
  name: "an address at which nobody listens is a failure of the network",
  permissions,
  async fn() {
    const endpoint = unusedEndpoint();
    const retries: RetryEvent[] = [];
    const retry = {
      attempts: 2,
      minDelay: 0,
      onRetry: (event: RetryEvent) => retries.push(event),
    };
    const error = await lookUpFailure(gitHubAt({ endpoint }, { retry }));
    assertEquals([error.code, retries.length], ["network", 1]);
    const start = "Cannot look up run 5 of ROCm/TheRock: no connection to " +
      `GitHub at ${endpoint} (client error (Connect): `;
    assertEquals(error.message.slice(0, start.length), start);
  },
});

Deno.test({
  name: "an answer that breaks off is a failure of the network, and is asked " +
    "for again",
  permissions,
  async fn() {
    const head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
      'content-length: 100\r\n\r\n{"id":';
    for (const sent of ["", head]) {
      await using server = startSocketServer(async (connection) => {
        await connection.read(new Uint8Array(65_536));
        await connection.write(new TextEncoder().encode(sent));
      });
      const retry = { attempts: 2, minDelay: 0 };
      const { code } = await lookUpFailure(gitHubAt(server, { retry }));
      assertEquals([code, server.connections], ["network", 2]);
    }
  },
});

Deno.test({
  name: "a server that never answers, or never ends its answer, is given up",
  permissions,
  async fn() {
    const head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
      'content-length: 100\r\n\r\n{"id":';
    for (const sent of ["", head]) {
      await using server = startSocketServer(async (connection) => {
        await connection.write(new TextEncoder().encode(sent));
        await staySilent(connection);
      });
      const { code, reason } = await lookUpFailure(
        gitHubAt(server, {
          timeout: 100,
          retry: { attempts: 2, minDelay: 0 },
        }),
      );
      assertEquals([code, reason, server.connections], [
        "timeout",
        `GitHub at ${server.endpoint} did not answer within 0.1 s`,
        2,
      ]);
    }
  },
});

Deno.test({
  name: "aborting ends a request with the signal's reason",
  permissions,
  async fn() {
    const abort = new AbortController();
    const reason = new Error("enough");
    await using server = startSocketServer(async (connection) => {
      abort.abort(reason);
      await staySilent(connection);
    });
    const github = gitHubAt(server, { signal: abort.signal });
    const thrown = await assertRejects(() =>
      github.lookUpWorkflowRun("a/b", "5")
    );
    assertStrictEquals(thrown, reason);
    assertEquals(server.connections, 1);
  },
});

Deno.test({
  name: "a missing permission says which flag of Deno's gives it",
  permissions: "none",
  async fn() {
    const endpoint = "http://127.0.0.1:49152";
    const { code, reason } = await lookUpFailure(gitHubAt({ endpoint }));
    assertEquals([code, reason], [
      "not-permitted",
      "Deno has no permission for net access to 127.0.0.1:49152: run again with " +
      "--allow-net=127.0.0.1:49152",
    ]);
  },
});
