/**
 * Uploading files and directories: what users of this library hold.
 *
 * @module
 */

import { basename, join } from "@std/path";
import pLimit, { type LimitFunction } from "p-limit";
import pMap from "p-map";
import { inferContentType } from "./content_type.ts";
import { RunOutputsError, StorageError } from "./errors.ts";
import { FileSource } from "./files/file_source.ts";
import { walkFiles, type WalkOptions } from "./files/walk.ts";
import type { OutputLocation } from "./output_location.ts";
import type { RetryPolicy } from "./retry.ts";
import { DryRunStore, type PlannedObject } from "./storage/dry_run_store.ts";
import { LocalStore } from "./storage/local_store.ts";
import { bytesBody, type ObjectStore } from "./storage/object_store.ts";
import { choosePartSize, partRanges } from "./storage/parts.ts";
import { RetryingStore } from "./storage/retrying_store.ts";
import type { S3Options } from "./storage/s3_client.ts";
import { S3Store } from "./storage/s3_store.ts";

/** Uploads in flight unless told otherwise. */
export const DEFAULT_CONCURRENCY = 10;

/** A file that was stored. */
export interface UploadedFile {
  /** Path of the file, or what generated content is called. */
  readonly source: string;
  readonly location: OutputLocation;
  /** In bytes. */
  readonly size: number;
  readonly contentType: string;
}

/** A file that was not stored. */
export interface UploadFailure {
  readonly source: string;
  readonly location: OutputLocation | undefined;
  readonly error: RunOutputsError;
}

/** What became of the files of a directory. */
export interface DirectoryUpload {
  readonly uploaded: readonly UploadedFile[];
  /** Paths below the directory of symbolic links that were left out. */
  readonly links: readonly string[];
  /** Paths of pipes, sockets and devices that were left out. */
  readonly special: readonly string[];
}

/** Some files of a directory were not stored; all were tried. */
export class IncompleteUploadError extends RunOutputsError {
  override readonly name = "IncompleteUploadError";
  readonly failures: readonly UploadFailure[];
  /** What became of the other files. */
  readonly result: DirectoryUpload;

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
  readonly files: number;
  readonly bytes: number;
}

/** Options of single uploads. */
export interface UploadOptions {
  /** @default By the file's name. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** Options of {@linkcode UploadBackend}. */
export interface UploadBackendOptions {
  /** Uploads in flight at most. @default {10} */
  readonly concurrency?: number;
  readonly onProgress?: (progress: UploadProgress) => void;
}

/** Uploads to a store, with policy: walking, content types, parts, limits. */
export class UploadBackend implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #concurrency: number;
  readonly #onProgress: (progress: UploadProgress) => void;
  /** Bounds requests in flight, and so the memory that their bytes take. */
  readonly #limit: LimitFunction;

  constructor(store: ObjectStore, options: UploadBackendOptions = {}) {
    this.#store = store;
    this.#concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    this.#onProgress = options.onProgress ?? (() => {});
    this.#limit = pLimit(this.#concurrency);
  }

  /** Where a location is in the store, for messages: a URI or a path. */
  describe(location: OutputLocation): string {
    return this.#store.describe(location);
  }

