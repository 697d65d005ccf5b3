/**
 * SHA-256 digests, and the files that hold them.
 *
 * @module
 */

import { InvalidValueError } from "./errors.ts";

/** What the name of a digest file has behind the name of its artifact. */
export const DIGEST_SUFFIX = ".sha256sum";

/**
 * Reads a digest file: a digest alone, or a line of `sha256sum`'s own form
 * (`{digest} [ *]{file name}`; GNU coreutils manual, "md5sum invocation").
 *
 * @param text Content of the file.
 * @param fileName Name that the file must speak of, where it names one.
 * @returns The digest, in lower-case hexadecimal.
 * @throws {InvalidValueError} If it holds no digest of that file.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseDigest } from "./digest.ts";
 *
 * const digest = "0".repeat(64);
 * assertEquals(parseDigest(`${digest}\n`, "a.tar.xz"), digest);
 * assertEquals(parseDigest(`${digest} *dist/a.tar.xz\n`, "a.tar.xz"), digest);
 * ```
 */
export function parseDigest(text: string, fileName: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  for (const line of lines) {
    const [, digest, path] =
      /^\s*([0-9a-fA-F]{64})(?:\s+\*?(.*?))?\s*$/.exec(line) ?? [];
    if (digest === undefined) continue;
    const named = path?.split(/[/\\]/).at(-1);
    if (!named || named === fileName) return digest.toLowerCase();
  }
  throw new InvalidValueError(
    `The digest file of ${
      JSON.stringify(fileName)
    } has no SHA-256 digest of it`,
  );
}
