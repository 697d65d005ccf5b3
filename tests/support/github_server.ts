/**
 * What GitHub answers, in the shapes that its documentation gives: for servers
 * of `loopback_server.ts`.
 *
 * Shapes: "REST API endpoints for workflow runs", "Rate limits for the REST
 * API", "Troubleshooting the REST API", "Using pagination in the REST API".
 *
 * @module
 */

import {
  createGitHub,
  type GitHub,
  type WorkflowRunQuery,
} from "../../lib/github/workflow_runs.ts";
import type { GitHubOptions } from "../../lib/github/github_client.ts";
import { GitHubError } from "../../lib/github/github_errors.ts";
import { assertRejects } from "@std/assert";
import type { Answer } from "./loopback_server.ts";

/** What a test of these needs: no variable, no file, no other host. */
export const LOOPBACK: Deno.PermissionOptionsObject = { net: ["127.0.0.1"] };

/** What the server's clock says in all answers. */
export const SERVER_TIME = "2026-03-01T12:00:00Z";

/** A token in the form of GitHub's, which opens nothing. */
export const TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";

/** The commit of {@linkcode QUERY}. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** A query for runs. */
export const QUERY: WorkflowRunQuery = {
  repository: "ROCm/TheRock",
  workflow: "ci.yml",
  commit: COMMIT,
};

/** A workflow run, with what is used of it and some of the rest. */
export function workflowRun(
  id: number,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    id,
    name: "CI",
    head_branch: "main",
    head_sha: COMMIT,
    path: ".github/workflows/ci.yml",
    run_number: 562,
    run_attempt: 1,
    event: "push",
    status: "completed",
    conclusion: "success",
    html_url: `https://github.com/ROCm/TheRock/actions/runs/${id}`,
    created_at: "2025-12-01T10:00:00Z",
    updated_at: "2025-12-01T11:30:00Z",
    repository: { id: 1, full_name: "ROCm/TheRock" },
    head_repository: { id: 1, full_name: "ROCm/TheRock" },
    ...changes,
  };
}

/** An answer of success. */
export function json(
  data: unknown,
  headers: Record<string, string> = {},
): Answer {
  return text(JSON.stringify(data), headers);
}

/** An answer of success that says that it is JSON. */
export function text(
  body: string,
  headers: Record<string, string> = {},
): Answer {
  return () => new Response(body, { headers: { ...usual(), ...headers } });
}

/** An answer of failure. */
export function failure(
  status: number,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  const body = JSON.stringify({
    message,
    documentation_url: "https://docs.github.com/rest",
    status: String(status),
  });
  return () =>
    new Response(body, { status, headers: { ...usual(), ...headers } });
}

/** The primary rate limit, which resets so many seconds later. */
export function usedUp(seconds: number, status = 403): Answer {
  const reset = Date.parse(SERVER_TIME) / 1000 + seconds;
  return failure(status, "API rate limit exceeded for 192.0.2.1.", {
    "x-ratelimit-limit": "60",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": String(reset),
  });
}

function usual(): Record<string, string> {
  return {
    "content-type": "application/json; charset=utf-8",
    "date": new Date(SERVER_TIME).toUTCString(),
    "x-ratelimit-limit": "60",
    "x-ratelimit-remaining": "59",
  };
}

/** What asks a server: no waits between attempts unless the test wants them. */
export function gitHubAt(
  { endpoint }: { readonly endpoint: string },
  options: GitHubOptions = {},
): GitHub {
  return createGitHub({
    apiUrl: endpoint,
    retry: { minDelay: 0, maxDelay: 0 },
    ...options,
  });
}

/** The error of looking run 5 of ROCm/TheRock up. */
export function lookUpFailure(github: GitHub): Promise<GitHubError> {
  return assertRejects(
    () => github.lookUpWorkflowRun("ROCm/TheRock", "5"),
    GitHubError,
  );
}

/** The error of listing runs. */
export function listFailure(github: GitHub): Promise<GitHubError> {
  return assertRejects(() => listIds(github), GitHubError);
}

/** The ids of all runs that are listed. */
export async function listIds(
  github: GitHub,
  query: WorkflowRunQuery = QUERY,
): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of github.listWorkflowRuns(query)) ids.push(id);
  return ids;
}
