/**
 * Uploading files and directories: what users of this library hold.
 *
 * @module
 */

import { basename, join } from "@std/path";
import pMap from "p-map";
import { comparePaths } from "./code_point_order.ts";
import { inferContentType } from "./content_type.ts";
import { RunOutputsError, StorageError } from "./errors.ts";
import { FileSource } from "./files/file_source.ts";
import { walkFiles, type WalkOptions } from "./files/walk.ts";
import type { OutputLocation } from "./output_location.ts";
import {
  type CheckedContent,
  storeChecked,
} from "./receipts/checked_upload.ts";
import { Ledger, type LedgerOptions } from "./receipts/ledger.ts";
import type { RunOutputRoot } from "./run_output_root.ts";
import { sha256OfBytes } from "./sha256.ts";
import { Transfer } from "./transfer/upload.ts";
import {
  type DirectoryUpload,
  IncompleteUploadError,
  type UploadedFile,
  type UploadFailure,
  type UploadOptions,
  type UploadProgress,
} from "./upload_result.ts";
import { createStore, type StoreOptions } from "./storage/create_store.ts";
import { DryRunStore, type PlannedObject } from "./storage/dry_run_store.ts";
import { bytesBody, type ObjectStore } from "./storage/object_store.ts";

/** Uploads in flight unless told otherwise. */
export const DEFAULT_CONCURRENCY = 10;

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
  readonly #transfer: Transfer;
  #ledger: Ledger | undefined;

  /**
   * Takes the store over: disposing of the backend closes it.
   *
   * @throws {TypeError} If the concurrency is not a positive integer.
   */
  constructor(store: ObjectStore, options: UploadBackendOptions = {}) {
    this.#store = store;
    this.#concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    this.#onProgress = options.onProgress ?? (() => {});
    this.#transfer = new Transfer(store, {
      concurrency: this.#concurrency,
      onBytes: (bytes) => this.#onProgress({ kind: "stored", files: 0, bytes }),
    });
  }

  /**
   * Keeps account of all further uploads: only what is missing or different is
   * sent, another job's objects are not replaced, and a receipt is sealed by
   * {@linkcode UploadBackend.seal}.
   *
   * @throws {StorageError} If the store cannot be asked what is there.
   */
  async keepAccount(
    root: RunOutputRoot,
    options: LedgerOptions,
  ): Promise<void> {
    this.#ledger = await Ledger.open(this.#store, root, options);
  }

  /**
   * Seals the receipt of all that was uploaded.
   *
   * @returns Where it is; `undefined` if no account is kept.
   */
  async seal(): Promise<OutputLocation | undefined> {
    await this.#ledger?.seal();
    return this.#ledger?.location;
  }

  /** Writes what is stored so far into the receipt, which stays open. */
  async checkpoint(): Promise<void> {
    await this.#ledger?.checkpoint();
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
    const { signal } = options;
    signal?.throwIfAborted();
    await using source = await FileSource.open(sourcePath);
    const { modifiedAt, size } = source;
    this.#onProgress({ kind: "found", files: 1, bytes: size });
    const contentType = options.contentType ??
      inferContentType(basename(sourcePath));
    const isSmall = size <= this.#store.maxPutSize;
    const state = await this.#storeContent({
      location,
      size,
      contentType,
      isSmall,
      digest: () => source.digest(),
      checkUnchanged: () => source.checkUnchanged(),
      send: (sendOptions) => {
        const all = { contentType, modifiedAt, signal, ...sendOptions };
        return isSmall
          ? this.#transfer.put(location, {
            name: sourcePath,
            size,
            bytes: () => source.read(0, size),
          }, all)
          : this.#transfer.putParts(source, location, all);
      },
    });
    this.#onProgress({ kind: "stored", files: 1, bytes: 0 });
    return { source: sourcePath, location, size, contentType, ...state };
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
    const { signal } = options;
    const contentType = options.contentType ?? inferContentType(location.name);
    const size = bytes.length;
    this.#onProgress({ kind: "found", files: 1, bytes: size });
    const state = await this.#storeContent({
      location,
      size,
      contentType,
      isSmall: true,
      digest: () => Promise.resolve(sha256OfBytes(bytes)),
      checkUnchanged: () => Promise.resolve(),
      send: (sendOptions) =>
        this.#transfer.put(location, bytesBody(name, bytes), {
          contentType,
          signal,
          ...sendOptions,
        }),
    });
    this.#onProgress({ kind: "stored", files: 1, bytes: 0 });
    return { source: name, location, size, contentType, ...state };
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
    await this.#ledger?.plan(locationsOf(found.files, location));
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

  async #storeContent(content: CheckedContent): Promise<{ present?: true }> {
    if (this.#ledger !== undefined) {
      const state = await storeChecked(this.#store, this.#ledger, content);
      if (state === "stored") return {};
      this.#onProgress({ kind: "stored", files: 0, bytes: content.size });
      return { present: true };
    }
    await content.send({});
    await content.checkUnchanged();
    return {};
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

/** Where files go; names that no object can have are told when tried. */
function locationsOf(
  files: readonly string[],
  location: OutputLocation,
): OutputLocation[] {
  return files.flatMap((path) => {
    try {
      return [location.child(path)];
    } catch (error) {
      if (error instanceof RunOutputsError) return [];
      throw error;
    }
  });
}
