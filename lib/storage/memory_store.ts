/**
 * A store that keeps everything in memory: for tests and for trying things.
 *
 * @module
 */

import { compareCodePoints } from "../code_point_order.ts";
import { StorageError } from "../errors.ts";
import type { OutputLocation } from "../output_location.ts";
import type {
  GetOptions,
  ListOptions,
  MultipartUpload,
  ObjectBody,
  ObjectInfo,
  ObjectPart,
  ObjectReader,
  ObjectStore,
  OperationOptions,
  PutOptions,
} from "./object_store.ts";

interface StoredObject {
  readonly info: ObjectInfo;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Options of {@linkcode MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * Largest object that is sent in one request, in bytes; what is larger is
   * sent in parts. @default {8388608}
   */
  readonly maxPutSize?: number;
}

/**
 * An {@linkcode ObjectStore} in memory.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { OutputLocation } from "../output_location.ts";
 * import { MemoryStore } from "./memory_store.ts";
 * import { bytesBody } from "./object_store.ts";
 *
 * const store = new MemoryStore();
 * const location = new OutputLocation("local", "123-linux/build.log");
 * await store.put(
 *   location,
 *   bytesBody("build.log", new TextEncoder().encode("done\n")),
 *   { contentType: "text/plain" },
 * );
 * const { body } = await store.get(location);
 * assertEquals(await new Response(body).text(), "done\n");
 * ```
 */
export class MemoryStore implements ObjectStore {
  readonly maxPutSize: number;
  readonly #objects = new Map<string, StoredObject>();
  #version = 0;

  /** Begins empty. */
  constructor(options: MemoryStoreOptions = {}) {
    this.maxPutSize = options.maxPutSize ?? 8 * 1024 * 1024;
  }

  describe(location: OutputLocation): string {
    return location.s3Uri;
  }

  async put(
    location: OutputLocation,
    body: ObjectBody,
    options: PutOptions,
  ): Promise<ObjectInfo> {
    options.signal?.throwIfAborted();
    const bytes = await body.bytes();
    options.signal?.throwIfAborted();
    return this.#store(location, bytes.slice(), options);
  }

  // deno-lint-ignore require-await -- what it throws must reject
  async beginMultipart(
    location: OutputLocation,
    _partSize: number,
    options: PutOptions,
  ): Promise<MultipartUpload> {
    options.signal?.throwIfAborted();
    const parts = new Map<number, Uint8Array<ArrayBuffer>>();
    let aborted = false;
    return {
      // deno-lint-ignore require-await -- what it throws must reject
      putPart: async (part: ObjectPart, { signal }: OperationOptions = {}) => {
        signal?.throwIfAborted();
        parts.set(part.number, part.bytes.slice());
      },
      complete: async ({ signal }: OperationOptions = {}) => {
        signal?.throwIfAborted();
        if (aborted) {
          throw new StorageError("not-found", "the upload was aborted", {
            operation: "upload",
            location: this.describe(location),
          });
        }
        const ordered = [...parts].sort(([a], [b]) => a - b).map(([, p]) => p);
        const bytes = new Uint8Array(await new Blob(ordered).arrayBuffer());
        return this.#store(location, bytes, options);
      },
      abort: () => {
        aborted = true;
        parts.clear();
        return Promise.resolve();
      },
    };
  }

  // deno-lint-ignore require-await -- what it throws must reject
  async get(
    location: OutputLocation,
    options: GetOptions = {},
  ): Promise<ObjectReader> {
    options.signal?.throwIfAborted();
    const object = this.#objects.get(location.s3Uri);
    const fail = (code: "not-found" | "precondition-failed", reason: string) =>
      new StorageError(code, reason, {
        operation: "read",
        location: this.describe(location),
      });
    if (object === undefined) throw fail("not-found", "no such object");
    if (
      options.ifMatch !== undefined && options.ifMatch !== object.info.etag
    ) {
      throw fail("precondition-failed", "it has changed meanwhile");
    }
    const bytes = object.bytes.slice(options.start, options.end);
    const body = new Blob([bytes]).stream();
    return { info: object.info, body: endedBy(body, options.signal) };
  }

  // deno-lint-ignore require-await -- what it throws must reject
  async head(
    location: OutputLocation,
    options: OperationOptions = {},
  ): Promise<ObjectInfo | undefined> {
    options.signal?.throwIfAborted();
    return this.#objects.get(location.s3Uri)?.info;
  }

  async *list(
    below: OutputLocation,
    options: ListOptions = {},
  ): AsyncIterable<ObjectInfo> {
    const prefix = `${below.relativePath}/`;
    const found = [...this.#objects.values()]
      .map(({ info }) => info)
      .filter(({ location }) =>
        location.bucket === below.bucket &&
        location.relativePath.startsWith(prefix) &&
        !(options.shallow &&
          location.relativePath.slice(prefix.length).includes("/"))
      )
      .sort((a, b) =>
        compareCodePoints(a.location.relativePath, b.location.relativePath)
      );
    for (const info of found) {
      options.signal?.throwIfAborted();
      const { relativePath } = info.location;
      if (
        options.startAfter !== undefined &&
        compareCodePoints(relativePath, options.startAfter) <= 0
      ) continue;
      yield await Promise.resolve(info);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #store(
    location: OutputLocation,
    bytes: Uint8Array<ArrayBuffer>,
    options: PutOptions,
  ): ObjectInfo {
    const present = this.#objects.get(location.s3Uri)?.info.etag;
    const { condition } = options;
    const wanted = condition && "ifMatch" in condition
      ? condition.ifMatch
      : undefined;
    if (condition !== undefined && present !== wanted) {
      throw new StorageError(
        "precondition-failed",
        "it has changed meanwhile",
        { operation: "upload", location: this.describe(location) },
      );
    }
    const info: ObjectInfo = {
      location,
      size: bytes.length,
      etag: `"${++this.#version}"`,
      contentType: options.contentType,
      modifiedAt: options.modifiedAt ?? new Date(),
      metadata: options.metadata ?? {},
    };
    this.#objects.set(location.s3Uri, { info, bytes });
    return info;
  }
}

/** The same bytes, until a signal is aborted. */
function endedBy(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return signal === undefined
    ? body
    : body.pipeThrough(new TransformStream(), { signal });
}
