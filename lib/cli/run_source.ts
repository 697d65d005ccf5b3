/**
 * Whose run a script reads: the run root and the backend that the flags and
 * variables of the readers call for.
 *
 * @module
 */

import {
  type ArtifactBackend,
  createArtifactBackend,
} from "../artifact_backend.ts";
import { MAIN_REPOSITORY, parseRepository, sameRepository } from "../bucket.ts";
import { RunOutputsError } from "../errors.ts";
import { isDirectory } from "../files/file_type.ts";
import { checkBucketName, checkSegment } from "../path_segment.ts";
import { type LookUpWorkflowRun, RunOutputRoot } from "../run_output_root.ts";
import { type FlagValues, switchFlag, UsageError, valueFlag } from "./flags.ts";
import type { Host } from "./host.ts";
import type { Log } from "./log.ts";
import type { EnvironmentVariable } from "./declaration.ts";
import {
  loggedRetry,
  s3OptionsFromFlags,
  storeEnvironment,
  storeFlags,
} from "./store_flags.ts";

/** The flags that name a run which is read. */
export const runSourceFlags = {
  "run-id": valueFlag({
    placeholder: "ID",
    help: "GitHub Actions run id; required unless $THEROCK_RUN_ID is set for " +
      "a staging directory.",
    parse: (text: string) => checkSegment(text, "run id"),
  }),
  "run-github-repo": valueFlag({
    placeholder: "OWNER/REPO",
    env: "GITHUB_REPOSITORY",
    default: MAIN_REPOSITORY,
    help: "Repository that the run belongs to.",
    parse: (text: string) => {
      parseRepository(text);
      return text;
    },
  }),
  platform: valueFlag({
    placeholder: "NAME",
    help: "linux, windows or darwin.",
    defaultText: "this machine's",
  }),
  bucket: valueFlag({
    placeholder: "NAME",
    help: "Read this bucket; the rest of the path stays as it is.",
    parse: checkBucketName,
  }),
  "look-up-run": switchFlag({
    help: "Ask GitHub whether the run is from a fork, and how old it is.",
    defaultText: "on, but not for the job's own run",
  }),
  ...storeFlags,
};

/** The variables that name a run which is read. */
export const runSourceEnvironment: readonly EnvironmentVariable[] = [
  {
    name: "THEROCK_LOCAL_STAGING_DIR",
    help: "Read this staging directory instead of S3.",
  },
  { name: "THEROCK_RUN_ID", help: "Run id in the staging directory." },
  { name: "THEROCK_PLATFORM", help: "Platform in the staging directory." },
  { name: "GITHUB_RUN_ID", help: "The job's own run: it is not looked up." },
  {
    name: "IS_PR_FROM_FORK",
    help: "true: the job's own run is for a pull request from a fork.",
  },
  { name: "RELEASE_TYPE", help: "dev, nightly or prerelease." },
  ...storeEnvironment,
];

/** Values of the flags. */
export type RunSourceFlags = FlagValues<typeof runSourceFlags>;

/** A run that is read. */
export interface RunSource {
  readonly root: RunOutputRoot;
  /** Absent for S3. */
  readonly stagingDir: string | undefined;
}

/**
 * The run that the flags and variables name. Somebody else's run is looked up;
 * a job knows its own from its environment.
 *
 * @param lookUp Asks GitHub; called only if need be.
 * @throws {UsageError} If they name none.
 */
export async function runSourceFromFlags(
  flags: RunSourceFlags,
  host: Host,
  lookUp: LookUpWorkflowRun,
): Promise<RunSource> {
  const stagingDir = host.env("THEROCK_LOCAL_STAGING_DIR") || undefined;
  if (stagingDir !== undefined) {
    if (flags.bucket !== undefined) {
      throw new UsageError(
        "--bucket and $THEROCK_LOCAL_STAGING_DIR exclude each other",
      );
    }
    const root = RunOutputRoot.forLocal({
      runId: flags["run-id"] ?? requiredId(host.env("THEROCK_RUN_ID")),
      platform: flags.platform ?? (host.env("THEROCK_PLATFORM") ||
        host.platform),
    });
    if (!await isDirectory(stagingDir)) {
      throw new RunOutputsError(
        "not-found",
        `There is no staging directory ${stagingDir} ` +
          "($THEROCK_LOCAL_STAGING_DIR).",
      );
    }
    return { root, stagingDir };
  }
  const runId = requiredId(flags["run-id"]);
  const root = await RunOutputRoot.fromWorkflowRun({
    runId,
    platform: flags.platform ?? host.platform,
    repository: flags["run-github-repo"],
    isPrFromFork: host.env("IS_PR_FROM_FORK") === "true",
    releaseType: host.env("RELEASE_TYPE"),
    bucket: flags.bucket,
    lookUpWorkflowRun: (flags["look-up-run"] ?? !isOwnRun(flags, runId, host))
      ? lookUp
      : undefined,
  });
  return { root, stagingDir };
}

/** The backend that reads the run. */
export function artifactBackendFromFlags(
  flags: RunSourceFlags,
  { stagingDir }: RunSource,
  { host, log }: { readonly host: Host; readonly log: Log },
): ArtifactBackend {
  return createArtifactBackend({
    stagingDir,
    retry: loggedRetry(log),
    ...(stagingDir === undefined ? s3OptionsFromFlags(flags, host) : {}),
  });
}

function isOwnRun(flags: RunSourceFlags, runId: string, host: Host): boolean {
  return host.env("GITHUB_RUN_ID") === runId &&
    sameRepository(
      host.env("GITHUB_REPOSITORY") ?? "",
      flags["run-github-repo"],
    );
}

function requiredId(id: string | undefined): string {
  if (!id) throw new UsageError("--run-id is required");
  return id;
}
