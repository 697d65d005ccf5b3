/**
 * Content types of uploaded objects.
 *
 * @module
 */

import mime from "mime";

/** What a file has whose name says nothing else. */
export const DEFAULT_CONTENT_TYPE = "application/octet-stream";

/**
 * Extensions whose type is fixed here: what browsers and pip should do with
 * these files matters more than what a table says, and must not vary with it.
 */
const FIXED: Readonly<Record<string, string>> = {
  gz: "application/gzip",
  html: "text/html",
  log: "text/plain",
  md: "text/plain",
  whl: "application/zip",
  xz: "application/x-xz",
  zst: "application/zstd",
};

/**
 * Says the content type of a file by the last extension of its name, whatever
 * its case. The same on every machine.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inferContentType } from "./content_type.ts";
 *
 * assertEquals(inferContentType("build.log"), "text/plain");
 * assertEquals(inferContentType("blas_lib_generic.tar.xz"), "application/x-xz");
 * assertEquals(inferContentType(".ninja_log"), "application/octet-stream");
 * ```
 */
export function inferContentType(fileName: string): string {
  const dot = fileName.lastIndexOf(".");
  // A name that only begins with a dot is hidden, it has no extension.
  if (dot <= 0) return DEFAULT_CONTENT_TYPE;
  const extension = fileName.slice(dot + 1).toLowerCase();
  const fixed = Object.hasOwn(FIXED, extension) ? FIXED[extension] : undefined;
  return fixed ?? mime.getType(extension) ?? DEFAULT_CONTENT_TYPE;
}
