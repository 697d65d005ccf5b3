/**
 * Octokit, loaded only when something is asked, with our own time-outs,
 * retries, waits and errors around every request.
 *
 * @module
 */

import type { Octokit } from "@octokit/rest";
import { InvalidValueError } from "../errors.ts";
import { retry, type RetryPolicy } from "../retry.ts";
import {
  fromOctokitError,
  GitHubError,
  type GitHubTask,
} from "./github_errors.ts";

/** Options of `createGitHub`. */
export interface GitHubOptions {
  /** Sent with every request; absent for none, which sees what is public. */
  readonly token?: string;
  /**
   * Root of the API; that of an Enterprise server has a path, as
   * `https://ghe.example/api/v3`. @default {"https://api.github.com"}
   */
  readonly apiUrl?: string;
  /** How long one request may take, in milliseconds. @default {30000} */
  readonly timeout?: number;
  /** Repeats of requests that failed for the moment. */
  readonly retry?: RetryPolicy;
  /**
   * How long to wait in all for a rate limit to reset, in milliseconds. One
   * that takes longer fails at once. @default {60000}
   */
  readonly maxRateLimitWait?: number;
  /** Told before each wait for a rate limit. */
  readonly onWait?: (event: RateLimitWait) => void;
  /** Ends requests and waits. */
  readonly signal?: AbortSignal;
}

/** A wait for a rate limit to reset. */
export interface RateLimitWait {
  /** When GitHub takes requests again, by its own clock. */
  readonly until: Date;
  /** What GitHub refused, and why: a sentence for the user. */
  readonly reason: string;
}

/** Root of the API of github.com. */
export const DEFAULT_API_URL = "https://api.github.com";

/** Waits for rate limits during one request. */
const MAX_WAITS = 3;

/** Octokit writes to the console otherwise. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The options, with an API root that Octokit can use.
 *
 * @throws {InvalidValueError} If the root or the token cannot be used.
 */
export function checkOptions(
  options: GitHubOptions,
): GitHubOptions & { readonly apiUrl: string } {
  // A line break or blank in a header's value is refused by `fetch`, with an
  // error that may show it.
  if (options.token && !/^[\x21-\x7e]+$/.test(options.token)) {
    throw new InvalidValueError(
      "Invalid GitHub token: it has characters that a token does not have.",
    );
  }
  return {
    ...options,
    token: options.token || undefined,
    apiUrl: checkApiUrl(options.apiUrl ?? DEFAULT_API_URL),
  };
}

function checkApiUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.username || url?.password) {
    throw new InvalidValueError(
      "Invalid root of GitHub's API: it must not contain credentials.",
    );
  }
  if (!/^https?:$/.test(url?.protocol ?? "") || url?.search || url?.hash) {
    throw new InvalidValueError(
      `Invalid root of GitHub's API ${JSON.stringify(text)}: it must be a ` +
        `URL, as ${DEFAULT_API_URL} or https://ghe.example/api/v3.`,
    );
  }
  return text.replace(/\/+$/, "");
}

/**
 * Loads Octokit and makes a client for one task. Whatever its requests
 * throw is a {@linkcode GitHubError}, or the signal's reason; the data of an
 * answer is an object.
 */
export async function openOctokit(
  options: GitHubOptions,
  task: GitHubTask,
): Promise<Octokit> {
  const { Octokit } = await import("@octokit/rest");
  options.signal?.throwIfAborted();
  const octokit = new Octokit({
    auth: task.token,
    baseUrl: task.apiUrl,
    userAgent: "run-outputs",
    log: SILENT,
    request: { log: SILENT },
  });
  octokit.hook.wrap("request", (request, parameters) => {
    checkOrigin(parameters.url, task);
    return withPatience(options, () =>
      attempt(options, task, (signal) => {
        // Octokit's own hooks get this object, whatever is passed on.
        parameters.request = { ...parameters.request, signal };
        return request(parameters);
      }));
  });
  return octokit;
}

/** The token goes nowhere else, whatever a `Link` header says. */
function checkOrigin(url: string, task: GitHubTask): void {
  const target = new URL(url, task.apiUrl);
  if (target.origin === new URL(task.apiUrl).origin) return;
  throw new GitHubError(
    "failed",
    `the next page is said to be at ${target.origin}, not at ${task.apiUrl}. ` +
      "Check GITHUB_API_URL",
    task,
  );
}

/** Makes a request again where that may help, and waits for rate limits. */
async function withPatience<T>(
  options: GitHubOptions,
  run: () => Promise<T>,
): Promise<T> {
  const { signal } = options;
  let patience = options.maxRateLimitWait ?? 60_000;
  for (let waits = 0;; waits++) {
    try {
      return await retry(run, { ...options.retry, signal });
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      const { wait, resetAt, message } = error;
      if (wait === undefined || resetAt === undefined) throw error;
      if (wait > patience || waits === MAX_WAITS) throw error;
      patience -= wait;
      options.onWait?.({ until: resetAt, reason: message });
      await sleep(wait, signal);
    }
  }
}

/** One request, with its time-out, and its errors in our form. */
async function attempt<T extends { readonly data: unknown }>(
  { timeout = 30_000, signal }: GitHubOptions,
  task: GitHubTask,
  request: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const expiry = AbortSignal.timeout(timeout);
  const checkSignals = () => {
    signal?.throwIfAborted();
    if (!expiry.aborted) return;
    throw new GitHubError(
      "timeout",
      `GitHub at ${task.apiUrl} did not answer within ${timeout / 1000} s`,
      { operation: task.operation, retriable: true },
    );
  };
  let answer: T;
  try {
    answer = await request(signal ? AbortSignal.any([signal, expiry]) : expiry);
  } catch (error) {
    checkSignals();
    throw fromOctokitError(error, task);
  }
  const { data } = answer;
  if (typeof data === "object" && data !== null) return answer;
  // Octokit gives "" for a body that broke off, and text that is no JSON as
  // it is.
  checkSignals();
  const { operation } = task;
  if (data === "") {
    throw new GitHubError("network", "the answer was empty or broke off", {
      operation,
      retriable: true,
    });
  }
  throw new GitHubError(
    "failed",
    `what ${task.apiUrl} answered is not JSON. Check GITHUB_API_URL and the ` +
      "proxy",
    { operation },
  );
}

/** Waits, or throws the signal's reason when it is aborted. */
function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
  });
}
