/**
 * The artifacts of a run: finding them, and getting them back.
 *
 * @module
 */

import { type ArtifactName, parseArtifactName } from "./artifact_name.ts";
import { DIGEST_SUFFIX, parseDigest } from "./digest.ts";
import {
  downloadObject,
  type DownloadResult,
  readSmallObject,
} from "./transfer/download.ts";
import { InvalidValueError, StorageError } from "./errors.ts";
import type { OutputLocation } from "./output_location.ts";
import type { RetryPolicy } from "./retry.ts";
import type { RunOutputRoot } from "./run_output_root.ts";
import { createStore, type StoreOptions } from "./storage/create_store.ts";
import type { ObjectStore } from "./storage/object_store.ts";
import { UploadBackend } from "./upload_backend.ts";
import type { UploadedFile, UploadOptions } from "./upload_result.ts";

/** A digest file is one line. */
const MAX_DIGEST_FILE_SIZE = 64 * 1024;

/** An artifact archive that is stored. */
export interface StoredArtifact {
  /** As `blas_lib_gfx94X-dcgpu.tar.zst`. */
  readonly fileName: string;
  /** What the file name says. */
  readonly name: ArtifactName;
  /** Where it is stored. */
  readonly location: OutputLocation;
  /** In bytes. */
  readonly size: number;
  /** Where its digest is, if one is stored. */
  readonly digestLocation: OutputLocation | undefined;
}

/** What lies directly below a run's prefix. */
export interface StoredArtifacts {
  /** In the order of their names. */
  readonly artifacts: readonly StoredArtifact[];
  /** Names of all files directly below the prefix. */
  readonly fileNames: ReadonlySet<string>;
}

/** Options of single operations. */
export interface ArtifactOptions {
  /** Ends the operation. */
  readonly signal?: AbortSignal;
}

/** Options of {@linkcode ArtifactBackend}. */
export interface ArtifactBackendOptions {
  /** For downloads that break in the middle. */
  readonly retry?: RetryPolicy;
}

/**
 * Reads and stores the artifacts of runs, over the same stores as uploads.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ArtifactBackend } from "./artifact_backend.ts";
 * import { RunOutputRoot } from "./run_output_root.ts";
 * import { MemoryStore } from "./storage/memory_store.ts";
 *
 * await using backend = new ArtifactBackend(new MemoryStore());
 * const { artifacts } = await backend.list(RunOutputRoot.forLocal());
 * assertEquals(artifacts, []);
 * ```
 */
export class ArtifactBackend implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #retry: RetryPolicy | undefined;

  /**
   * Over any store.
   *
   * @param store Closed when the backend is disposed of.
   */
  constructor(store: ObjectStore, options: ArtifactBackendOptions = {}) {
    this.#store = store;
    this.#retry = options.retry;
  }

  /** Where a location is in the store, for messages: a URI or a path. */
  describe(location: OutputLocation): string {
    return this.#store.describe(location);
  }

  /**
   * Lists the artifacts of a run, in the order of their names: objects directly
   * below its prefix whose name is that of an artifact.
   *
   * @throws {StorageError} If the store cannot be asked: that is not the same
   * as an empty list.
   */
  async list(
    root: RunOutputRoot,
    options: ArtifactOptions = {},
  ): Promise<StoredArtifacts> {
    const found = new Map<string, { location: OutputLocation; size: number }>();
    const objects = this.#store.list(root.root(), {
      ...options,
      shallow: true,
    });
    for await (const { location, size } of objects) {
      found.set(location.name, { location, size });
    }
    const artifacts: StoredArtifact[] = [];
    for (const [fileName, { location, size }] of found) {
      const name = parseArtifactName(fileName);
      if (name === undefined) continue;
      const digestLocation = found.get(`${fileName}${DIGEST_SUFFIX}`)?.location;
      artifacts.push({ fileName, name, location, size, digestLocation });
    }
    return { artifacts, fileNames: new Set(found.keys()) };
  }

  /**
   * Whether an object is there.
   *
   * @throws {StorageError} If the store cannot be asked.
   */
  async exists(
    location: OutputLocation,
    options: ArtifactOptions = {},
  ): Promise<boolean> {
    return await this.#store.head(location, options) !== undefined;
  }

  /**
   * Downloads an artifact to a file, and checks it by its digest file where
   * one is stored.
   *
   * @throws {StorageError} If it was not downloaded, or is not what it should
   * be.
   */
  async download(
    artifact: StoredArtifact,
    path: string,
    options: ArtifactOptions & { onBytes?: (bytes: number) => void } = {},
  ): Promise<DownloadResult> {
    const sha256 = artifact.digestLocation === undefined
      ? undefined
      : await this.#readDigest(artifact.digestLocation, artifact, options);
    return await downloadObject(this.#store, artifact.location, path, {
      ...options,
      sha256,
      retry: this.#retry,
    });
  }

  /**
   * Stores an artifact archive, or its digest file, below a run's prefix.
   *
   * @throws {StorageError} If it was not stored.
   */
  async upload(
    sourcePath: string,
    location: OutputLocation,
    options: UploadOptions = {},
  ): Promise<UploadedFile> {
    const uploads = new UploadBackend(this.#store);
    return await uploads.uploadFile(sourcePath, location, options);
  }

  /** Releases the store's connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close();
  }

  async #readDigest(
    location: OutputLocation,
    { fileName }: StoredArtifact,
    { signal }: ArtifactOptions,
  ): Promise<string> {
    const bytes = await readSmallObject(
      this.#store,
      location,
      MAX_DIGEST_FILE_SIZE,
      { retry: this.#retry, signal },
    );
    try {
      return parseDigest(new TextDecoder().decode(bytes), fileName);
    } catch (cause) {
      if (!(cause instanceof InvalidValueError)) throw cause;
      throw new StorageError("corrupt", cause.message, {
        operation: "check",
        location: this.describe(location),
        cause,
      });
    }
  }
}

/**
 * Makes an {@linkcode ArtifactBackend}: over S3, or over a staging directory.
 * Public buckets are read without credentials where there are none.
 *
 * @example
 * ```ts ignore
 * import { createArtifactBackend, RunOutputRoot } from "@run-outputs/run-outputs";
 *
 * await using backend = createArtifactBackend({ stagingDir: "staging" });
 * const { artifacts } = await backend.list(RunOutputRoot.forLocal());
 * ```
 */
export function createArtifactBackend(
  options: StoreOptions = {},
): ArtifactBackend {
  const store = createStore({ allowAnonymous: true, ...options });
  return new ArtifactBackend(store, options);
}
