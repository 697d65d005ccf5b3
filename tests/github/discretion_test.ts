import { assertEquals, assertMatch } from "@std/assert";
import {
  failure,
  gitHubAt,
  json,
  lookUpFailure,
  LOOPBACK as permissions,
  TOKEN,
  usedUp,
  workflowRun,
} from "../support/github_server.ts";
import {
  type Answer,
  startScriptedServer,
  unusedEndpoint,
} from "../support/loopback_server.ts";

/** All that can be seen of an error, with its causes. */
function everything(error: unknown): string {
  return Deno.inspect(error, { depth: 50, showHidden: true });
}

Deno.test({
  name: "the token is in no error, even where GitHub repeats it",
  permissions,
  async fn() {
    const answers: Answer[] = [401, 403, 404, 422, 500].map((status) =>
      failure(status, `What is ${TOKEN}?`, {
        "x-accepted-github-permissions": TOKEN,
      })
    );
    const sso = { "x-github-sso": `required; url=https://x.example/${TOKEN}` };
    answers.push(failure(403, TOKEN, sso), usedUp(1800), json([TOKEN]));
    const options = { token: TOKEN, retry: { attempts: 1 } };
    const errors: unknown[] = [];
    for (const answer of answers) {
      await using server = startScriptedServer(answer);
      errors.push(await lookUpFailure(gitHubAt(server, options)));
    }
    const endpoint = unusedEndpoint();
    errors.push(await lookUpFailure(gitHubAt({ endpoint }, options)));
    assertEquals(errors.length, 9);
    for (const error of errors) {
      const seen = everything(error);
      assertMatch(seen, /^GitHubError: Cannot look up run 5/);
      assertEquals(seen.includes(TOKEN.slice(4)), false, seen);
    }
  },
});

Deno.test({
  name: "words of GitHub's stay on one line and do not go on without end",
  permissions,
  async fn() {
    const message = `a\r\n::error::b\u2028c\u001b[31m${"d".repeat(10_000)}`;
    await using server = startScriptedServer(failure(422, message));
    const error = await lookUpFailure(gitHubAt(server));
    assertMatch(error.reason, /\(HTTP 422: a ::error::b c \[31md+\)$/);
    assertEquals(error.reason.length < 500, true);
  },
});

Deno.test({
  name: "nothing is written to the console, not even where Octokit would",
  permissions,
  async fn() {
    const deprecated = { deprecation: "@1767225600", sunset: "soon" };
    await using server = startScriptedServer(
      json(workflowRun(5), deprecated),
      failure(404, "Not Found", deprecated),
    );
    const written: unknown[] = [];
    const methods = ["debug", "error", "info", "log", "warn"] as const;
    // deno-lint-ignore no-console -- what is written is the matter
    const own = methods.map((name) => [name, console[name]] as const);
    const capture = Object.fromEntries(
      methods.map((name) => [name, (...args: unknown[]) => written.push(args)]),
    );
    Object.assign(console, capture);
    try {
      const github = gitHubAt(server, { token: TOKEN });
      await github.lookUpWorkflowRun("a/b", "5");
      await lookUpFailure(github);
    } finally {
      Object.assign(console, Object.fromEntries(own));
    }
    assertEquals(written, []);
  },
});
