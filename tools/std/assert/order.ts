// A stand-in of ours for `@std/assert`, used only where JSR cannot be reached.

import { AssertionError } from "./assertion_error.ts";
import { show } from "./diff.ts";

function check(
  holds: boolean,
  actual: unknown,
  relation: string,
  expected: unknown,
  msg?: string,
) {
  if (holds) return;
  throw new AssertionError(
    msg ?? `Expected ${show(actual)} ${relation} ${show(expected)}`,
  );
}

/**
 * Asserts that `actual > expected`.
 *
 * @param actual The value.
 * @param expected The bound.
 * @param msg The message of the error.
 */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  check(actual > expected, actual, ">", expected, msg);
}

/**
 * Asserts that `actual >= expected`.
 *
 * @param actual The value.
 * @param expected The bound.
 * @param msg The message of the error.
 */
export function assertGreaterOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  check(actual >= expected, actual, ">=", expected, msg);
}

/**
 * Asserts that `actual < expected`.
 *
 * @param actual The value.
 * @param expected The bound.
 * @param msg The message of the error.
 */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  check(actual < expected, actual, "<", expected, msg);
}

/**
 * Asserts that `actual <= expected`.
 *
 * @param actual The value.
 * @param expected The bound.
 * @param msg The message of the error.
 */
export function assertLessOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  check(actual <= expected, actual, "<=", expected, msg);
}
