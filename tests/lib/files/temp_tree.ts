/**
 * Real directory trees for tests, in temporary directories that are removed.
 *
 * @module
 */

import { dirname, join } from "@std/path";

/** A temporary directory, removed when it is disposed. */
export interface TempDir extends AsyncDisposable {
  readonly path: string;
  /** Path of something in it. */
  at(...segments: string[]): string;
  /** Names of what is directly in it, sorted. */
  names(): string[];
}

/** Makes a temporary directory. */
export async function tempDir(): Promise<TempDir> {
  const path = await Deno.makeTempDir({ prefix: "run-outputs-test-" });
  return {
    path,
    at: (...segments) => join(path, ...segments),
    names: () => [...Deno.readDirSync(path)].map(({ name }) => name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Writes a text file, with the directories above it. */
export async function write(path: string, text = "x"): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}

/** One entry of a tree, as in `directory_upload.json`. */
export interface TreeEntry {
  readonly path: string;
  readonly type: string;
  readonly content?: string;
  readonly target?: string;
}

/** Makes a tree in a directory. */
export async function makeTree(
  dir: string,
  entries: readonly TreeEntry[],
): Promise<void> {
  for (const { path, type, content, target = "" } of entries) {
    const full = join(dir, path);
    await Deno.mkdir(dirname(full), { recursive: true });
    if (type === "file") await Deno.writeTextFile(full, content ?? "");
    else if (type === "dir") await Deno.mkdir(full, { recursive: true });
    else if (type === "symlink") await Deno.symlink(target, full);
    else if (type === "hardlink") await Deno.link(join(dir, target), full);
    else if (type === "fifo") await makeFifo(full);
    else throw new Error(`unknown type ${type}`);
  }
}

/** Makes a named pipe, which Deno itself cannot. */
export async function makeFifo(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] })
    .output();
  if (!success) throw new Error(`mkfifo ${path}`);
}

/** Runs a shell script with arguments; says whether it succeeded. */
export async function shell(
  script: string,
  ...args: string[]
): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("sh", {
      args: ["-c", script, "sh", ...args],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether the modes of files count for this user, as they do not for root. */
export async function modesCount(): Promise<boolean> {
  if (Deno.build.os === "windows") return false;
  await using dir = await tempDir();
  await Deno.writeTextFile(dir.at("locked"), "x", { mode: 0o000 });
  try {
    await Deno.readTextFile(dir.at("locked"));
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return true;
    throw error;
  }
}
