/**
 * A store whose reads a test can see and change.
 *
 * @module
 */

import type {
  GetOptions,
  ObjectReader,
  ObjectStore,
} from "../../lib/storage/object_store.ts";

/** A read that a store was asked for. */
export interface WatchedGet extends GetOptions {
  /** Counts from 1. */
  readonly number: number;
}

/** A store that is watched. */
export interface WatchedStore {
  readonly store: ObjectStore;
  /** All reads, in the order in which they were asked for. */
  readonly gets: readonly WatchedGet[];
  /** The most bodies that were being read at once. */
  readonly most: number;
}

/**
 * Watches the reads of a store.
 *
 * @param change Gets what the store answers, and answers in its place.
 */
export function watchGets(
  store: ObjectStore,
  change: (
    reader: ObjectReader,
    get: WatchedGet,
  ) => ObjectReader | Promise<ObjectReader> = (reader) => reader,
): WatchedStore {
  const gets: WatchedGet[] = [];
  const bodies = { now: 0, most: 0 };
  const get: ObjectStore["get"] = async (location, options = {}) => {
    const asked = { ...options, number: gets.length + 1 };
    gets.push(asked);
    const reader = await change(await store.get(location, options), asked);
    bodies.most = Math.max(bodies.most, ++bodies.now);
    const body = reader.body.pipeThrough(
      new TransformStream({ flush: () => void bodies.now-- }),
    );
    return { ...reader, body };
  };
  const watched = new Proxy(store, {
    get(target, key) {
      if (key === "get") return get;
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return {
    store: watched,
    gets,
    get most() {
      return bodies.most;
    },
  };
}

/** The first bytes of a body, and then the error of a broken connection. */
export function cutAfter(
  { info, body }: ObjectReader,
  bytes: number,
  error: Error,
): ObjectReader {
  let left = bytes;
  const cut = new TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >(
    {
      transform(chunk, controller) {
        if (chunk.length <= left) {
          left -= chunk.length;
          controller.enqueue(chunk);
          return;
        }
        if (left > 0) controller.enqueue(chunk.subarray(0, left));
        left = 0;
        controller.error(error);
      },
    },
    undefined,
    { highWaterMark: 0 },
  );
  return { info, body: body.pipeThrough(cut) };
}
