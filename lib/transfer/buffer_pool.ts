/**
 * Buffers that are used again: a transfer of many parts needs no more memory
 * than the parts that are in flight.
 *
 * @module
 */

import pLimit, { type LimitFunction } from "p-limit";

/** A bounded number of buffers of one size. */
export class BufferPool {
  readonly #size: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  readonly #limit: LimitFunction;

  /**
   * @param count Buffers that can be in use at once.
   * @param size Of each, in bytes.
   */
  constructor(count: number, size: number) {
    this.#size = size;
    this.#limit = pLimit(count);
  }

  /**
   * Lends a buffer to a task, once one is free. What the task reads into it is
   * gone when its promise is settled.
   */
  lend<T>(task: (buffer: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T> {
    return this.#limit(async () => {
      const buffer = this.#free.pop() ?? new Uint8Array(this.#size);
      try {
        return await task(buffer);
      } finally {
        this.#free.push(buffer);
      }
    });
  }
}
