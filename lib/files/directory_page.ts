/**
 * A page that lists the files of a directory.
 *
 * @module
 */

import { join } from "@std/path";
import { type IndexPage, renderIndexPage } from "../index_page.ts";
import { onFile } from "./file_errors.ts";
import { walkFiles } from "./walk.ts";

/** What a page of a directory shows. */
export interface DirectoryPage extends Omit<IndexPage, "entries"> {
  /** Patterns of file names, at any depth. */
  readonly include: readonly string[];
  /** A path below the directory that is not listed: that of the page itself. */
  readonly omit?: string;
}

/**
 * Makes the page of a directory: the files that an upload with the same
 * patterns takes, and no others.
 *
 * @throws {StorageError} If the directory cannot be read.
 */
export async function renderDirectoryPage(
  dir: string,
  page: DirectoryPage,
): Promise<string> {
  const found = await walkFiles(dir, { include: page.include });
  const files = found.files.filter((path) => path !== page.omit);
  const entries = await Promise.all(files.map(async (path) => {
    const full = join(dir, path);
    const stat = await onFile("read", full, () => Deno.lstat(full));
    return { path, size: stat.size, modifiedAt: stat.mtime ?? undefined };
  }));
  return renderIndexPage({ ...page, entries });
}
