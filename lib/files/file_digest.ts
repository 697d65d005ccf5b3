/**
 * Digests of files.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { FileSource } from "./file_source.ts";

const CHUNK = 1024 * 1024;

/**
 * The SHA-256 of a file, in lower-case hexadecimal.
 *
 * @throws {StorageError} If it cannot be read.
 */
export async function sha256OfFile(
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<string> {
  await using source = await FileSource.open(path);
  const hash = createHash("sha256");
  for (let start = 0; start < source.size; start += CHUNK) {
    options.signal?.throwIfAborted();
    const length = Math.min(CHUNK, source.size - start);
    hash.update(await source.read(start, length));
  }
  return hash.digest("hex");
}
