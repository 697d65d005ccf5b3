/**
 * File name patterns, as Python's `fnmatch` and the workflows that use us know
 * them: `*`, `?`, `[abc]` and `[!abc]`; braces and everything else are literal.
 *
 * @module
 */

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
  const expressions = patterns.map(compile);
  return (fileName) => expressions.some((re) => re.test(fileName));
}

/** A token of a pattern: `*`, `?`, a set in brackets, or any character. */
const TOKEN = /\*|\?|\[(!?)(\]?[^\]]*)\]|[^]/gu;

// The libraries for this know shells' and gitignore's patterns, which differ:
// there, braces, a leading ! or ^ and classes by name mean something.
function compile(pattern: string): RegExp {
  if (pattern === "" || pattern.includes("/") || pattern.includes("\\")) {
    throw new InvalidValueError(
      `Invalid pattern ${JSON.stringify(pattern)}: it is held against file ` +
        "names, so it must not be empty or have a slash or back-slash.",
    );
  }
  const source = pattern.replace(TOKEN, (token, not, set) => {
    if (token === "*") return ".*";
    if (token === "?") return ".";
    if (set) return `[${not ? "^" : ""}${set.replace(/[\][^]/g, "\\$&")}]`;
    return token.replace(/[\\^$.|+(){}[\]/]/g, "\\$&");
  });
  try {
    return new RegExp(`^${source}$`, "su");
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new InvalidValueError(
      `Invalid pattern ${JSON.stringify(pattern)}: a range in brackets goes ` +
        "from the lower to the higher character.",
      { cause },
    );
  }
}
