/**
 * A store that fails as a test wants it to.
 *
 * @module
 */

import { StorageError } from "../../lib/errors.ts";
import type {
  MultipartUpload,
  ObjectInfo,
  ObjectStore,
} from "../../lib/storage/object_store.ts";

/** What a store is asked to do. */
export type Operation =
  | "put"
  | "beginMultipart"
  | "putPart"
  | "complete"
  | "abort"
  | "get"
  | "head"
  | "list"
  | "next";

/**
 * Called before each operation, and for each object that a listing gives; what
 * it throws is what the operation throws.
 */
export type Fault = (
  operation: Operation,
  count: number,
) => void | Promise<void>;

/** Puts a fault before the operations of a store. */
export function faulty(store: ObjectStore, fault: Fault): ObjectStore {
  const counts = new Map<Operation, number>();
  const meet = async (operation: Operation) => {
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    await fault(operation, count);
  };
  const faultyUpload = (upload: MultipartUpload): MultipartUpload => ({
    async putPart(part, options) {
      await meet("putPart");
      await upload.putPart(part, options);
    },
    async complete(options) {
      await meet("complete");
      return await upload.complete(options);
    },
    async abort() {
      await meet("abort");
      await upload.abort();
    },
  });
  return {
    maxPutSize: store.maxPutSize,
    describe: (location) => store.describe(location),
    async put(location, body, options) {
      await meet("put");
      return await store.put(location, body, options);
    },
    async beginMultipart(location, partSize, options) {
      await meet("beginMultipart");
      return faultyUpload(
        await store.beginMultipart(location, partSize, options),
      );
    },
    async get(location, options) {
      await meet("get");
      return await store.get(location, options);
    },
    async head(location, options) {
      await meet("head");
      return await store.head(location, options);
    },
    async *list(below, options): AsyncIterable<ObjectInfo> {
      await meet("list");
      for await (const object of store.list(below, options)) {
        await meet("next");
        yield object;
      }
    },
    close: () => store.close(),
  };
}

/** A failure that may pass. */
export function passing(): StorageError {
  return new StorageError("unavailable", "it is a test", {
    operation: "test",
    location: "s3://bucket/x",
    retriable: true,
  });
}

/** A failure that does not pass. */
export function final(): StorageError {
  return new StorageError("access-denied", "it is a test", {
    operation: "test",
    location: "s3://bucket/x",
  });
}
