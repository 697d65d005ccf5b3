#!/usr/bin/env -S deno run --no-prompt --allow-read --allow-env=AWS_*,GH_TOKEN,GITHUB_*,HOME*,NO_COLOR,RELEASE_TYPE,USERPROFILE --allow-net=api.github.com,*.amazonaws.com,169.254.0.0/16 --allow-sys=osRelease,uid
/**
 * Finds the workflow run of a commit that has the artifacts of a group.
 *
 * @module
 */

import {
  type ArtifactBackend,
  createArtifactBackend,
} from "../lib/artifact_backend.ts";
import {
  type ArtifactRunInfo,
  describeArtifactRun,
} from "../lib/artifact_run_info.ts";
import { MAIN_REPOSITORY, parseRepository } from "../lib/bucket.ts";
import { requiredArtifactGroup } from "../lib/cli/common_flags.ts";
import { valueFlag } from "../lib/cli/flags.ts";
import {
  githubEnvironment,
  githubOptionsFrom,
} from "../lib/cli/github_options.ts";
import { denoHost, type Host } from "../lib/cli/host.ts";
import { readerPermissions } from "../lib/cli/permissions.ts";
import { runScript, type ScriptContext } from "../lib/cli/script.ts";
import type { ScriptSpec } from "../lib/cli/declaration.ts";
import {
  loggedRetry,
  s3OptionsFromFlags,
  storeEnvironment,
  storeFlags,
} from "../lib/cli/store_flags.ts";
import { InvalidValueError, RunOutputsError } from "../lib/errors.ts";
import {
  createGitHub,
  type WorkflowRunDetails,
} from "../lib/github/workflow_runs.ts";
import { checkSegment } from "../lib/path_segment.ts";
import { RunOutputRoot } from "../lib/run_output_root.ts";

/** Exit codes: "none" and "could not look" are never confused. */
const FOUND = 0;
const NONE_FOUND = 1;
const COULD_NOT_LOOK = 2;

const flags = {
  commit: valueFlag({
    placeholder: "SHA",
    required: true,
    help: "Full SHA of the commit.",
    parse: parseCommit,
  }),
  "artifact-group": requiredArtifactGroup,
  repo: valueFlag({
    placeholder: "OWNER/REPO",
    default: MAIN_REPOSITORY,
    help: "Repository whose runs are searched.",
    parse: (text: string) => {
      parseRepository(text);
      return text;
    },
  }),
  workflow: valueFlag({
    placeholder: "FILE",
    default: "ci.yml",
    help: "Workflow whose runs are searched.",
    parse: (text: string) => checkSegment(text, "workflow"),
  }),
  platform: valueFlag({
    placeholder: "NAME",
    help: "linux, windows or darwin.",
    defaultText: "this machine's",
  }),
  ...storeFlags,
};

const environment = [
  { name: "RELEASE_TYPE", help: "dev, nightly or prerelease." },
  { name: "GITHUB_SERVER_URL", help: "Root of GitHub's pages." },
  ...githubEnvironment,
  ...storeEnvironment,
];

/** The declaration of `find_artifacts_for_commit`. */
export const spec: ScriptSpec<typeof flags> = {
  name: "find_artifacts_for_commit",
  summary: "Finds the workflow run of a commit that has the artifacts of a " +
    "group.",
  flags,
  environment,
  permissions: readerPermissions(flags, environment, { writes: false }),
  exitCodes: {
    [FOUND]: "Found; the run is printed.",
    [NONE_FOUND]: "No run of the commit has these artifacts.",
    [COULD_NOT_LOOK]: "It could not be checked, or the command line is wrong.",
    130: "Interrupted (SIGINT); 143 with SIGTERM.",
  },
  example: "--commit 5f6a1c2b3d4e5f60718293a4b5c6d7e8f9012345 " +
    "--artifact-group gfx94X-dcgpu",
};

type Context = ScriptContext<typeof flags>;

/** Runs the script; returns its exit code. */
export async function main(
  args: readonly string[],
  host: Host = denoHost(),
): Promise<number> {
  let isNoneFound = false;
  const code = await runScript(spec, args, async (context) => {
    const outcome = await run(context);
    isNoneFound = outcome === NONE_FOUND;
    return outcome;
  }, host);
  // Whatever else failed, as a missing permission, is not "none".
  return code === NONE_FOUND && !isNoneFound ? COULD_NOT_LOOK : code;
}

async function run(context: Context): Promise<number> {
  const { flags, host, log } = context;
  const options = s3OptionsFromFlags(flags, host);
  await using backend = createArtifactBackend({
    ...options,
    retry: loggedRetry(log),
  });
  let info: ArtifactRunInfo | undefined;
  try {
    info = await findRun(context, backend);
  } catch (error) {
    if (!(error instanceof RunOutputsError)) throw error;
    if (error instanceof InvalidValueError) throw error;
    log.error(`Could not check: ${error.message}`);
    return COULD_NOT_LOOK;
  }
  if (info === undefined) {
    log.error(
      `No run of ${flags.workflow} in ${flags.repo} for the commit ` +
        `${flags.commit} has artifacts of ${flags["artifact-group"]}.`,
    );
    return NONE_FOUND;
  }
  const server = host.env("GITHUB_SERVER_URL") || undefined;
  for (const [label, value] of describeArtifactRun(info, server)) {
    log.info(`${`${label}:`.padEnd(16)}${value}`);
  }
  return FOUND;
}

/** The first run, newest first, whose page of the group is there. */
async function findRun(
  { flags, host, log, signal }: Context,
  backend: ArtifactBackend,
): Promise<ArtifactRunInfo | undefined> {
  const { commit, repo: repository, workflow } = flags;
  const artifactGroup = flags["artifact-group"];
  const github = createGitHub({
    ...githubOptionsFrom((name) => host.env(name)),
    retry: loggedRetry(log),
    onWait: ({ until, reason }) =>
      log.info(`Waiting until ${until.toISOString()}: ${reason}`),
    signal,
  });
  const runs = github.listWorkflowRuns({ repository, workflow, commit });
  for await (const workflowRun of runs) {
    const root = await rootOf(workflowRun, {
      repository,
      platform: flags.platform ?? host.platform,
      releaseType: host.env("RELEASE_TYPE"),
    });
    if (await backend.exists(root.artifactIndex(artifactGroup), { signal })) {
      return {
        root,
        repository,
        commit,
        artifactGroup,
        workflow,
        runUrl: workflowRun.html_url,
        status: workflowRun.status,
        conclusion: workflowRun.conclusion,
      };
    }
  }
  return undefined;
}

function rootOf(
  workflowRun: WorkflowRunDetails,
  options: { repository: string; platform: string; releaseType?: string },
): Promise<RunOutputRoot> {
  return RunOutputRoot.fromWorkflowRun({
    runId: String(workflowRun.id),
    workflowRun,
    ...options,
  });
}

function parseCommit(text: string): string {
  if (/^[0-9a-f]{40}$/i.test(text)) return text.toLowerCase();
  throw new InvalidValueError(
    `${JSON.stringify(text)} is not the full SHA of a commit`,
  );
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
