/**
 * Looking up workflow runs, for those who want somebody else's outputs.
 *
 * Requests and answers: "REST API endpoints for workflow runs" in GitHub's
 * documentation.
 *
 * @module
 */

import { parseRepository } from "../bucket.ts";
import { InvalidValueError } from "../errors.ts";
import { checkSegment } from "../path_segment.ts";
import type { LookUpWorkflowRun, WorkflowRun } from "../run_output_root.ts";
import {
  checkOptions,
  type GitHubOptions,
  openOctokit,
} from "./github_client.ts";
import { GitHubError } from "./github_errors.ts";

/** A workflow run, with the names of GitHub's REST API. */
export interface WorkflowRunDetails extends WorkflowRun {
  /** The run's page. */
  readonly html_url: string;
  /** As `completed` or `in_progress`. */
  readonly status: string | null;
  /** As `success` or `failure`; `null` before the run has completed. */
  readonly conclusion: string | null;
}

/** Which runs {@linkcode GitHub.listWorkflowRuns} lists. */
export interface WorkflowRunQuery {
  /** `owner/repo` that the workflow runs in. */
  readonly repository: string;
  /** File name of the workflow, as `ci.yml`, or its id. */
  readonly workflow: string;
  /** SHA of the commit that was built. */
  readonly commit: string;
}

/** What can be asked about workflow runs. */
export interface GitHub {
  /**
   * Looks one run up.
   *
   * @throws {GitHubError} If GitHub does not tell.
   * @throws {InvalidValueError} If the repository or the id is not one.
   */
  readonly lookUpWorkflowRun: LookUpWorkflowRun;
  /**
   * The runs of a workflow for a commit, newest first as GitHub lists them.
   * A page is asked for when the runs before it have been taken.
   *
   * @throws {GitHubError} If GitHub does not tell.
   * @throws {InvalidValueError} If a part of the query cannot be one.
   */
  listWorkflowRuns(query: WorkflowRunQuery): AsyncIterable<WorkflowRunDetails>;
}

/**
 * What asks GitHub. Octokit is loaded by the first question.
 *
 * @example
 * ```ts ignore
 * import { createGitHub } from "./workflow_runs.ts";
 *
 * const github = createGitHub({ token: "..." });
 * const root = await RunOutputRoot.fromWorkflowRun({
 *   runId: "12345678901",
 *   platform: "linux",
 *   repository: "ROCm/TheRock",
 *   lookUpWorkflowRun: github.lookUpWorkflowRun,
 * });
 * ```
 *
 * @throws {InvalidValueError} If the API root or the token cannot be used.
 */
export function createGitHub(options: GitHubOptions = {}): GitHub {
  const checked = checkOptions(options);
  return {
    lookUpWorkflowRun: (repository, runId) =>
      lookUpWorkflowRun(checked, repository, runId),
    listWorkflowRuns: (query) => listWorkflowRuns(checked, query),
  };
}

type CheckedOptions = ReturnType<typeof checkOptions>;

async function lookUpWorkflowRun(
  options: CheckedOptions,
  repository: string,
  runId: string,
): Promise<WorkflowRun> {
  const { owner, name } = parseRepository(repository);
  const run_id = Number(runId);
  if (!/^[1-9]\d*$/.test(runId) || !Number.isSafeInteger(run_id)) {
    throw new InvalidValueError(
      `Invalid run id ${JSON.stringify(runId)}: GitHub's are numbers, as in ` +
        "the URL of the run's page.",
    );
  }
  const operation = `look up run ${runId} of ${repository}`;
  const octokit = await openOctokit(options, {
    operation,
    notFound: `GitHub knows no run ${runId} in ${repository}. If it is in ` +
      "another repository, name that with --run-github-repo",
    apiUrl: options.apiUrl,
    token: options.token,
  });
  const { data } = await octokit.request(
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}",
    { owner, repo: name, run_id },
  );
  return checkRun(data, operation);
}

