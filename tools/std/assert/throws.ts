// A stand-in of ours for `@std/assert`, used only where JSR cannot be reached.

import { stripVTControlCharacters } from "node:util";
import { reject } from "./assertion_error.ts";
import { show } from "./diff.ts";

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = new (...args: any[]) => E;

function checkError<E extends Error>(
  error: unknown,
  classOrMsg: ErrorClass<E> | string | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
) {
  if (typeof classOrMsg !== "function") return;
  if (!(error instanceof Error)) {
    reject(`Expected an Error, but got ${show(error)}`, msg);
  }
  if (!(error instanceof classOrMsg)) {
    reject(
      `Expected error to be instance of "${classOrMsg.name}", ` +
        `but was "${error.name}" with ${show(error.message)}`,
      msg,
    );
  }
  if (msgIncludes === undefined) return;
  const text = stripVTControlCharacters(error.message);
  if (!text.includes(stripVTControlCharacters(msgIncludes))) {
    reject(
      `Expected error message to include ${show(msgIncludes)}, ` +
        `but got ${show(error.message)}`,
      msg,
    );
  }
}

/**
 * Asserts that `fn` throws, and returns what it throws.
 *
 * @param fn The function.
 * @param msg Added to the message of the error.
 */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/**
 * Asserts that `fn` throws an instance of `ErrorClass`, and returns it.
 *
 * @param fn The function.
 * @param ErrorClass The class of the error.
 * @param msgIncludes A part of the message of the error.
 * @param msg Added to the message of the error.
 */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  // deno-lint-ignore no-explicit-any
  ErrorClass: new (...args: any[]) => E,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  if (typeof classOrMsg === "string") msg = classOrMsg;
  try {
    fn();
  } catch (error) {
    checkError(error, classOrMsg, msgIncludes, msg);
    return error;
  }
  reject("Expected function to throw", msg);
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    typeof Reflect.get(value, "then") === "function";
}

/**
 * Asserts that the promise of `fn` rejects, and returns what it rejects with.
 *
 * @param fn The function.
 * @param msg Added to the message of the error.
 */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
/**
 * Asserts that the promise of `fn` rejects with an instance of `ErrorClass`,
 * and returns it.
 *
 * @param fn The function.
 * @param ErrorClass The class of the error.
 * @param msgIncludes A part of the message of the error.
 * @param msg Added to the message of the error.
 */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  // deno-lint-ignore no-explicit-any
  ErrorClass: new (...args: any[]) => E,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  if (typeof classOrMsg === "string") msg = classOrMsg;
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
  } catch {
    promise = undefined;
  }
  if (!isThenable(promise)) {
    reject("Function throws when expected to reject", msg);
  }
  try {
    await promise;
  } catch (error) {
    checkError(error, classOrMsg, msgIncludes, msg);
    return error;
  }
  reject("Expected function to reject", msg);
}
