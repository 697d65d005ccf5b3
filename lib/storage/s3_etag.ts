/**
 * ETags as S3 servers give them.
 *
 * @module
 */

/**
 * An ETag in the form of HTTP, with quotes: some servers leave them out of some
 * answers, or answer with an empty one.
 */
export function quoted(etag: string | undefined): string | undefined {
  const bare = etag?.replaceAll('"', "");
  return bare ? `"${bare}"` : undefined;
}
