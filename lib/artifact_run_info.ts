/**
 * A workflow run whose artifacts were found.
 *
 * @module
 */

import type { RunOutputRoot } from "./run_output_root.ts";

/** A run of a commit that has the artifacts of a group. */
export interface ArtifactRunInfo {
  /** Where its outputs are: bucket, prefix, run id and platform. */
  readonly root: RunOutputRoot;
  /** `owner/repo` */
  readonly repository: string;
  /** SHA of the commit. */
  readonly commit: string;
  /** The group that was looked for. */
  readonly artifactGroup: string;
  /** File name of the workflow. */
  readonly workflow: string;
  /** The run's page. */
  readonly runUrl: string;
  /** As `completed`. */
  readonly status: string | null;
  /** As `success`; `null` before the run has completed. */
  readonly conclusion: string | null;
}

/**
 * What there is to say of a run, as pairs of label and value.
 *
 * @param server Root of GitHub's pages.
 */
export function describeArtifactRun(
  info: ArtifactRunInfo,
  server = "https://github.com",
): readonly (readonly [string, string])[] {
  const { root } = info;
  const status = info.status ?? "unknown";
  return [
    ["Repository", info.repository],
    ["Commit", info.commit],
    ["Commit URL", `${server}/${info.repository}/commit/${info.commit}`],
    ["Platform", root.platform],
    ["Artifact group", info.artifactGroup],
    ["Workflow", info.workflow],
    ["Run id", root.runId],
    ["Run URL", info.runUrl],
    ["Status", info.conclusion ? `${status} (${info.conclusion})` : status],
    ["Bucket", root.bucket],
    ["Path", root.prefix],
    ["Index URL", root.artifactIndex(info.artifactGroup).httpsUrl],
  ];
}
