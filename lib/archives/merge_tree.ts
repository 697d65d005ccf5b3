/**
 * Merging unpacked trees into a directory that others share.
 *
 * @module
 */

import { join } from "@std/path";
import { StorageError } from "../errors.ts";
import { onFile } from "../files/file_errors.ts";
import type { UnpackOptions } from "./unpack.ts";
import { quote } from "./unpack_fault.ts";
import { linkCourse, treeFault, treeSegments } from "./unpack_names.ts";

// As Linux: path_resolution(7).
const MAX_LINKS = 40;

/**
 * Moves the content of trees into a directory. Directories are merged, files
 * and symbolic links replace what is there under their names. What lies in two
 * of the trees goes with the one listed first; a tree that is not there has
 * no content.
 *
 * Nothing is written through a symbolic link in the directory. Symbolic links
 * that would lead out of it from their new place are refused. Everything is
 * looked at before the first file is moved.
 *
 * @param fromDir Unpacked by {@linkcode unpackInto}, on the same file system.
 * @param toDir Is there already, and may itself be reached through links.
 * @param prefixes Paths of the trees, relative to `fromDir`, with `/`.
 * @throws {StorageError} With code `access-denied` if a symbolic link stands
 * where a directory should be, `wrong-file-type` if a directory stands where a
 * file should be or the other way round, `corrupt` if a tree or a link is
 * refused.
 */
export async function mergeTree(
  fromDir: string,
  toDir: string,
  prefixes: readonly string[],
  { signal }: UnpackOptions = {},
): Promise<void> {
  const merge = new Merge(toDir, signal);
  for (const prefix of prefixes) {
    const fault = treeFault(prefix);
    if (fault !== undefined) {
      throw corrupt(quote(prefix), `it ${fault}`);
    }
    const tree = await treeAt(fromDir, prefix);
    if (tree !== undefined) await merge.plan(tree, "");
  }
  await merge.run();
}

/** What can stand at a path. */
type Kind = "file" | "directory" | "link" | "other";

/** Something to be moved. */
interface Move {
  readonly from: string;
  /** Relative to the directory that is merged into, with `/`. */
  readonly to: string;
  readonly kind: Kind;
}

class Merge {
  readonly #toDir: string;
  readonly #signal: AbortSignal | undefined;
  /** Parents before what is in them. */
  readonly #moves = new Map<string, Move>();

  constructor(toDir: string, signal: AbortSignal | undefined) {
    this.#toDir = toDir;
    this.#signal = signal;
  }

