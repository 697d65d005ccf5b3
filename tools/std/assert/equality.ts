// A stand-in of ours for `@std/assert`, used only where JSR cannot be reached.

import { reject } from "./assertion_error.ts";
import { diff, show } from "./diff.ts";
import { contains, equal } from "./equal.ts";

/**
 * Asserts that `actual` and `expected` are deeply equal.
 *
 * @param actual The value.
 * @param expected What it should be.
 * @param msg Added to the message of the error.
 */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  reject("Values are not equal", msg, diff(actual, expected));
}

/**
 * Asserts that `actual` and `expected` are not deeply equal.
 *
 * @param actual The value.
 * @param expected What it should not be.
 * @param msg Added to the message of the error.
 */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) return;
  reject(`Expected a value other than ${show(expected)}`, msg);
}

/**
 * Asserts that `actual` and `expected` are the same in the sense of
 * `Object.is`.
 *
 * @param actual The value.
 * @param expected What it should be.
 * @param msg Added to the message of the error.
 */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  reject("Values are not strictly equal", msg, diff(actual, expected));
}

/**
 * Asserts that every element of `expected` is, deeply equal, in `actual`.
 *
 * @param actual The elements.
 * @param expected Those that should be among them.
 * @param msg Added to the message of the error.
 */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T> & object,
  expected: ArrayLike<T> & object,
  msg?: string,
): void {
  const present = Array.from(actual);
  const missing = Array.from(expected).filter((wanted) =>
    !present.some((item) => equal(item, wanted))
  );
  if (missing.length === 0) return;
  reject(`Expected ${show(actual)} to include ${show(missing)}`, msg);
}

/**
 * Asserts that `actual` holds at least the properties of `expected`, deeply.
 *
 * @param actual The object.
 * @param expected The properties that it should have.
 * @param msg Added to the message of the error.
 */
export function assertObjectMatch(
  // deno-lint-ignore no-explicit-any
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  if (contains(actual, expected)) return;
  reject("Object does not match", msg, diff(actual, expected));
}
