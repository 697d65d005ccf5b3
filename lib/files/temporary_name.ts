/**
 * Names of files and directories that are not complete yet.
 *
 * @module
 */

import { dirname, join } from "@std/path";

/** How such names begin. */
export const TEMPORARY_PREFIX = ".run-outputs-";

/** A new name beside a path, on the same file system. */
export function temporaryPathFor(path: string): string {
  return join(
    dirname(path),
    `${TEMPORARY_PREFIX}${crypto.randomUUID()}.tmp`,
  );
}

/** The directory of a path with such a name; other paths as they are. */
export function withoutTemporaryName(path: string): string {
  return path.replace(/[/\\]\.run-outputs-[^/\\]*$/, "");
}
