// A stand-in of ours for `@std/assert`, used only where JSR cannot be reached.

import { reject } from "./assertion_error.ts";
import { show } from "./diff.ts";

/**
 * Asserts that `actual` contains `expected`.
 *
 * @param actual The text.
 * @param expected The part of it.
 * @param msg Added to the message of the error.
 */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void {
  if (actual.includes(expected)) return;
  reject(`Expected ${show(actual)} to contain ${show(expected)}`, msg);
}

/**
 * Asserts that `actual` matches `expected`.
 *
 * @param actual The text.
 * @param expected The pattern.
 * @param msg Added to the message of the error.
 */
export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  if (expected.test(actual)) return;
  reject(`Expected ${show(actual)} to match ${expected}`, msg);
}

/**
 * Asserts that `actual` does not match `expected`.
 *
 * @param actual The text.
 * @param expected The pattern.
 * @param msg Added to the message of the error.
 */
export function assertNotMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  if (!expected.test(actual)) return;
  reject(`Expected ${show(actual)} not to match ${expected}`, msg);
}
