// A stand-in of ours for `@std/path`, used only where JSR cannot be reached.

import * as platform from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { baseOf, parentOf } from "./segments.ts";

/** The character between the segments of a path. */
export const SEPARATOR: "/" | "\\" = platform.sep;

/**
 * The last segment of `path`, without `suffix`.
 *
 * @param path The path.
 * @param suffix What to leave out at its end.
 */
export function basename(path: string, suffix = ""): string {
  return baseOf(platform, path, suffix);
}

/**
 * The path of the directory that `path` is in.
 *
 * @param path The path.
 */
export function dirname(path: string): string {
  return parentOf(platform, path);
}

/**
 * The extension of `path`, with its period.
 *
 * @param path The path.
 */
export function extname(path: string): string {
  return platform.extname(path);
}

/**
 * The path of the file that `url` names.
 *
 * @param url The URL of the file.
 */
export function fromFileUrl(url: URL | string): string {
  return fileURLToPath(url);
}

/**
 * Whether `path` is absolute.
 *
 * @param path The path.
 */
export function isAbsolute(path: string): boolean {
  return platform.isAbsolute(path);
}

/**
 * The paths one after the other, normalized.
 *
 * @param path The first path.
 * @param paths Those that follow.
 */
export function join(path: string, ...paths: string[]): string {
  return platform.join(path, ...paths);
}

/**
 * `path` with `.` and `..` resolved and repeated separators removed.
 *
 * @param path The path.
 */
export function normalize(path: string): string {
  return platform.normalize(path);
}

/**
 * The path that leads from `from` to `to`.
 *
 * @param from Where to start.
 * @param to Where to arrive.
 */
export function relative(from: string, to: string): string {
  return platform.relative(from, to);
}

/**
 * The absolute path that the segments lead to.
 *
 * @param pathSegments The segments; the last absolute one counts.
 */
export function resolve(...pathSegments: string[]): string {
  return platform.resolve(...pathSegments);
}

/**
 * The URL of the file that `path` names.
 *
 * @param path An absolute path.
 */
export function toFileUrl(path: string): URL {
  if (!platform.isAbsolute(path)) {
    throw new TypeError(`Path must be absolute: received "${path}"`);
  }
  if (platform.sep === "\\") return pathToFileURL(path);
  // Node escapes more characters than std, and the two URLs would differ.
  const url = new URL("file:///");
  url.pathname = path.replace(/[%\\\s]/g, encodeURIComponent);
  return url;
}
