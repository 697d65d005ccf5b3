/**
 * The bytes of a compressed archive, in the portions that its format asks for.
 *
 * @module
 */

import type { FileSource } from "../files/file_source.ts";
import { ArchiveFault } from "./unpack_fault.ts";

const CHUNK = 256 * 1024;

/** Reads a file from its beginning to its end. */
export class ArchiveInput {
  readonly #source: FileSource;
  #position = 0;
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array();

  constructor(source: FileSource) {
    this.#source = source;
  }

  /** Whatever comes next, or `undefined` at the end. */
  async chunk(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!await this.#fill(1)) return undefined;
    const chunk = this.#buffer;
    this.#buffer = new Uint8Array();
    return chunk;
  }

  /** Whether nothing comes any more. */
  async isAtEnd(): Promise<boolean> {
    return !await this.#fill(1);
  }

  /**
   * The next bytes, which stay to be taken.
   *
   * @param length How many, at most some hundred thousand.
   * @throws {ArchiveFault} If there are fewer.
   */
  async peek(length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!await this.#fill(length)) {
      throw new ArchiveFault("the archive is truncated");
    }
    return this.#buffer.subarray(0, length);
  }

  /** The next bytes. @throws {ArchiveFault} If there are fewer. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.peek(length);
    this.#buffer = this.#buffer.subarray(length);
    return bytes;
  }

  /** Passes bytes over. @throws {ArchiveFault} If there are fewer. */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) {
      left -= (await this.take(Math.min(left, CHUNK))).length;
    }
  }

  async #fill(length: number): Promise<boolean> {
    const missing = length - this.#buffer.length;
    if (missing <= 0) return true;
    const left = this.#source.size - this.#position;
    if (left < missing) return false;
    const next = await this.#source.read(
      this.#position,
      Math.min(left, Math.max(CHUNK, missing)),
    );
    this.#position += next.length;
    if (this.#buffer.length === 0) {
      this.#buffer = next;
    } else {
      const joined = new Uint8Array(this.#buffer.length + next.length);
      joined.set(this.#buffer);
      joined.set(next, this.#buffer.length);
      this.#buffer = joined;
    }
    return true;
  }
}
