/**
 * Where a script publishes to: the run root and the backend that the flags and
 * variables which all uploaders share call for.
 *
 * @module
 */

import { MAIN_REPOSITORY, parseRepository } from "../bucket.ts";
import { checkSegment } from "../path_segment.ts";
import { RunOutputRoot } from "../run_output_root.ts";
import {
  createUploadBackend,
  DEFAULT_CONCURRENCY,
  type UploadBackend,
} from "../upload_backend.ts";
import { sizeText } from "../size_text.ts";
import {
  type FlagValues,
  switchFlag,
  UsageError,
  valueFlag,
  wholeNumber,
} from "./flags.ts";
import type { Host } from "./host.ts";
import type { Log } from "./log.ts";
import type { ProgressReporter } from "./progress.ts";
import type { EnvironmentVariable } from "./declaration.ts";
import {
  loggedRetry,
  s3OptionsFromFlags,
  storeEnvironment,
  storeFlags,
} from "./store_flags.ts";

/** The flags that all uploaders share, besides `--run-id`. */
export const destinationFlags = {
  "output-dir": valueFlag({
    placeholder: "DIR",
    help: "Write to this local staging directory instead of S3.",
  }),
  "dry-run": switchFlag({
    default: false,
    help: "Print the plan and write nothing at all.",
  }),
  bucket: valueFlag({
    placeholder: "NAME",
    help: "Use this bucket; the rest of the path stays as it is.",
    parse: (text: string) => checkSegment(text, "bucket name"),
  }),
  repo: valueFlag({
    placeholder: "OWNER/REPO",
    env: "GITHUB_REPOSITORY",
    default: MAIN_REPOSITORY,
    help: "Repository that the workflow runs in.",
    parse: (text: string) => {
      parseRepository(text);
      return text;
    },
  }),
  ...storeFlags,
  concurrency: valueFlag({
    placeholder: "N",
    help: "Uploads in flight.",
    default: DEFAULT_CONCURRENCY,
    parse: wholeNumber({ min: 1, max: 256 }),
  }),
};

/** The variables that {@linkcode openDestination} reads. */
export const destinationEnvironment: readonly EnvironmentVariable[] = [
  {
    name: "IS_PR_FROM_FORK",
    help: "true: the run is for a pull request from a fork.",
  },
  {
    name: "RELEASE_TYPE",
    help: "dev, nightly or prerelease: publish to that release's bucket.",
  },
  ...storeEnvironment,
];

/** Values of the shared flags. */
export type DestinationFlags = FlagValues<typeof destinationFlags>;

/**
 * The root of the run that the flags and variables name. No GitHub request is
 * made: a job that publishes its own outputs knows all it needs.
 *
 * @param runId Value of the script's `--run-id`.
 * @throws {UsageError} If they do not go together.
 */
export async function runRootFromFlags(
  flags: DestinationFlags,
  runId: string | undefined,
  host: Host,
): Promise<RunOutputRoot> {
  const stagingDir = flags["output-dir"];
  if (stagingDir !== undefined && flags.bucket !== undefined) {
    throw new UsageError("--bucket and --output-dir exclude each other");
  }
  const { platform } = host;
  if (stagingDir !== undefined) {
    return RunOutputRoot.forLocal({ runId, platform });
  }
  if (runId === undefined) {
    throw new UsageError("--run-id is required when uploading");
  }
  return await RunOutputRoot.fromWorkflowRun({
    runId,
    platform,
    repository: flags.repo,
    isPrFromFork: host.env("IS_PR_FROM_FORK") === "true",
    releaseType: host.env("RELEASE_TYPE"),
    bucket: flags.bucket,
  });
}

/** The upload backend that the flags and variables name. */
export function backendFromFlags(
  flags: DestinationFlags,
  { host, log, progress }: {
    readonly host: Host;
    readonly log: Log;
    readonly progress: ProgressReporter;
  },
): UploadBackend {
  const stagingDir = flags["output-dir"];
  return createUploadBackend({
    stagingDir,
    dryRun: flags["dry-run"],
    onPlan: ({ source, destination, contentType, size }) =>
      log.info(
        `${source} -> ${destination} (${contentType}, ${sizeText(size)})`,
      ),
    concurrency: flags.concurrency,
    onProgress: progress.onProgress,
    retry: loggedRetry(log),
    ...(stagingDir === undefined ? s3OptionsFromFlags(flags, host) : {}),
  });
}
