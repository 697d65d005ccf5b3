/**
 * How a large object is cut into parts.
 *
 * Limits: "Amazon S3 multipart upload limits" in the Amazon S3 User Guide.
 *
 * @module
 */

import { InvalidValueError } from "../errors.ts";

const MIB = 1024 * 1024;

/** The most parts that an object can have. */
export const MAX_PARTS = 10_000;

/** The smallest part that is allowed, but for the last, in bytes. */
export const MIN_PART_SIZE = 5 * MIB;

/** The largest object, in bytes. */
export const MAX_OBJECT_SIZE = 5 * 1024 * 1024 * MIB;

/** A range of an object: bytes from `start`, `length` of them. */
export interface PartRange {
  /** Counts from 1. */
  readonly number: number;
  readonly start: number;
  readonly length: number;
}

/**
 * The size of parts for an object, in bytes: the wanted size, or more where
 * the object would have too many parts.
 *
 * @throws {InvalidValueError} If the object is larger than S3 takes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { choosePartSize } from "./parts.ts";
 *
 * const MIB = 1024 * 1024;
 * assertEquals(choosePartSize(300 * MIB, 8 * MIB), 8 * MIB);
 * assertEquals(choosePartSize(1024 * 1024 * MIB, 8 * MIB), 105 * MIB);
 * ```
 */
export function choosePartSize(size: number, wanted: number): number {
  if (size > MAX_OBJECT_SIZE) {
    throw new InvalidValueError(
      `An object of ${size} bytes is larger than the 5 TiB that S3 takes.`,
    );
  }
  const needed = Math.ceil(size / MAX_PARTS / MIB) * MIB;
  return Math.max(wanted, needed, MIN_PART_SIZE);
}

/** The parts of an object, one after the other. */
export function* partRanges(
  size: number,
  partSize: number,
): Generator<PartRange> {
  for (let start = 0, number = 1; start < size; start += partSize, number++) {
    yield { number, start, length: Math.min(partSize, size - start) };
  }
}
