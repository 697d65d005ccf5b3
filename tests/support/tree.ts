/**
 * Directories of tests: made, compared, and removed again.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { dirname, join } from "@std/path";

/** A directory that is there until it is disposed of. */
export class TempDir implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TempDir> {
    // On macOS the directory for temporary files is behind a symbolic link.
    const path = await Deno.realPath(await Deno.makeTempDir());
    return new TempDir(path);
  }

  /** A path in it. */
  join(...segments: string[]): string {
    return join(this.path, ...segments);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Writes files, by their path below a directory. */
export async function writeFiles(
  dir: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const full = join(dir, path);
    await Deno.mkdir(dirname(full), { recursive: true });
    await Deno.writeTextFile(full, content);
  }
}

/** Paths of the files below a directory, with `/`, sorted; none if it is not there. */
export async function listFiles(dir: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path, entry } of walk(dir, "")) {
    if (!entry.isDirectory) paths.push(path);
  }
  return paths.sort();
}

/**
 * Everything below a directory, directories too, each with its kind, size,
 * modification time and digest: two that are equal were not touched.
 */
export async function snapshot(dir: string): Promise<Record<string, string>> {
  const found: [string, string][] = [];
  for await (const { path, entry } of walk(dir, "")) {
    const full = join(dir, path);
    const { size, mtime } = await Deno.lstat(full);
    found.push([
      path,
      entry.isFile
        ? `file ${size} ${mtime?.getTime()} ${await digest(full)}`
        : `${entry.isDirectory ? "directory" : "other"} ${mtime?.getTime()}`,
    ]);
  }
  return Object.fromEntries(found.sort(([a], [b]) => a < b ? -1 : 1));
}

/** SHA-256 of a file, whatever its size. */
export async function digest(path: string): Promise<string> {
  using file = await Deno.open(path);
  const hash = createHash("sha256");
  const chunk = new Uint8Array(256 * 1024);
  for (let n; (n = await file.read(chunk)) !== null;) {
    hash.update(chunk.subarray(0, n));
  }
  return hash.digest("hex");
}

/**
 * Writes a file that takes hardly any space on the disk, and of which no two
 * mebibytes are alike: parts in the wrong order would show.
 */
export async function writeLargeFile(
  path: string,
  mebibytes: number,
): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  await file.truncate(mebibytes * 1024 * 1024);
  for (let i = 0; i < mebibytes; i++) {
    await file.seek(i * 1024 * 1024, Deno.SeekMode.Start);
    await file.write(new TextEncoder().encode(`block ${i}\n`));
  }
}

async function* walk(
  dir: string,
  prefix: string,
): AsyncGenerator<{ path: string; entry: Deno.DirEntry }> {
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(join(dir, prefix)));
  } catch (error) {
    if (prefix === "" && error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const entry of entries) {
    const path = `${prefix}${entry.name}`;
    yield { path, entry };
    if (entry.isDirectory) yield* walk(dir, `${path}/`);
  }
}
