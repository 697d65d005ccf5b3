/**
 * A file that is read in parts while it is uploaded.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { StorageError } from "../errors.ts";
import { onFile } from "./file_errors.ts";

const CHUNK = 1024 * 1024;

/** An open file whose size and modification time are known. */
export class FileSource implements AsyncDisposable {
  readonly path: string;
  /** In bytes, when it was opened. */
  readonly size: number;
  readonly modifiedAt: Date | undefined;
  readonly #file: Deno.FsFile;
  /** Reads follow one another: a file has one position. */
  #reads: Promise<unknown> = Promise.resolve();
  readonly #hash = createHash("sha256");
  /** Bytes from the beginning that the hash has seen. */
  #digested = 0;
  #digest: string | undefined;

  private constructor(path: string, file: Deno.FsFile, stat: Deno.FileInfo) {
    this.path = path;
    this.size = stat.size;
    this.modifiedAt = stat.mtime ?? undefined;
    this.#file = file;
  }

  /** @throws {StorageError} If it is no file, or cannot be read. */
  static open(path: string): Promise<FileSource> {
    return onFile("read", path, async () => {
      // A pipe would hold whoever opens it until somebody writes to it.
      checkIsFile(await Deno.stat(path), path);
      const file = await Deno.open(path);
      try {
        const stat = await file.stat();
        checkIsFile(stat, path);
        return new FileSource(path, file, stat);
      } catch (error) {
        file.close();
        throw error;
      }
    });
  }

  /**
   * Reads a range.
   *
   * @throws {StorageError} If the file has become shorter meanwhile.
   */
  async read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    await this.readInto(start, bytes);
    return bytes;
  }

  /**
   * Reads a range, as long as the buffer. Calls may overlap; they are carried
   * out in their order.
   *
   * @throws {StorageError} If the file has become shorter meanwhile.
   */
  readInto(start: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const read = this.#reads.then(() =>
      onFile("read", this.path, async () => {
        await this.#file.seek(start, Deno.SeekMode.Start);
        for (let filled = 0; filled < bytes.length;) {
          const count = await this.#file.read(bytes.subarray(filled));
          if (count === null) throw this.#changed();
          filled += count;
        }
        this.#addToDigest(start, bytes);
      })
    );
    this.#reads = read.catch(() => {});
    return read;
  }

  /**
   * The SHA-256 of the file, in lower-case hexadecimal: at no cost once it has
   * been read from beginning to end, in order.
   */
  async digest(): Promise<string> {
    const buffer = new Uint8Array(CHUNK);
    while (this.#digested < this.size) {
      const left = this.size - this.#digested;
      await this.readInto(
        this.#digested,
        left < CHUNK ? buffer.subarray(0, left) : buffer,
      );
    }
    return this.#digest ??= this.#hash.digest("hex");
  }

  /**
   * Makes sure that the file is still the one that was opened.
   *
   * @throws {StorageError} If its size or modification time is another.
   */
  async checkUnchanged(): Promise<void> {
    const stat = await onFile("read", this.path, () => Deno.stat(this.path));
    if (
      stat.size !== this.size ||
      stat.mtime?.getTime() !== this.modifiedAt?.getTime()
    ) throw this.#changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Deno fails a read that is pending when its file is closed.
    await this.#reads;
    this.#file.close();
  }

  #addToDigest(start: number, bytes: Uint8Array): void {
    if (start > this.#digested) return;
    const fresh = bytes.subarray(this.#digested - start);
    if (fresh.length === 0) return;
    this.#hash.update(fresh);
    this.#digested += fresh.length;
  }

  #changed(): StorageError {
    return new StorageError(
      "source-changed",
      "the file changed while it was being read",
      { operation: "upload", location: this.path },
    );
  }
}

function checkIsFile(stat: Deno.FileInfo, path: string): void {
  if (stat.isFile) return;
  throw new StorageError(
    "wrong-file-type",
    stat.isDirectory ? "it is a directory" : "it is not a regular file",
    { operation: "read", location: path },
  );
}
