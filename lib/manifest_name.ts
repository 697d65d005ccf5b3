/**
 * File names of PyTorch manifests.
 *
 * @module
 */

/**
 * The name of the manifest of one PyTorch build.
 *
 * @param pythonVersion As `3.11` or `py3.11`.
 * @param gitRef As `nightly` or `release/2.7`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { manifestFileName } from "./manifest_name.ts";
 *
 * assertEquals(
 *   manifestFileName("py3.11", "release/2.7"),
 *   "therock-manifest_torch_py3.11_release-2.7.json",
 * );
 * ```
 */
export function manifestFileName(
  pythonVersion: string,
  gitRef: string,
): string {
  const version = pythonVersion.trim().replace(/^py/, "");
  const ref = gitRef.replaceAll("/", "-");
  return `therock-manifest_torch_py${version}_${ref}.json`;
}
