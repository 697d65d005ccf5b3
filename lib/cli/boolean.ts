/**
 * Booleans in environment variables.
 *
 * @module
 */

import { InvalidValueError } from "../errors.ts";

const TRUE = ["1", "true", "t", "yes", "y", "on"];
const FALSE = ["", "0", "false", "f", "no", "n", "off", "none", "nil", "n/a"];

/**
 * Reads a boolean variable, whatever its case; absent or empty is false.
 *
 * @param name Of the variable, for the message.
 * @throws {InvalidValueError} If it is neither.
 */
export function parseBoolean(name: string, value: string | undefined): boolean {
  const word = (value ?? "").trim().toLowerCase();
  // Blanks alone are a mistake in a workflow, not an absent value.
  const blank = word === "" && value !== undefined && value !== "";
  if (TRUE.includes(word)) return true;
  if (FALSE.includes(word) && !blank) return false;
  throw new InvalidValueError(
    `$${name} is ${JSON.stringify(value)}, which is neither true nor false`,
  );
}