  /**
   * Stores a file.
   *
   * @throws {StorageError} If it was not stored.
   */
  async uploadFile(
    sourcePath: string,
    location: OutputLocation,
    options: UploadOptions = {},
  ): Promise<UploadedFile> {
    options.signal?.throwIfAborted();
    await using source = await FileSource.open(sourcePath);
    this.#onProgress({ kind: "found", files: 1, bytes: source.size });
    const contentType = options.contentType ??
      inferContentType(basename(sourcePath));
    const { modifiedAt } = source;
    const { signal } = options;
    if (source.size <= this.#store.maxPutSize) {
      await this.#limit(() =>
        this.#store.put(location, {
          name: sourcePath,
          size: source.size,
          bytes: () => source.read(0, source.size),
        }, { contentType, modifiedAt, signal })
      );
      this.#onProgress({ kind: "stored", files: 0, bytes: source.size });
    } else {
      await this.#uploadParts(source, location, contentType, signal);
    }
    await source.checkUnchanged();
    this.#onProgress({ kind: "stored", files: 1, bytes: 0 });
    return { source: sourcePath, location, size: source.size, contentType };
  }

  /**
   * Stores content that was generated.
   *
   * @param name What it is called in messages and plans.
   * @throws {StorageError} If it was not stored.
   */
  async uploadBytes(
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
    location: OutputLocation,
    options: UploadOptions = {},
  ): Promise<UploadedFile> {
    const contentType = options.contentType ?? inferContentType(location.name);
    this.#onProgress({ kind: "found", files: 1, bytes: bytes.length });
    await this.#limit(() =>
      this.#store.put(location, bytesBody(name, bytes), {
        contentType,
        signal: options.signal,
      })
    );
    this.#onProgress({ kind: "stored", files: 1, bytes: bytes.length });
    return { source: name, location, size: bytes.length, contentType };
  }

  /**
   * Stores the files of a directory, at all depths, below a location. One that
   * cannot be stored does not keep the others from being tried.
   *
   * @throws {IncompleteUploadError} If files were not stored: it lists them.
   * @throws {StorageError} If the directory itself cannot be read.
   */
  async uploadDirectory(
    dir: string,
    location: OutputLocation,
    options: Omit<WalkOptions & UploadOptions, "contentType"> = {},
  ): Promise<DirectoryUpload> {
    const found = await walkFiles(dir, options);
    const failures: UploadFailure[] = found.failures.map((failure) => ({
      source: join(dir, failure.path),
      location: undefined,
      error: failure.error,
    }));
    const uploaded: UploadedFile[] = [];
    await pMap(found.files, async (path) => {
      const source = join(dir, path);
      let target: OutputLocation | undefined;
      try {
        target = location.child(path);
        uploaded.push(await this.uploadFile(source, target, options));
      } catch (error) {
        failures.push({
          source,
          location: target,
          error: foreseen(error, source, options.signal),
        });
      }
    }, { concurrency: this.#concurrency });

    const order = new Map(found.files.map((path, i) => [join(dir, path), i]));
    const inOrder = <T extends { source: string }>(items: T[]) =>
      items.sort((a, b) =>
        (order.get(a.source) ?? -1) - (order.get(b.source) ?? -1)
      );
    const result: DirectoryUpload = {
      uploaded: inOrder(uploaded),
      links: found.links,
      special: found.special,
    };
    if (failures.length > 0) {
      throw new IncompleteUploadError(dir, inOrder(failures), result);
    }
    return result;
  }

  /** Releases the store's connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close();
  }

  async #uploadParts(
    source: FileSource,
    location: OutputLocation,
    contentType: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const partSize = choosePartSize(source.size, this.#store.maxPutSize);
    const { modifiedAt } = source;
    const upload = await this.#store.beginMultipart(location, partSize, {
      contentType,
      modifiedAt,
      signal,
    });
    // One part that fails ends the others too, before the upload is aborted.
    const failed = new AbortController();
    const partSignal = AbortSignal.any(
      [failed.signal, signal].filter((s) => s !== undefined),
    );
    try {
      await pMap(
        partRanges(source.size, partSize),
        (range) =>
          this.#limit(async () => {
            try {
              partSignal.throwIfAborted();
              const bytes = await source.read(range.start, range.length);
              await upload.putPart({ number: range.number, bytes }, {
                signal: partSignal,
              });
            } catch (error) {
              failed.abort(error);
              throw error;
            }
            this.#onProgress({ kind: "stored", files: 0, bytes: range.length });
          }),
        { concurrency: this.#concurrency, stopOnError: false },
      );
      await source.checkUnchanged();
      await upload.complete({ signal });
    } catch (error) {
      await upload.abort();
      throw failed.signal.aborted ? failed.signal.reason : error;
    }
  }
}

/** Options of {@linkcode createUploadBackend}. */
export interface CreateUploadBackendOptions
  extends UploadBackendOptions, S3Options {
  /** Write to this local directory instead of S3. */
  readonly stagingDir?: string;
  /** Store nothing; `onPlan` is told what would be stored. */
  readonly dryRun?: boolean;
  readonly onPlan?: (planned: PlannedObject) => void;
  readonly retry?: RetryPolicy;
}

/**
 * Makes an {@linkcode UploadBackend}: to S3, or to a staging directory. It
 * reads no environment; the AWS SDK is loaded when the first object is stored
 * in S3.
 *
 * @example
 * ```ts no-eval
 * import { createUploadBackend, RunOutputRoot } from "@run-outputs/run-outputs";
 *
 * await using backend = createUploadBackend({ stagingDir: "staging" });
 * const root = RunOutputRoot.forLocal();
 * await backend.uploadDirectory("build/logs", root.logDir("gfx94X-dcgpu"));
 * ```
 */
export function createUploadBackend(
  options: CreateUploadBackendOptions = {},
): UploadBackend {
  const store = options.stagingDir === undefined
    ? new RetryingStore(new S3Store(options), options.retry)
    : new LocalStore(options.stagingDir);
  return new UploadBackend(
    options.dryRun
      ? new DryRunStore(store, options.onPlan ?? (() => {}))
      : store,
    options,
  );
}

/** Errors that a file of many may have; programming errors pass through. */
function foreseen(
  error: unknown,
  source: string,
  signal: AbortSignal | undefined,
): RunOutputsError {
  if (signal?.aborted) {
    return new StorageError("aborted", "the upload was interrupted", {
      operation: "upload",
      location: source,
      cause: error,
    });
  }
  if (error instanceof RunOutputsError) return error;
  throw error;
}
