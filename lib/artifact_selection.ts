/**
 * Which artifacts of a run somebody wants.
 *
 * @module
 */

import { type ArtifactName, parseArtifactName } from "./artifact_name.ts";
import { InvalidValueError } from "./errors.ts";

/** The family of artifacts that fit every target. */
export const GENERIC_FAMILY = "generic";

/** Families that are wanted. */
export interface FamilySelection {
  /** As `gfx94X-dcgpu`. */
  readonly group: string;
  /** Single targets besides the group, as `gfx942`. */
  readonly targets?: readonly string[];
}

/** Names that are wanted, as regular expressions. */
export interface NameSelection {
  /** One must match somewhere in the file name; empty for all. */
  readonly include?: readonly string[];
  /** None may match. */
  readonly exclude?: readonly string[];
}

/**
 * A test of whether a file is an artifact of a wanted family: a generic one,
 * one of the group, or one of a target.
 *
 * @example
 * ```ts
 * import { assert, assertFalse } from "@std/assert";
 * import { selectFamilies } from "./artifact_selection.ts";
 *
 * const isWanted = selectFamilies({ group: "gfx94X-dcgpu" });
 * assert(isWanted("base_lib_generic.tar.xz"));
 * assertFalse(isWanted("blas_lib_gfx110X-all.tar.xz"));
 * ```
 */
export function selectFamilies(
  { group, targets = [] }: FamilySelection,
): (fileName: string) => boolean {
  const families = new Set([GENERIC_FAMILY, group, ...targets]);
  return (fileName) => {
    const name: ArtifactName | undefined = parseArtifactName(fileName);
    return name !== undefined && families.has(name.targetFamily);
  };
}

/**
 * A test of whether a file name is wanted.
 *
 * @throws {InvalidValueError} If an expression is not a regular expression.
 *
 * @example
 * ```ts
 * import { assert, assertFalse } from "@std/assert";
 * import { selectNames } from "./artifact_selection.ts";
 *
 * const isWanted = selectNames({
 *   include: ["core-(hip|runtime)"],
 *   exclude: ["_dbg_"],
 * });
 * assert(isWanted("core-hip_lib_generic.tar.xz"));
 * assertFalse(isWanted("core-hip_dbg_generic.tar.xz"));
 * ```
 */
export function selectNames(
  { include = [], exclude = [] }: NameSelection,
): (fileName: string) => boolean {
  const included = include.map(parseExpression);
  const excluded = exclude.map(parseExpression);
  return (fileName) =>
    (included.length === 0 || included.some((re) => re.test(fileName))) &&
    !excluded.some((re) => re.test(fileName));
}

/**
 * Compiles a regular expression that somebody typed.
 *
 * @throws {InvalidValueError} If it is none.
 */
export function parseExpression(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new InvalidValueError(
      `${JSON.stringify(text)} is not a regular expression: ${cause.message}`,
      { cause },
    );
  }
}
