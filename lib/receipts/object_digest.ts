/**
 * Digests of objects that are stored.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { retry, type RetryPolicy } from "../retry.ts";
import type { ObjectInfo, ObjectStore } from "../storage/object_store.ts";

/**
 * Reads an object to the end.
 *
 * @returns Its SHA-256, in lower-case hexadecimal.
 * @throws {StorageError} If it cannot be read, or has changed meanwhile.
 */
export function sha256OfObject(
  store: ObjectStore,
  { location, etag }: ObjectInfo,
  options: { readonly signal?: AbortSignal; readonly retry?: RetryPolicy } = {},
): Promise<string> {
  const { signal } = options;
  return retry(async () => {
    const hash = createHash("sha256");
    const { body } = await store.get(location, { ifMatch: etag, signal });
    for await (const chunk of body) hash.update(chunk);
    return hash.digest("hex");
  }, { ...options.retry, signal });
}