  async plan(dir: string, prefix: string): Promise<void> {
    this.#signal?.throwIfAborted();
    const entries = await onFile(
      "read the directory",
      dir,
      () => Array.fromAsync(Deno.readDir(dir)),
    );
    for (const entry of entries) {
      const from = join(dir, entry.name);
      const to = `${prefix}${entry.name}`;
      const kind = kindOfEntry(entry);
      if (kind === "other") throw corrupt(from, "it is a special file");
      const earlier = this.#moves.get(to)?.kind;
      if (earlier === undefined) {
        await this.#checkPlace(to, kind);
        this.#moves.set(to, { from, to, kind });
      } else if (earlier !== "directory" || kind !== "directory") {
        // Of an earlier tree, which goes first.
        if (earlier === "directory" || kind === "directory") {
          throw inTheWay(join(this.#toDir, to), earlier);
        }
        continue;
      }
      if (kind === "directory") await this.plan(from, `${to}/`);
    }
  }

  async run(): Promise<void> {
    const moves = [...this.#moves.values()];
    const links = moves.filter(({ kind }) => kind === "link");
    for (const link of links) await this.#checkLink(link);
    for (const { from, to, kind } of moves) {
      this.#signal?.throwIfAborted();
      const full = join(this.#toDir, to);
      if (kind === "directory") await this.#makeDirectory(from, full);
      else if (kind === "file") await this.#move(from, full);
    }
    // Links last: no file is ever written below one of them.
    for (const { from, to } of links) {
      await this.#move(from, join(this.#toDir, to));
    }
  }

  /** Whether what stands there lets this be put in its place. */
  async #checkPlace(to: string, kind: Kind): Promise<void> {
    const full = join(this.#toDir, to);
    const there = await kindOf(full);
    if (there === undefined) return;
    if ((there === "directory") !== (kind === "directory")) {
      throw inTheWay(full, there);
    }
  }

  async #makeDirectory(from: string, full: string): Promise<void> {
    const { mode } = await onFile("look at", from, () => Deno.lstat(from));
    await onFile("write", full, async () => {
      try {
        await Deno.mkdir(full);
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
        // Another archive may have made it a moment ago.
        const there = await kindOf(full);
        if (there !== "directory") throw inTheWay(full, there);
        return;
      }
      const canHaveMode = mode !== null && Deno.build.os !== "windows";
      if (canHaveMode) await Deno.chmod(full, mode & 0o777);
    });
  }

  /**
   * Renames: what stands there is replaced, links too, which are not followed.
   * A directory cannot be replaced in this way, so that none becomes a link
   * between being looked at and being written into.
   */
  #move(from: string, full: string): Promise<void> {
    return onFile("write", full, () => Deno.rename(from, full));
  }

  async #checkLink({ from, to }: Move): Promise<void> {
    const target = await readLink(from);
    const fault = await this.#linkFault(to, target, MAX_LINKS);
    if (fault === undefined) return;
    throw corrupt(
      join(this.#toDir, to),
      `it would be a link that ${fault}: ${quote(target)}`,
    );
  }

  /**
   * Goes where a link will lead, also through other links: those that stand in
   * the directory already may have been made by anybody.
   */
  async #linkFault(
    path: string,
    target: string,
    linksLeft: number,
  ): Promise<string | undefined> {
    const course = linkCourse(path, target);
    if (course.fault !== undefined) return course.fault;
    for (const left of course.value.left) {
      if (!await this.#isTrueDirectory(left)) {
        return "goes back out of what is no directory";
      }
    }
    const segments = course.value.destination.split("/").filter(Boolean);
    for (let count = 1; count <= segments.length; count++) {
      const part = segments.slice(0, count).join("/");
      const full = this.#moves.get(part)?.from ?? join(this.#toDir, part);
      if (await kindOf(full) !== "link") continue;
      if (linksLeft === 0) return "leads through too many others";
      const rest = [await readLink(full), ...segments.slice(count)].join("/");
      return await this.#linkFault(part, rest, linksLeft - 1);
    }
    return undefined;
  }

  /** Nor may there be a link above it: that could be replaced later. */
  async #isTrueDirectory(path: string): Promise<boolean> {
    const segments = path.split("/");
    for (let count = 1; count <= segments.length; count++) {
      const part = segments.slice(0, count).join("/");
      const kind = this.#moves.get(part)?.kind ??
        await kindOf(join(this.#toDir, part));
      if (kind !== "directory") return false;
    }
    return true;
  }
}

/** Where a listed tree is, if it is there. */
async function treeAt(
  fromDir: string,
  prefix: string,
): Promise<string | undefined> {
  let path = fromDir;
  for (const segment of treeSegments(prefix)) {
    path = join(path, segment);
    const kind = await kindOf(path);
    if (kind === undefined) return undefined;
    if (kind !== "directory") {
      throw corrupt(quote(prefix), `it is no directory, but a ${kind}`);
    }
  }
  return path;
}

/** What stands at a path, links not followed. */
function kindOf(path: string): Promise<Kind | undefined> {
  return onFile("look at", path, async () => {
    try {
      return kindOfEntry(await Deno.lstat(path));
    } catch (error) {
      const isAbsent = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory;
      if (isAbsent) return undefined;
      throw error;
    }
  });
}

async function readLink(path: string): Promise<string> {
  const target = await onFile("read", path, () => Deno.readLink(path));
  return Deno.build.os === "windows" ? target.replaceAll("\\", "/") : target;
}

function kindOfEntry(entry: Omit<Deno.DirEntry, "name">): Kind {
  if (entry.isSymlink) return "link";
  if (entry.isDirectory) return "directory";
  return entry.isFile ? "file" : "other";
}

function inTheWay(path: string, kind: Kind | undefined): StorageError {
  const context = { operation: "write", location: path };
  return kind === "link"
    ? new StorageError(
      "access-denied",
      "a symbolic link stands where a directory should be",
      context,
    )
    : new StorageError(
      "wrong-file-type",
      kind === "directory"
        ? "a directory stands where a file should be"
        : "a file stands where a directory should be",
      context,
    );
}

function corrupt(path: string, reason: string): StorageError {
  return new StorageError("corrupt", reason, {
    operation: "merge",
    location: path,
  });
}
