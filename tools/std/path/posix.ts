// A stand-in of ours for `@std/path`, used only where JSR cannot be reached.

import { posix } from "node:path";
import { baseOf, parentOf } from "./segments.ts";

/** The character between the segments of a path. */
export const SEPARATOR = "/" as const;

/**
 * The last segment of `path`, without `suffix`.
 *
 * @param path The path.
 * @param suffix What to leave out at its end.
 */
export function basename(path: string, suffix = ""): string {
  return baseOf(posix, path, suffix);
}

/**
 * The path of the directory that `path` is in.
 *
 * @param path The path.
 */
export function dirname(path: string): string {
  return parentOf(posix, path);
}

/**
 * The extension of `path`, with its period.
 *
 * @param path The path.
 */
export function extname(path: string): string {
  return posix.extname(path);
}

/**
 * Whether `path` is absolute.
 *
 * @param path The path.
 */
export function isAbsolute(path: string): boolean {
  return posix.isAbsolute(path);
}

/**
 * The paths one after the other, normalized.
 *
 * @param path The first path.
 * @param paths Those that follow.
 */
export function join(path: string, ...paths: string[]): string {
  return posix.join(path, ...paths);
}

/**
 * `path` with `.` and `..` resolved and repeated separators removed.
 *
 * @param path The path.
 */
export function normalize(path: string): string {
  return posix.normalize(path);
}

/**
 * The path that leads from `from` to `to`.
 *
 * @param from Where to start.
 * @param to Where to arrive.
 */
export function relative(from: string, to: string): string {
  return posix.relative(from, to);
}

/**
 * The absolute path that the segments lead to.
 *
 * @param pathSegments The segments; the last absolute one counts.
 */
export function resolve(...pathSegments: string[]): string {
  return posix.resolve(...pathSegments);
}
