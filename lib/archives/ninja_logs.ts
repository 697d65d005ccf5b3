/**
 * The ninja logs of a build.
 *
 * @module
 */

import { dirname, join } from "@std/path";
import { onFile } from "../files/file_errors.ts";
import { writeTarGz } from "./tar_gz.ts";
import { type FoundFiles, walkFiles } from "../files/walk.ts";

/** Finds every `.ninja_log` of a build directory, in a stable order. */
export function findNinjaLogs(
  buildDir: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<FoundFiles> {
  return walkFiles(buildDir, { include: [".ninja_log"], ...options });
}

/**
 * Packs ninja logs into one archive, with paths relative to the build
 * directory. The archive's directory is made if need be.
 *
 * @param names Of the logs, relative to the build directory.
 */
export async function packNinjaLogs(
  buildDir: string,
  names: readonly string[],
  archive: string,
): Promise<void> {
  const dir = dirname(archive);
  await onFile("create", dir, () => Deno.mkdir(dir, { recursive: true }));
  await writeTarGz(
    archive,
    names.map((name) => ({ name, path: join(buildDir, name) })),
  );
}
