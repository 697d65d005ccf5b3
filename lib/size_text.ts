/**
 * Sizes for people.
 *
 * @module
 */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/**
 * A number of bytes in the unit that suits it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sizeText } from "./size_text.ts";
 *
 * assertEquals(sizeText(999), "999 B");
 * assertEquals(sizeText(1536), "1.5 KiB");
 * ```
 */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.95 KiB would be shown as 1024.0.
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
