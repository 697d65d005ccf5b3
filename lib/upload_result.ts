/**
 * What becomes of uploads: results, failures, progress.
 *
 * @module
 */

import { RunOutputsError } from "./errors.ts";
import type { OutputLocation } from "./output_location.ts";

/** A file that was stored. */
export interface UploadedFile {
  /** Path of the file, or what generated content is called. */
  readonly source: string;
  /** Where it was stored. */
  readonly location: OutputLocation;
  /** In bytes. */
  readonly size: number;
  /** What it is served as. */
  readonly contentType: string;
  /** It was there already, and was not sent again. */
  readonly present?: true;
}

/** A file that was not stored. */
export interface UploadFailure {
  /** Path of the file. */
  readonly source: string;
  /** Where it was to go; `undefined` if it has a name that no object can have. */
  readonly location: OutputLocation | undefined;
  /** Why it was not stored: act on its `code`. */
  readonly error: RunOutputsError;
}

/** What became of the files of a directory. */
export interface DirectoryUpload {
  /** In the order of their paths. */
  readonly uploaded: readonly UploadedFile[];
  /** Paths below the directory of symbolic links that were left out. */
  readonly links: readonly string[];
  /** Paths of pipes, sockets and devices that were left out. */
  readonly special: readonly string[];
}

/**
 * Some files of a directory were not stored; all were tried.
 *
 * @example
 * ```ts ignore
 * import { RunOutputRoot } from "./run_output_root.ts";
 * import { createUploadBackend } from "./upload_backend.ts";
 * import { IncompleteUploadError } from "./upload_result.ts";
 *
 * await using backend = createUploadBackend({ stagingDir: "staging" });
 * const logs = RunOutputRoot.forLocal().logDir("gfx94X-dcgpu");
 * let missing: string[] = [];
 * try {
 *   await backend.uploadDirectory("build/logs", logs);
 * } catch (error) {
 *   if (!(error instanceof IncompleteUploadError)) throw error;
 *   missing = error.failures.map((failure) => failure.source);
 * }
 * ```
 */
export class IncompleteUploadError extends RunOutputsError {
  /** What logs show before the message. */
  override readonly name = "IncompleteUploadError";
  /** At least one, in the order of their paths. */
  readonly failures: readonly UploadFailure[];
  /** What became of the other files. */
  readonly result: DirectoryUpload;

  /**
   * Its message tells the first failure and counts the others.
   *
   * @param dir The directory, for the message.
   */
  constructor(
    dir: string,
    failures: readonly UploadFailure[],
    result: DirectoryUpload,
  ) {
    const [first] = failures;
    const others = failures.length - 1;
    super(
      "incomplete",
      `Not all of ${dir} was uploaded: ${first?.error.message}` +
        (others > 0 ? ` (and ${others} more)` : ""),
    );
    this.failures = failures;
    this.result = result;
  }
}

/** What an {@linkcode UploadBackend} tells of its progress. */
export interface UploadProgress {
  /** Files and bytes that came to be known, or were stored, just now. */
  readonly kind: "found" | "stored";
  /** Added since the last call. A file is stored when all of it is. */
  readonly files: number;
  /** Added since the last call. Large files are stored part by part. */
  readonly bytes: number;
}

/** Options of single uploads. */
export interface UploadOptions {
  /** What the object is served as. @default By the file's name. */
  readonly contentType?: string;
  /** Ends the upload early; files of a directory then fail as `aborted`. */
  readonly signal?: AbortSignal;
}
