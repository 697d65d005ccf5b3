/**
 * What GitHub, Octokit and the network report, as `GitHubError`s.
 *
 * Rules: "Troubleshooting the REST API", "Rate limits for the REST API" and
 * "Best practices for using the REST API" in GitHub's documentation.
 *
 * @module
 */

import { type ErrorCode, RunOutputsError } from "../errors.ts";
import { permissionHint } from "../files/file_errors.ts";
import { rateLimitOf } from "./rate_limit.ts";

/** Details of a {@linkcode GitHubError}. */
export interface GitHubErrorDetails {
  /** What was tried, in plain words, as `look up run 1 of o/r`. */
  readonly operation: string;
  /** Whether the same request may succeed when it is made again at once. */
  readonly retriable?: boolean;
  /** When GitHub takes requests again, by its own clock. */
  readonly resetAt?: Date;
  /** How long that was from GitHub's answer, in milliseconds. */
  readonly wait?: number;
  /** What was thrown below; never the request, which holds the token. */
  readonly cause?: unknown;
}

/** A question to GitHub that was not answered as it should be. */
export class GitHubError extends RunOutputsError {
  /** What logs show before the message. */
  override readonly name = "GitHubError";
  /** What was tried, in plain words, as `look up run 1 of o/r`. */
  readonly operation: string;
  /** The reason alone, without the operation. */
  readonly reason: string;
  /** With code `throttled`: when GitHub takes requests again. */
  readonly resetAt?: Date;
  /** With code `throttled`: the time until then, in milliseconds. */
  readonly wait?: number;

  /**
   * Makes the message of operation and reason.
   *
   * @param reason Lower-case at its beginning: it follows a colon.
   */
  constructor(code: ErrorCode, reason: string, details: GitHubErrorDetails) {
    super(code, `Cannot ${details.operation}: ${reason}`, details);
    this.operation = details.operation;
    this.reason = reason;
    this.resetAt = details.resetAt;
    this.wait = details.wait;
  }
}

/** What an error's message needs to know about the request. */
export interface GitHubTask {
  /** What is tried, in plain words, as `look up run 1 of o/r`. */
  readonly operation: string;
  /** What is missing, and what to check, when the answer is 404. */
  readonly notFound: string;
  /** Root of the API. */
  readonly apiUrl: string;
  /** What is sent for authentication, to be kept out of messages. */
  readonly token: string | undefined;
}

type Headers = Readonly<Record<string, string | number | undefined>>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: unknown;
}

/** The error that Octokit threw, in a form of ours. */
export function fromOctokitError(error: unknown, task: GitHubTask): unknown {
  if (!(error instanceof Error) || error.name !== "HttpError") return error;
  const { response, cause } = error as Error & { response?: Answer };
  return response === undefined
    ? fromFetchError(cause ?? error, task)
    : fromAnswer(response, task);
}

/** Octokit makes a 500 of it when `fetch` throws, with what it threw inside. */
function fromFetchError(thrown: unknown, task: GitHubTask): GitHubError {
  const { operation, apiUrl } = task;
  const fail = (code: ErrorCode, reason: string, retriable = false) =>
    new GitHubError(code, reason, { operation, retriable, cause: thrown });
  if (!(thrown instanceof Error)) return fail("network", "no connection", true);
  if (thrown.name === "NotCapable") {
    return fail("not-permitted", permissionHint(thrown));
  }
  const inner = thrown.cause instanceof Error ? thrown.cause : thrown;
  const detail = oneLine(
    inner.message.replace(/^error sending request.*?(?:\): |$)/, ""),
    task,
  ) || "the connection broke off";
  return fail(
    "network",
    `no connection to GitHub at ${apiUrl} (${detail}). Check the network, ` +
      "the proxy and GITHUB_API_URL",
    !/certificate/i.test(detail),
  );
}

function fromAnswer(answer: Answer, task: GitHubTask): GitHubError {
  const { status, headers } = answer;
  const { operation, apiUrl, token, notFound } = task;
  const said = words(answer, task);
  const fail = (code: ErrorCode, reason: string, retriable = false) =>
    new GitHubError(code, reason, { operation, retriable });

  const limit = rateLimitOf(answer);
  if (limit !== undefined) {
    const until = limit.resetAt.toISOString().replace(".000Z", "Z");
    const what = limit.secondary
      ? "GitHub asks to slow down (secondary rate limit) and takes requests " +
        `again at ${until}`
      : `GitHub's rate limit is used up and resets at ${until}`;
    const advice = token === undefined
      ? "A token in GITHUB_TOKEN or GH_TOKEN raises the limit"
      : "Try again after that";
    return new GitHubError("throttled", `${what}. ${advice}`, {
      operation,
      ...limit,
    });
  }
  if (status === 401) {
    return fail(
      "access-denied",
      token === undefined
        ? `GitHub wants a token (${said}). Set GITHUB_TOKEN or GH_TOKEN`
        : `GitHub does not accept the token (${said}): it is wrong or has ` +
          "expired. Set GITHUB_TOKEN or GH_TOKEN to a valid one",
    );
  }
  if (status === 403) {
    return fail(
      "access-denied",
      `GitHub refused (${said}). ${forbidden(headers, task)}`,
    );
  }
  if (status === 404) {
    const hidden = token === undefined
      ? "A private repository needs a token in GITHUB_TOKEN or GH_TOKEN, and " +
        "there is none"
      : "For a private repository, the token must be allowed to read it";
    return fail("not-found", `${notFound}. ${hidden}`);
  }
  if (status >= 500) {
    return fail(
      "unavailable",
      `GitHub at ${apiUrl} has a problem of its own (${said}). Try again later`,
      true,
    );
  }
  return fail("failed", `GitHub at ${apiUrl} refused the request (${said})`);
}

/**
 * What a token lacks, from `X-GitHub-SSO` ("required; url=...") and
 * `X-Accepted-GitHub-Permissions` ("actions=read", with `,` for "and" and `;`
 * for "or").
 */
function forbidden(headers: Headers, task: GitHubTask): string {
  if (task.token === undefined) {
    return "Set GITHUB_TOKEN or GH_TOKEN to a token with the permission " +
      "actions: read";
  }
  const sso = /^required; url=(https:\/\/\S+)$/.exec(
    String(headers["x-github-sso"] ?? ""),
  );
  if (sso) {
    return "The organization wants single sign-on: authorize the token at " +
      oneLine(sso[1] ?? "", task);
  }
  const accepted = oneLine(
    String(headers["x-accepted-github-permissions"] ?? ""),
    task,
  );
  const needed = accepted
    .replaceAll("=", ": ").replace(/,\s*/g, ", ").replace(/;\s*/g, " or ");
  return `The token needs the permission ${needed || "actions: read"}: in a ` +
    "workflow, under permissions; otherwise, in the token's settings";
}

/** Status and message of an answer, as far as it has one. */
function words({ status, data }: Answer, task: GitHubTask): string {
  const { message } = (data ?? {}) as { message?: unknown };
  return typeof message === "string" && message.trim()
    ? `HTTP ${status}: ${oneLine(message, task)}`
    : `HTTP ${status}`;
}

/** Words from outside: no line of their own, no token, not without end. */
function oneLine(text: string, { token }: GitHubTask): string {
  const safe = token === undefined ? text : text.replaceAll(token, "***");
  // deno-lint-ignore no-control-regex -- control characters are what it is for
  const line = safe.replace(/[\u0000-\u0020\u007f-\u009f\u2028\u2029]+/g, " ");
  return line.trim().slice(0, 300);
}
