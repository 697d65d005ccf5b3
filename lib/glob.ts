/**
 * File name patterns, as Python's `fnmatch` and the workflows that use us know
 * them: `*`, `?`, `[abc]` and `[!abc]`; braces and everything else are literal.
 *
 * @module
 */

// @ts-types="@types/picomatch"
import picomatch from "picomatch";
import { InvalidValueError } from "./errors.ts";

/** Whether a file name matches. */
export type FileNameMatcher = (fileName: string) => boolean;

/**
 * Compiles a list of patterns into one matcher: a name matches when any
 * pattern does.
 *
 * @throws {InvalidValueError} If a pattern is empty or has a slash: patterns
 * are held against the file's name, at any depth.
 *
 * @example
 * ```ts
 * import { assert, assertFalse } from "@std/assert";
 * import { matchAny } from "./glob.ts";
 *
 * const isArchive = matchAny(["*.tar.xz*", "*.tar.zst*"]);
 * assert(isArchive("blas_lib_generic.tar.xz.sha256sum"));
 * assertFalse(isArchive("build.log"));
 * ```
 */
export function matchAny(patterns: readonly string[]): FileNameMatcher {
  const matchers = patterns.map(compile);
  return (fileName) => matchers.some((matches) => matches(fileName));
}

function compile(pattern: string): FileNameMatcher {
  if (pattern === "" || pattern.includes("/") || pattern.includes("\\")) {
    throw new InvalidValueError(
      `Invalid pattern ${JSON.stringify(pattern)}: it is held against file ` +
        "names, so it must not be empty or have a slash or back-slash.",
    );
  }
  const fnmatch = pattern
    // A leading ^ means "not" to picomatch; here only ! does.
    .replace(/\[\^([^\]]+)\]/g, "[$1^]")
    .replace(/[(){}|+@]/g, "\\$&");
  return picomatch(fnmatch, {
    dot: true,
    fastpaths: false,
    nobrace: true,
    noext: true,
    noglobstar: true,
    nonegate: true,
    strictSlashes: true,
    windows: false,
  });
}
