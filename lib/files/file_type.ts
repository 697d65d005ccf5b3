/**
 * What stands at a path.
 *
 * @module
 */

import { onFile } from "./file_errors.ts";

/** Whether there is a directory, or a symbolic link to one. */
export async function isDirectory(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isDirectory ?? false;
}

/** Whether there is a regular file, or a symbolic link to one. */
export async function isFile(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isFile ?? false;
}

/**
 * Whether there is something, whatever it is.
 *
 * @throws {StorageError} If it cannot be told, as in a directory that may not
 * be read: that is not the same as "nothing".
 */
export async function isThere(path: string): Promise<boolean> {
  return await statIfThere(path) !== undefined;
}

function statIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  return onFile("look at", path, async () => {
    try {
      return await Deno.stat(path);
    } catch (error) {
      const absent = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory;
      if (absent) return undefined;
      throw error;
    }
  });
}
