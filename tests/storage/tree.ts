/**
 * Directories with files, for tests of what is uploaded from them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";

/** One thing in a directory. */
export interface TreeEntry {
  readonly path: string;
  readonly type: "file" | "dir" | "symlink" | "hardlink" | "fifo";
  readonly content?: string;
  readonly target?: string;
}

/** Runs with a temporary directory. */
export async function withDir<T>(fn: (dir: string) => Promise<T>): Promise<T> {
  const dir = await Deno.makeTempDir({ prefix: "run-outputs-test-" });
  try {
    return await fn(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Writes files, by their paths, with the directories that they need. */
export async function writeFiles(
  dir: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const full = join(dir, path);
    await Deno.mkdir(dirname(full), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(full, content);
    else await Deno.writeFile(full, content);
  }
}

/** Makes all of a tree: links last, since they need what they point to. */
export async function buildTree(
  dir: string,
  entries: readonly TreeEntry[],
): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  const isLink = ({ type }: TreeEntry) => type.endsWith("link");
  const ordered = entries.toSorted((a, b) => +isLink(a) - +isLink(b));
  for (const { path, type, content = "", target = "" } of ordered) {
    const full = join(dir, path);
    await Deno.mkdir(type === "dir" ? full : dirname(full), {
      recursive: true,
    });
    if (type === "file") await Deno.writeTextFile(full, content);
    if (type === "symlink") await Deno.symlink(target, full);
    if (type === "hardlink") await Deno.link(join(dir, target), full);
    if (type === "fifo") {
      const { success } = await new Deno.Command("mkfifo", { args: [full] })
        .output();
      assertEquals(success, true, "cannot make a pipe");
    }
  }
}
