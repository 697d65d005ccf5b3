/**
 * Sending one file to a store: in one go, or in parts within bounded memory.
 *
 * @module
 */

import pLimit, { type LimitFunction } from "p-limit";
import pMap from "p-map";
import { BufferPool } from "./buffer_pool.ts";
import type { FileSource } from "../files/file_source.ts";
import type { OutputLocation } from "../output_location.ts";
import type {
  MultipartUpload,
  ObjectBody,
  ObjectInfo,
  ObjectStore,
  PutOptions,
} from "../storage/object_store.ts";
import {
  choosePartSize,
  type PartRange,
  partRanges,
} from "../storage/parts.ts";

/**
 * Large parts in flight, of all files together: enough to fill a connection's
 * bandwidth, and few enough for a small machine.
 */
const PARTS_AT_ONCE = 5;

/** Options of {@linkcode Transfer}. */
export interface TransferOptions {
  /** Requests in flight at most. */
  readonly concurrency: number;
  /** Told of bytes that have been stored. */
  readonly onBytes: (bytes: number) => void;
}

/** Sends files to a store, with all requests under common limits. */
export class Transfer {
  readonly #store: ObjectStore;
  readonly #options: TransferOptions;
  readonly #limit: LimitFunction;
  /** By part size: nearly always one, larger for files beyond 80 GB. */
  readonly #buffers = new Map<number, BufferPool>();

  constructor(store: ObjectStore, options: TransferOptions) {
    this.#store = store;
    this.#options = options;
    this.#limit = pLimit(options.concurrency);
  }

  /** Sends content that is small enough, or already in memory. */
  put(
    location: OutputLocation,
    body: ObjectBody,
    options: PutOptions,
  ): Promise<ObjectInfo> {
    return this.#limit(async () => {
      const info = await this.#store.put(location, body, options);
      this.#options.onBytes(body.size);
      return info;
    });
  }

  /** Sends a file that is larger than the store's `maxPutSize`. */
  async putParts(
    source: FileSource,
    location: OutputLocation,
    options: PutOptions & { readonly beforeComplete?: () => Promise<void> },
  ): Promise<ObjectInfo> {
    const { signal } = options;
    const partSize = choosePartSize(source.size, this.#store.maxPutSize);
    const upload = await this.#store.beginMultipart(
      location,
      partSize,
      options,
    );
    try {
      await this.#sendParts(source, upload, partSize, signal);
      await source.checkUnchanged();
      await options.beforeComplete?.();
      return await upload.complete({ signal });
    } catch (error) {
      // What went wrong first is what matters, also if the store is gone.
      await upload.abort().catch(() => {});
      throw error;
    }
  }

  async #sendParts(
    source: FileSource,
    upload: MultipartUpload,
    partSize: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    // One part that fails ends the others too, before the upload is aborted.
    const failed = new AbortController();
    const partSignal = AbortSignal.any(
      [failed.signal, signal].filter((s) => s !== undefined),
    );
    const send = async (
      { number, start, length }: PartRange,
      buffer: Uint8Array<ArrayBuffer>,
    ) => {
      try {
        partSignal.throwIfAborted();
        const bytes = buffer.subarray(0, length);
        await source.readInto(start, bytes);
        await this.#limit(() =>
          upload.putPart({ number, bytes }, { signal: partSignal })
        );
      } catch (error) {
        failed.abort(error);
        throw error;
      }
      this.#options.onBytes(length);
    };
    const ranges = partRanges(source.size, partSize);
    await pMap(
      ranges,
      (range) =>
        this.#buffersOf(partSize).lend((buffer) => send(range, buffer)),
      { concurrency: PARTS_AT_ONCE, stopOnError: false },
    ).catch((error) => {
      throw failed.signal.aborted ? failed.signal.reason : error;
    });
  }

  #buffersOf(partSize: number): BufferPool {
    let buffers = this.#buffers.get(partSize);
    if (buffers === undefined) {
      const count = Math.min(this.#options.concurrency, PARTS_AT_ONCE);
      buffers = new BufferPool(count, partSize);
      this.#buffers.set(partSize, buffers);
    }
    return buffers;
  }
}