async function* listWorkflowRuns(
  options: CheckedOptions,
  { repository, workflow, commit }: WorkflowRunQuery,
): AsyncGenerator<WorkflowRunDetails, void, undefined> {
  const { owner, name } = parseRepository(repository);
  checkSegment(workflow, "workflow");
  checkCommit(commit);
  const operation =
    `list the runs of workflow ${workflow} of ${repository} for ${commit}`;
  const octokit = await openOctokit(options, {
    operation,
    notFound: `GitHub knows no workflow ${JSON.stringify(workflow)} in ` +
      `${repository}. Check the workflow's file name and the repository`,
    apiUrl: options.apiUrl,
    token: options.token,
  });
  let page: Page = await octokit.request(
    "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs",
    {
      owner,
      repo: name,
      workflow_id: workflow,
      head_sha: commit,
      per_page: 100,
    },
  );
  let found = 0;
  // Octokit's own pagination takes a failure with status 409, and an answer
  // without content, for an empty page: "none" must not mean "could not look".
  for (;;) {
    const runs = page.data.workflow_runs;
    if (!Array.isArray(runs)) throw unexpected("workflow_runs", operation);
    for (const run of runs) {
      found++;
      yield checkRunDetails(run, operation);
    }
    const url = nextPage(page.headers.link);
    if (url === undefined) break;
    page = await octokit.request({ method: "GET", url });
  }
  // GitHub compares whole SHAs: it answers with no runs, as for a commit that
  // was never built.
  if (found === 0 && commit.length < 40) {
    throw new InvalidValueError(
      `The commit ${JSON.stringify(commit)} is abbreviated, and GitHub finds ` +
        "runs by the whole SHA only: give all of its 40 digits.",
    );
  }
}

interface Page {
  readonly data: { readonly workflow_runs?: unknown };
  readonly headers: { readonly link?: string };
}

/** From a `Link` header: "Using pagination in the REST API". */
function nextPage(link: string | undefined): string | undefined {
  return /<([^<>]+)>;\s*rel="next"/.exec(link ?? "")?.[1];
}

function checkCommit(commit: string): void {
  if (/^[0-9a-f]{4,64}$/i.test(commit)) return;
  throw new InvalidValueError(
    `Invalid commit ${JSON.stringify(commit)}: it must be a SHA, as ` +
      "`git rev-parse HEAD` prints it.",
  );
}

/** The parts of an answer that are used, or an error that names the bad one. */
function checkRun(data: unknown, operation: string): WorkflowRun {
  const run = asRecord(data);
  if (run === undefined) throw unexpected("workflow run", operation);
  const { id, updated_at, head_repository: head } = run;
  if (typeof id !== "number" || !Number.isSafeInteger(id)) {
    throw unexpected("id", operation);
  }
  if (typeof updated_at !== "string" || !isInstant(updated_at)) {
    throw unexpected("updated_at", operation);
  }
  // Null where the repository was deleted.
  if (head === null) return { id, updated_at, head_repository: null };
  const full_name = asRecord(head)?.full_name;
  if (typeof full_name !== "string") {
    throw unexpected("head_repository", operation);
  }
  return { id, updated_at, head_repository: { full_name } };
}

function checkRunDetails(data: unknown, operation: string): WorkflowRunDetails {
  const run = checkRun(data, operation);
  const { html_url, status = null, conclusion = null } = asRecord(data) ?? {};
  if (typeof html_url !== "string") throw unexpected("html_url", operation);
  if (!isTextOrNull(status)) throw unexpected("status", operation);
  if (!isTextOrNull(conclusion)) throw unexpected("conclusion", operation);
  return { ...run, html_url, status, conclusion };
}

function unexpected(what: string, operation: string): GitHubError {
  return new GitHubError(
    "failed",
    `GitHub's answer has no ${what} as its documentation describes it. Check ` +
      "GITHUB_API_URL",
    { operation },
  );
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function isInstant(text: string): boolean {
  try {
    Temporal.Instant.from(text);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
