/**
 * The files of a directory that an upload takes.
 *
 * @module
 */

import { join } from "@std/path";
import { comparePaths } from "../code_point_order.ts";
import { StorageError } from "../errors.ts";
import { type FileNameMatcher, matchAny } from "../glob.ts";
import { segmentFault } from "../path_segment.ts";
import { onFile } from "./file_errors.ts";
import { TEMPORARY_PREFIX } from "./temporary_name.ts";

/** Which files {@linkcode walkFiles} takes. */
export interface WalkOptions {
  /**
   * Patterns of file names, at any depth: a file is taken when one matches.
   * Absent or empty for all.
   */
  readonly include?: readonly string[];
  /** Patterns of file names that are not taken, whatever `include` says. */
  readonly exclude?: readonly string[];
  /** Ends the walk early, with its reason. */
  readonly signal?: AbortSignal;
}

/** What was found in a directory. */
export interface FoundFiles {
  /** Paths relative to the directory, with `/`, in code point order. */
  readonly files: readonly string[];
  /** Symbolic links that would have been taken if they were files. */
  readonly links: readonly string[];
  /** Sockets, pipes and devices of matching names. */
  readonly special: readonly string[];
  /** What could not be looked at, or has a name that no object can have. */
  readonly failures: readonly WalkFailure[];
}

/** A file or directory that could not be taken. */
export interface WalkFailure {
  /** Path relative to the directory. */
  readonly path: string;
  readonly error: StorageError;
}

/**
 * Finds files at all depths. Symbolic links are not followed and not taken;
 * what cannot be read is reported and does not end the walk.
 *
 * @throws {StorageError} If the directory itself cannot be read.
 */
export async function walkFiles(
  dir: string,
  options: WalkOptions = {},
): Promise<FoundFiles> {
  const walk = new Walk(dir, options);
  await walk.enter("");
  return walk.found();
}

class Walk {
  readonly #dir: string;
  readonly #signal: AbortSignal | undefined;
  readonly #included: FileNameMatcher;
  readonly #excluded: FileNameMatcher;
  readonly #files: string[] = [];
  readonly #links: string[] = [];
  readonly #special: string[] = [];
  readonly #failures: WalkFailure[] = [];

  constructor(
    dir: string,
    { include = [], exclude = [], signal }: WalkOptions,
  ) {
    this.#dir = dir;
    this.#signal = signal;
    this.#included = include.length === 0 ? () => true : matchAny(include);
    this.#excluded = matchAny(exclude);
  }

  found(): FoundFiles {
    return {
      files: this.#files.sort(comparePaths),
      links: this.#links.sort(comparePaths),
      special: this.#special.sort(comparePaths),
      failures: this.#failures.sort((a, b) => comparePaths(a.path, b.path)),
    };
  }

  async enter(prefix: string): Promise<void> {
    this.#signal?.throwIfAborted();
    const path = join(this.#dir, prefix);
    const entries = await onFile(
      "read the directory",
      path,
      () => Array.fromAsync(Deno.readDir(path)),
    );
    const seen = new Set<string>();
    for (const entry of entries) {
      const path = `${prefix}${entry.name}`;
      if (seen.has(entry.name) || await this.#isGarbled(path, entry.name)) {
        // Deno shows bytes that are no UTF-8 as U+FFFD: such names may be
        // shown twice, or name nothing at all.
        if (entry.isDirectory || this.#matches(entry.name)) {
          this.#fail(path, "its name is not valid UTF-8: rename it");
        }
      } else if (entry.isDirectory) {
        await this.enter(`${path}/`).catch((error) => {
          if (!(error instanceof StorageError)) throw error;
          this.#failures.push({ path, error });
        });
      } else {
        this.#take(path, entry);
      }
      seen.add(entry.name);
    }
  }

  #take(path: string, entry: Deno.DirEntry): void {
    if (!this.#matches(entry.name)) return;
    if (entry.isSymlink) {
      this.#links.push(path);
    } else if (!entry.isFile) {
      this.#special.push(path);
    } else {
      const [fault] = path.split("/").map(segmentFault)
        .filter((fault) => fault !== undefined);
      if (fault === undefined) this.#files.push(path);
      else this.#fail(path, `its name ${fault}: rename it`);
    }
  }

  #matches(name: string): boolean {
    // What a killed run left behind is nobody's output.
    return !name.startsWith(TEMPORARY_PREFIX) &&
      this.#included(name) && !this.#excluded(name);
  }

  #fail(path: string, reason: string): void {
    const error = new StorageError("invalid-value", reason, {
      operation: "upload",
      location: JSON.stringify(join(this.#dir, path)),
    });
    this.#failures.push({ path, error });
  }

  async #isGarbled(path: string, name: string): Promise<boolean> {
    if (!name.includes("\ufffd")) return false;
    try {
      await Deno.lstat(join(this.#dir, path));
      return false;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return true;
      throw error;
    }
  }
}
