/**
 * Uploading files and directories: what users of this library hold.
 *
 * @module
 */

import { basename, join } from "@std/path";
import pLimit, { type LimitFunction } from "p-limit";
import pMap from "p-map";
import { comparePaths } from "./code_point_order.ts";
import { inferContentType } from "./content_type.ts";
import { RunOutputsError, StorageError } from "./errors.ts";
import { FileSource } from "./files/file_source.ts";
import { walkFiles, type WalkOptions } from "./files/walk.ts";
import type { OutputLocation } from "./output_location.ts";
import { createStore, type StoreOptions } from "./storage/create_store.ts";
import { DryRunStore, type PlannedObject } from "./storage/dry_run_store.ts";
import { bytesBody, type ObjectStore } from "./storage/object_store.ts";
import { choosePartSize, partRanges } from "./storage/parts.ts";

/** Uploads in flight unless told otherwise. */
export const DEFAULT_CONCURRENCY = 10;

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
 * import { createUploadBackend, IncompleteUploadError } from "./upload_backend.ts";
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

/** Options of {@linkcode UploadBackend}. */
export interface UploadBackendOptions {
  /** Uploads in flight at most. @default {10} */
  readonly concurrency?: number;
  /** Called at each step; it must not throw. */
  readonly onProgress?: (progress: UploadProgress) => void;
}

/**
 * Uploads to a store, with policy: walking, content types, parts, limits.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { OutputLocation } from "./output_location.ts";
 * import { MemoryStore } from "./storage/memory_store.ts";
 * import { UploadBackend } from "./upload_backend.ts";
 *
 * await using backend = new UploadBackend(new MemoryStore());
 * const stored = await backend.uploadBytes(
 *   "summary",
 *   new TextEncoder().encode("All passed."),
 *   new OutputLocation("local", "123-linux/logs/summary.log"),
 * );
 * assertEquals(stored.size, 11);
 * assertEquals(stored.contentType, "text/plain");
 * ```
 */
export class UploadBackend implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #concurrency: number;
  readonly #onProgress: (progress: UploadProgress) => void;
  /** Bounds requests in flight, and so the memory that their bytes take. */
  readonly #limit: LimitFunction;

  /**
   * Takes the store over: disposing of the backend closes it.
   *
   * @throws {TypeError} If the concurrency is not a positive integer.
   */
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

    const paths = [...found.files, ...found.failures.map(({ path }) => path)];
    const order = new Map(
      paths.sort(comparePaths).map((path, i) => [join(dir, path), i]),
    );
    const inOrder = <T extends { source: string }>(items: T[]) =>
      items.sort((a, b) =>
        (order.get(a.source) ?? 0) - (order.get(b.source) ?? 0)
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
      // What went wrong first is what matters, also if the store is gone.
      await upload.abort().catch(() => {});
      throw failed.signal.aborted ? failed.signal.reason : error;
    }
  }
}

/** Options of {@linkcode createUploadBackend}. */
export interface CreateUploadBackendOptions
  extends UploadBackendOptions, StoreOptions {
  /** Store nothing; `onPlan` is told what would be stored. */
  readonly dryRun?: boolean;
  /** Told of each object in a dry run; not called otherwise. */
  readonly onPlan?: (planned: PlannedObject) => void;
}

/**
 * Makes an {@linkcode UploadBackend}: to S3, or to a staging directory. It
 * reads no environment; the AWS SDK is loaded when the first object is stored
 * in S3.
 *
 * @example
 * ```ts ignore
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
  const store = createStore(options);
  if (!options.dryRun) return new UploadBackend(store, options);
  // One after the other, so that a plan has the order of the files.
  return new UploadBackend(
    new DryRunStore(store, options.onPlan ?? (() => {})),
    { ...options, concurrency: 1 },
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
