/**
 * Digests of files.
 *
 * @module
 */

import { FileSource } from "./file_source.ts";

/**
 * The SHA-256 of a file, in lower-case hexadecimal.
 *
 * @throws {StorageError} If it cannot be read.
 */
export async function sha256OfFile(path: string): Promise<string> {
  await using source = await FileSource.open(path);
  return await source.digest();
}
