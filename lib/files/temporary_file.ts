/**
 * Files that appear under their own name only when they are complete.
 *
 * @module
 */

import { StorageError } from "../errors.ts";
import { onFile } from "./file_errors.ts";
import { temporaryPathFor } from "./temporary_name.ts";

/** Options of {@linkcode TemporaryFile.commit}. */
export interface CommitOptions {
  /** What the file's modification time is set to. */
  readonly modifiedAt?: Date;
  /** Whether what has the name already is replaced. @default {true} */
  readonly replace?: boolean;
}

/**
 * A file with a temporary name in the directory of its final one. Commit it, or
 * dispose of it, which removes it when it was not committed.
 */
export class TemporaryFile implements AsyncDisposable {
  /** Its final path. */
  readonly path: string;
  readonly #temporary: string;
  readonly #file: Deno.FsFile;
  #state: "open" | "closed" | "done" = "open";
  /** Writes follow one another: a file has one position. */
  #writes: Promise<void> = Promise.resolve();

  private constructor(path: string, temporary: string, file: Deno.FsFile) {
    this.path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /**
   * @throws {StorageError} If the directory does not exist or cannot be
   * written to.
   */
  static async create(path: string): Promise<TemporaryFile> {
    const temporary = temporaryPathFor(path);
    const file = await onFile(
      "write",
      path,
      () => Deno.open(temporary, { write: true, createNew: true }),
    );
    return new TemporaryFile(path, temporary, file);
  }

  /** Writes bytes at a position. Calls may overlap. */
  writeAt(position: number, bytes: Uint8Array): Promise<void> {
    const write = this.#writes.then(() =>
      onFile("write", this.path, async () => {
        await this.#file.seek(position, Deno.SeekMode.Start);
        for (let written = 0; written < bytes.length;) {
          written += await this.#file.write(bytes.subarray(written));
        }
      })
    );
    this.#writes = write.catch(() => {});
    return write;
  }

  /** Writes all of a stream from the beginning. */
  async writeStream(stream: ReadableStream<Uint8Array>): Promise<void> {
    let position = 0;
    for await (const chunk of stream) {
      await this.writeAt(position, chunk);
      position += chunk.length;
    }
  }

  /** Where its content is until it is committed. */
  get temporaryPath(): string {
    return this.#temporary;
  }

  /** Waits until all that was written is on the disk. */
  async flush(): Promise<void> {
    await this.#writes;
    await onFile("write", this.path, () => this.#file.sync());
  }

  /**
   * Flushes it to the disk and gives it its own name.
   *
   * @throws {StorageError} With code `precondition-failed` if something has
   * that name already and `replace` is false.
   */
  commit(options: CommitOptions = {}): Promise<Deno.FileInfo> {
    return onFile("write", this.path, async () => {
      await this.#writes;
      if (options.modifiedAt !== undefined) {
        await this.#file.utime(new Date(), options.modifiedAt);
      }
      await this.#file.sync();
      const stat = await this.#file.stat();
      this.#close();
      if (options.replace ?? true) {
        await Deno.rename(this.#temporary, this.path);
      } else {
        await this.#takeFreeName();
      }
      this.#state = "done";
      return stat;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "done") return;
    await this.#writes;
    this.#close();
    await onFile("remove", this.#temporary, async () => {
      await Deno.remove(this.#temporary).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    });
    this.#state = "done";
  }

  /** A hard link is made only where nothing has the name yet. */
  async #takeFreeName(): Promise<void> {
    try {
      await Deno.link(this.#temporary, this.path);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      throw new StorageError("precondition-failed", "it is there already", {
        operation: "write",
        location: this.path,
        cause: error,
      });
    }
    await Deno.remove(this.#temporary);
  }

  #close(): void {
    if (this.#state === "open") this.#file.close();
    this.#state = "closed";
  }
}

/** Writes a file whole or not at all. */
export async function writeFileWhole(
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  await using file = await TemporaryFile.create(path);
  await file.writeAt(0, bytes);
  await file.commit();
}
