/**
 * Names of artifact archives: `{artifact}_{component}_{family}.tar.zst|.tar.xz`.
 *
 * @module
 */

/** The parts of an artifact archive's name. */
export interface ArtifactName {
  /** As `blas` or `amd-llvm`. */
  readonly name: string;
  /** As `lib`, `run`, `dev`, `dbg`, `doc` or `test`. */
  readonly component: string;
  /** As `generic` or `gfx94X-dcgpu`. */
  readonly targetFamily: string;
}

/**
 * Reads the name of an artifact archive; `undefined` where it is none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseArtifactName } from "./artifact_name.ts";
 *
 * assertEquals(parseArtifactName("blas_lib_gfx94X-dcgpu.tar.xz"), {
 *   name: "blas",
 *   component: "lib",
 *   targetFamily: "gfx94X-dcgpu",
 * });
 * assertEquals(parseArtifactName("index.html"), undefined);
 * ```
 */
export function parseArtifactName(fileName: string): ArtifactName | undefined {
  const match = /^([^_]+)_([^_]+)_([^_]+)\.tar\.(?:xz|zst)$/.exec(fileName);
  const [, name, component, targetFamily] = match ?? [];
  if (!name || !component || !targetFamily) return undefined;
  return { name, component, targetFamily };
}
