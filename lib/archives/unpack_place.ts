/**
 * Directories that appear under their own name only when they are complete.
 *
 * @module
 */

import { StorageError } from "../errors.ts";
import { onFile } from "../files/file_errors.ts";
import { temporaryPathFor } from "../files/temporary_name.ts";

/**
 * A directory with a temporary name beside its final one. Commit it, or dispose
 * of it, which removes it when it was not committed.
 */
export class TemporaryDirectory implements AsyncDisposable {
  /** Where it is for the time being. */
  readonly path: string;
  readonly #target: string;
  #isCommitted = false;

  private constructor(path: string, target: string) {
    this.path = path;
    this.#target = target;
  }

  /** @throws {StorageError} If the directory above cannot be written to. */
  static async create(target: string): Promise<TemporaryDirectory> {
    const path = temporaryPathFor(target);
    await onFile("write", target, () => Deno.mkdir(path));
    return new TemporaryDirectory(path, target);
  }

  /**
   * Gives it its own name. What stood there (a directory, or a symbolic link,
   * which is not followed) is moved aside and then removed.
   */
  async commit(): Promise<void> {
    const old = temporaryPathFor(this.#target);
    const isReplacing = await onFile(
      "write",
      this.#target,
      () => moveAside(this.#target, old),
    );
    try {
      await onFile(
        "write",
        this.#target,
        () => Deno.rename(this.path, this.#target),
      );
    } catch (error) {
      if (isReplacing) await Deno.rename(old, this.#target).catch(() => {});
      throw error;
    }
    this.#isCommitted = true;
    if (isReplacing) await remove(old);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isCommitted) await remove(this.path);
  }
}

async function moveAside(path: string, aside: string): Promise<boolean> {
  try {
    const { isDirectory, isSymlink } = await Deno.lstat(path);
    if (!isDirectory && !isSymlink) {
      throw new StorageError(
        "wrong-file-type",
        "a file stands where a directory should be",
        { operation: "write", location: path },
      );
    }
    await Deno.rename(path, aside);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function remove(path: string): Promise<void> {
  return onFile("remove", path, () => Deno.remove(path, { recursive: true }));
}
