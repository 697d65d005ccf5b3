/**
 * A decorator that tells what would be stored, and stores nothing.
 *
 * @module
 */

import type { OutputLocation } from "../output_location.ts";
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

/** An object that would be stored. */
export interface PlannedObject {
  /** Where its content would come from. */
  readonly source: string;
  /** Where it would be stored. */
  readonly location: OutputLocation;
  /** URI or path of the location in its store. */
  readonly destination: string;
  /** What it would be served as. */
  readonly contentType: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * An {@linkcode ObjectStore} that reads from another one and reports what it
 * is asked to store. The content is not read.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { OutputLocation } from "../output_location.ts";
 * import { DryRunStore } from "./dry_run_store.ts";
 * import { MemoryStore } from "./memory_store.ts";
 * import { bytesBody } from "./object_store.ts";
 *
 * const planned: string[] = [];
 * const store = new DryRunStore(new MemoryStore(), (object) => {
 *   planned.push(object.destination);
 * });
 * const location = new OutputLocation("local", "123-linux/build.log");
 * await store.put(location, bytesBody("build.log", new Uint8Array(5)), {
 *   contentType: "text/plain",
 * });
 * assertEquals(planned, ["s3://local/123-linux/build.log"]);
 * assertEquals(await store.head(location), undefined);
 * ```
 */
export class DryRunStore implements ObjectStore {
  readonly maxPutSize: number = Infinity;
  readonly #store: ObjectStore;
  readonly #onPlan: (planned: PlannedObject) => void;

  /**
   * Takes the store over: closing this one closes it.
   *
   * @param store Answers what reads, and says what destinations are called.
   * @param onPlan Told of each object when it would be stored.
   */
  constructor(store: ObjectStore, onPlan: (planned: PlannedObject) => void) {
    this.#store = store;
    this.#onPlan = onPlan;
  }

  describe(location: OutputLocation): string {
    return this.#store.describe(location);
  }

  put(
    location: OutputLocation,
    body: ObjectBody,
    options: PutOptions,
  ): Promise<ObjectInfo> {
    const { contentType } = options;
    this.#onPlan({
      source: body.name,
      location,
      destination: this.describe(location),
      contentType,
      size: body.size,
    });
    return Promise.resolve({ location, size: body.size, contentType });
  }

  beginMultipart(): Promise<MultipartUpload> {
    return Promise.reject(
      new TypeError("A dry run has no limit above which parts are sent"),
    );
  }

  get(location: OutputLocation, options?: GetOptions): Promise<ObjectReader> {
    return this.#store.get(location, options);
  }

  head(
    location: OutputLocation,
    options?: OperationOptions,
  ): Promise<ObjectInfo | undefined> {
    return this.#store.head(location, options);
  }

  list(
    below: OutputLocation,
    options?: ListOptions,
  ): AsyncIterable<ObjectInfo> {
    return this.#store.list(below, options);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
