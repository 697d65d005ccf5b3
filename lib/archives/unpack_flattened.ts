/**
 * Unpacking an archive into a directory that others share.
 *
 * @module
 */

import { join } from "@std/path";
import { StorageError } from "../errors.ts";
import { onFile } from "../files/file_errors.ts";
import { mergeTree } from "./merge_tree.ts";
import { unpackInto, type UnpackOptions } from "./unpack.ts";
import { quote } from "./unpack_fault.ts";
import { treeFault } from "./unpack_names.ts";
import { TemporaryDirectory } from "./unpack_place.ts";
import { walkFiles } from "../files/walk.ts";

/** The member of an archive that lists its trees, one in a line. */
export const ARTIFACT_MANIFEST = "artifact_manifest.txt";

const MAX_MANIFEST = 1024 * 1024;

/** What {@linkcode unpackFlattened} did. */
export interface FlattenedArchive {
  /** Files and links that lie in none of the listed trees. */
  readonly ignored: number;
}

/**
 * Unpacks an archive and merges the trees that its `artifact_manifest.txt`
 * lists into a directory, which is made if need be.
 *
 * In the manifest, blanks around a path and empty lines do not count.
 *
 * @throws {StorageError} With code `corrupt` if the archive is damaged or
 * refused, or has no manifest: nothing has changed in the directory then. With
 * others if something in it is in the way: see {@linkcode mergeTree}.
 */
export async function unpackFlattened(
  archivePath: string,
  outputDir: string,
  options: UnpackOptions = {},
): Promise<FlattenedArchive> {
  await onFile(
    "write",
    outputDir,
    () => Deno.mkdir(outputDir, { recursive: true }),
  );
  // In the directory, not beside it: that may be another file system, from
  // which nothing can be renamed.
  await using place = await TemporaryDirectory.create(
    join(outputDir, "unpacked"),
  );
  await unpackInto(archivePath, place.path, outputDir, options);
  const trees = await readManifest(place.path, archivePath);
  await mergeTree(place.path, outputDir, trees, options);
  const { files, links, failures } = await walkFiles(place.path);
  // The manifest stays behind too, and is not ignored.
  return { ignored: files.length + links.length + failures.length - 1 };
}

async function readManifest(
  dir: string,
  archivePath: string,
): Promise<string[]> {
  const refused = (reason: string, cause?: unknown) =>
    new StorageError("corrupt", reason, {
      operation: "unpack",
      location: archivePath,
      cause,
    });
  const path = join(dir, ARTIFACT_MANIFEST);
  const text = await onFile("read", path, async () => {
    try {
      const { isFile, size } = await Deno.lstat(path);
      if (!isFile || size > MAX_MANIFEST) {
        throw refused(`its ${ARTIFACT_MANIFEST} is no file, or too large`);
      }
      return await Deno.readTextFile(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw refused(`it has no ${ARTIFACT_MANIFEST}`, error);
    }
  });
  const trees = text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
  for (const tree of trees) {
    const fault = treeFault(tree);
    if (fault === undefined) continue;
    throw refused(
      `its ${ARTIFACT_MANIFEST} lists ${quote(tree)}, which ${fault}`,
    );
  }
  return trees;
}
