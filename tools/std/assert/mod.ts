// A stand-in of ours for `@std/assert`, used only where JSR cannot be reached.

export { AssertionError } from "./assertion_error.ts";
export {
  assert,
  assertExists,
  assertFalse,
  assertInstanceOf,
  fail,
  type Falsy,
} from "./basic.ts";
export {
  assertArrayIncludes,
  assertEquals,
  assertNotEquals,
  assertObjectMatch,
  assertStrictEquals,
} from "./equality.ts";
export {
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "./order.ts";
export { assertMatch, assertNotMatch, assertStringIncludes } from "./text.ts";
export { assertRejects, assertThrows } from "./throws.ts";
