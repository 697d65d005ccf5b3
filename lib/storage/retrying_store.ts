/**
 * A decorator that repeats the requests of a store.
 *
 * @module
 */

import type { OutputLocation } from "../output_location.ts";
import { retry, type RetryPolicy } from "../retry.ts";
import type {
  GetOptions,
  ListOptions,
  MultipartUpload,
  ObjectBody,
  ObjectInfo,
  ObjectReader,
  ObjectStore,
  OperationOptions,
  PutOptions,
} from "./object_store.ts";

/**
 * An {@linkcode ObjectStore} that makes each request of another one again when
 * it failed for a reason that may pass.
 *
 * A body that breaks while it is read is its reader's to ask for again: only
 * the reader knows how far it came.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { StorageError } from "../errors.ts";
 * import { OutputLocation } from "../output_location.ts";
 * import { MemoryStore } from "./memory_store.ts";
 * import { RetryingStore } from "./retrying_store.ts";
 *
 * let requests = 0;
 * class BusyStore extends MemoryStore {
 *   override head(location: OutputLocation) {
 *     if (++requests > 1) return super.head(location);
 *     throw new StorageError("throttled", "the store asks to slow down", {
 *       operation: "look up",
 *       location: this.describe(location),
 *       retriable: true,
 *     });
 *   }
 * }
 *
 * const store = new RetryingStore(new BusyStore(), { minDelay: 1 });
 * await store.head(new OutputLocation("local", "123-linux/build.log"));
 * assertEquals(requests, 2);
 * ```
 */
export class RetryingStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #policy: RetryPolicy;

  /** Takes the store over: closing this one closes it. */
  constructor(store: ObjectStore, policy: RetryPolicy = {}) {
    this.#store = store;
    this.#policy = policy;
  }

  get maxPutSize(): number {
    return this.#store.maxPutSize;
  }

  describe(location: OutputLocation): string {
    return this.#store.describe(location);
  }

  put(
    location: OutputLocation,
    body: ObjectBody,
    options: PutOptions,
  ): Promise<ObjectInfo> {
    return this.#retry(() => this.#store.put(location, body, options), options);
  }

  async beginMultipart(
    location: OutputLocation,
    partSize: number,
    options: PutOptions,
  ): Promise<MultipartUpload> {
    const upload = await this.#retry(
      () => this.#store.beginMultipart(location, partSize, options),
      options,
    );
    return {
      putPart: (part, options = {}) =>
        this.#retry(() => upload.putPart(part, options), options),
      complete: (options = {}) =>
        this.#retry(() => upload.complete(options), options),
      abort: () => this.#retry(() => upload.abort()),
    };
  }

  get(
    location: OutputLocation,
    options: GetOptions = {},
  ): Promise<ObjectReader> {
    return this.#retry(() => this.#store.get(location, options), options);
  }

  head(
    location: OutputLocation,
    options: OperationOptions = {},
  ): Promise<ObjectInfo | undefined> {
    return this.#retry(() => this.#store.head(location, options), options);
  }

  async *list(
    below: OutputLocation,
    options: ListOptions = {},
  ): AsyncIterable<ObjectInfo> {
    let startAfter = options.startAfter;
    const open = () =>
      this.#store.list(below, { ...options, startAfter })
        [Symbol.asyncIterator]();
    let objects = open();
    while (true) {
      const next = await this.#retry(async () => {
        try {
          return await objects.next();
        } catch (error) {
          // A generator that threw is spent: go on behind what it gave.
          objects = open();
          throw error;
        }
      }, options);
      if (next.done) return;
      startAfter = next.value.location.relativePath;
      yield next.value;
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #retry<T>(
    operation: () => Promise<T>,
    { signal }: OperationOptions = {},
  ): Promise<T> {
    return retry(operation, { ...this.#policy, signal });
  }
}
