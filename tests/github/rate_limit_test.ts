import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { rateLimitOf } from "../../lib/github/rate_limit.ts";
import type { RateLimitWait } from "../../lib/github/github_client.ts";
import {
  failure,
  gitHubAt,
  json,
  lookUpFailure,
  LOOPBACK as permissions,
  SERVER_TIME,
  TOKEN,
  usedUp,
  workflowRun,
} from "../support/github_server.ts";
import { startScriptedServer } from "../support/loopback_server.ts";

const RUN = json(workflowRun(5));
const SLOW_DOWN = "You have exceeded a secondary rate limit. Please wait a " +
  "few minutes before you try again.";

Deno.test({
  name: "a rate limit that resets soon is told of, waited for and tried again",
  permissions,
  async fn() {
    for (const limit of [usedUp(0), usedUp(0, 429), usedUp(-60)]) {
      await using server = startScriptedServer(limit, RUN);
      const waits: RateLimitWait[] = [];
      const github = gitHubAt(server, { onWait: (wait) => waits.push(wait) });
      assertEquals((await github.lookUpWorkflowRun("a/b", "5")).id, 5);
      assertEquals([server.requests.length, waits.length], [2, 1]);
    }
  },
});

Deno.test({
  name: "a rate limit that resets late fails at once, and says when",
  permissions,
  async fn() {
    await using server = startScriptedServer(usedUp(1800), RUN);
    const waits: RateLimitWait[] = [];
    const error = await lookUpFailure(
      gitHubAt(server, { onWait: (wait) => waits.push(wait) }),
    );
    assertEquals(
      [error.code, error.message, error.resetAt, error.wait],
      [
        "throttled",
        "Cannot look up run 5 of ROCm/TheRock: GitHub's rate limit is used " +
        "up and resets at 2026-03-01T12:30:00Z. A token in GITHUB_TOKEN or " +
        "GH_TOKEN raises the limit",
        new Date("2026-03-01T12:30:00Z"),
        1_800_000,
      ],
    );
    // Our own retries would only use up more.
    assertEquals([error.retriable, server.requests.length], [false, 1]);
    assertEquals(waits, []);
  },
});

Deno.test({
  name: "who has a token is not told to use one",
  permissions,
  async fn() {
    await using server = startScriptedServer(usedUp(1800));
    const { reason } = await lookUpFailure(gitHubAt(server, { token: TOKEN }));
    assertEquals(
      reason,
      "GitHub's rate limit is used up and resets at 2026-03-01T12:30:00Z. " +
        "Try again after that",
    );
  },
});

Deno.test({
  name: "how long is waited is the caller's choice",
  permissions,
  async fn() {
    await using server = startScriptedServer(usedUp(1), RUN);
    const github = gitHubAt(server, { maxRateLimitWait: 999 });
    assertEquals((await lookUpFailure(github)).code, "throttled");
    assertEquals(server.requests.length, 1);
  },
});

Deno.test({
  name: "the secondary limit is waited for as long as GitHub says",
  permissions,
  async fn() {
    await using server = startScriptedServer(
      failure(403, SLOW_DOWN, { "retry-after": "1" }),
      RUN,
    );
    const waits: RateLimitWait[] = [];
    const github = gitHubAt(server, { onWait: (wait) => waits.push(wait) });
    const started = performance.now();
    assertEquals((await github.lookUpWorkflowRun("a/b", "5")).id, 5);
    assertEquals(performance.now() - started >= 990, true);
    assertEquals(waits, [{
      until: new Date("2026-03-01T12:00:01Z"),
      reason: "Cannot look up run 5 of a/b: GitHub asks to slow down " +
        "(secondary rate limit) and takes requests again at " +
        "2026-03-01T12:00:01Z. A token in GITHUB_TOKEN or GH_TOKEN raises " +
        "the limit",
    }]);
  },
});

Deno.test({
  name: "a limit that stays is not waited for without end",
  permissions,
  async fn() {
    await using server = startScriptedServer(usedUp(0));
    assertEquals((await lookUpFailure(gitHubAt(server))).code, "throttled");
    assertEquals(server.requests.length, 4);
  },
});

Deno.test({
  name: "aborting ends the wait for a rate limit",
  permissions,
  async fn() {
    await using server = startScriptedServer(usedUp(60), RUN);
    const abort = new AbortController();
    const reason = new Error("enough");
    const github = gitHubAt(server, {
      signal: abort.signal,
      onWait: () => abort.abort(reason),
    });
    const thrown = await assertRejects(() =>
      github.lookUpWorkflowRun("a/b", "5")
    );
    assertStrictEquals(thrown, reason);
    assertEquals(server.requests.length, 1);
  },
});

Deno.test({
  name: "an answer tells of a rate limit as GitHub documents it",
  permissions: "none",
  fn() {
    const now = Date.parse(SERVER_TIME) / 1000;
    const left = { "x-ratelimit-remaining": "10" };
    const none = {
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(now + 90),
    };
    // Status, headers, message; then the seconds to wait, or not.
    const cases: [number, Record<string, string>, string, number?, boolean?][] =
      [
        [403, none, "", 90, false],
        [429, none, "", 90, false],
        [403, { ...none, "retry-after": "30" }, "", 30, false],
        [403, { ...left, "retry-after": "30" }, SLOW_DOWN, 30, true],
        [403, { "retry-after": "0" }, "", 0, true],
        [403, left, SLOW_DOWN, 60, true],
        [429, left, "Too many", 60, true],
        [403, {}, "API rate limit exceeded for 192.0.2.1.", 60, false],
        [403, { ...none, "x-ratelimit-reset": "soon" }, "", 60, false],
        [429, { "retry-after": "9".repeat(15) }, "", 60, true],
        [403, left, "Resource not accessible by integration"],
        [403, {}, ""],
        [404, none, ""],
        [401, none, ""],
        [503, { "retry-after": "30" }, ""],
      ];
    for (const [status, headers, message, seconds, secondary] of cases) {
      const limit = rateLimitOf({
        status,
        headers: { date: new Date(SERVER_TIME).toUTCString(), ...headers },
        data: { message },
      });
      assertEquals(
        limit,
        seconds === undefined ? undefined : {
          resetAt: new Date((now + seconds) * 1000),
          wait: seconds * 1000,
          secondary,
        },
        `${status} ${JSON.stringify(headers)} ${message}`,
      );
    }
  },
});
