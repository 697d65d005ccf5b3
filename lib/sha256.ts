/**
 * SHA-256 of what is in memory.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** The SHA-256 of bytes, in lower-case hexadecimal. */
export function sha256OfBytes(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
