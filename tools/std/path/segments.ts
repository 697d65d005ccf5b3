// A stand-in of ours for `@std/path`, used only where JSR cannot be reached.

import type { PlatformPath } from "node:path";

/**
 * The last segment of a path. Node's own has no name for the root, and takes a
 * suffix away even where nothing but the suffix is there; std's does not.
 */
export function baseOf(
  platform: PlatformPath,
  path: string,
  suffix: string,
): string {
  const name = platform.basename(path);
  if (name === "") return /[\\/]$/.exec(path)?.[0] ?? "";
  return suffix.length < name.length && name.endsWith(suffix)
    ? name.slice(0, name.length - suffix.length)
    : name;
}

/**
 * The path of the directory of a path. Node's own keeps separators that were
 * repeated before the last segment; std's removes them.
 */
export function parentOf(platform: PlatformPath, path: string): string {
  return platform.dirname(path).replace(/(?<=.)\/+$/s, "");
}
