// A stand-in of ours for `@std/assert`, used only where JSR cannot be reached.

import { AssertionError, reject } from "./assertion_error.ts";
import { show } from "./diff.ts";

/** What {@linkcode assertFalse} lets pass. */
export type Falsy = false | 0 | 0n | "" | null | undefined;

/**
 * Asserts that `expr` is truthy.
 *
 * @param expr The value.
 * @param msg The message of the error.
 */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/**
 * Asserts that `expr` is falsy.
 *
 * @param expr The value.
 * @param msg The message of the error.
 */
export function assertFalse(expr: unknown, msg = ""): asserts expr is Falsy {
  if (expr) throw new AssertionError(msg);
}

/**
 * Asserts that `actual` is neither `null` nor `undefined`.
 *
 * @param actual The value.
 * @param msg Added to the message of the error.
 */
export function assertExists<T>(
  actual: T,
  msg?: string,
): asserts actual is NonNullable<T> {
  if (actual === null || actual === undefined) {
    reject(`Expected a value, but got ${actual}`, msg);
  }
}

/**
 * Asserts that `actual` is an instance of `expectedType`.
 *
 * @param actual The value.
 * @param expectedType The class.
 * @param msg Added to the message of the error.
 */
export function assertInstanceOf<
  // deno-lint-ignore no-explicit-any
  T extends new (...args: any[]) => any,
>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  reject(
    `Expected an instance of "${expectedType.name}", but got ${show(actual)}`,
    msg,
  );
}

/**
 * Fails at once.
 *
 * @param msg Added to the message of the error.
 */
export function fail(msg?: string): never {
  reject("Failed assertion", msg);
}
