/**
 * The one order in which this project lists names: by code point, which is
 * also how S3 orders keys (by the bytes of their UTF-8). JavaScript's own
 * comparison goes by UTF-16 code unit and differs beyond U+FFFF.
 *
 * @module
 */

/**
 * Compares two strings by code point, for `Array.prototype.sort`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compareCodePoints } from "./code_point_order.ts";
 *
 * assertEquals(["😀", "￮", "a"].sort(compareCodePoints), ["a", "￮", "😀"]);
 * ```
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/**
 * Compares two paths segment by segment, so that a directory's content stays
 * together.
 */
export function comparePaths(a: string, b: string): number {
  const as = a.split("/");
  const bs = b.split("/");
  for (let i = 0; i < Math.min(as.length, bs.length); i++) {
    const order = compareCodePoints(as[i] as string, bs[i] as string);
    if (order !== 0) return order;
  }
  return as.length - bs.length;
}

// Surrogates stand for code points above all other code units.
function rank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff
    ? codeUnit + 0x10000
    : codeUnit;
}
