/**
 * Looks at the raw headers of a tar archive before modern-tar does, for what
 * modern-tar lets through: members of types that it does not know (they become
 * plain files with the wrong content, as GNU's sparse ones), and extended
 * headers that it reads in part only, or drops.
 *
 * Field offsets and type flags: POSIX.1-2017, "pax", "ustar Interchange Format";
 * base-256 numbers and types `L`, `K` and `S`: GNU tar manual, "Basic Tar Format".
 *
 * @module
 */

import { ArchiveFault, quote, refuseMember } from "./unpack_fault.ts";

const BLOCK = 512;
const MAX_EXTENDED = 1024 * 1024;
const NAME = 0;
const SIZE = 124;
const SIZE_LENGTH = 12;
const TYPE = 156;

const WITH_BODY = "\x0007";
const WITHOUT_BODY = "123456";
const LONG_NAMES = "LK";
const PAX = "xg";
const SPARSE = "S";

const decoder = new TextDecoder();

/** Passes a tar archive on, and looks at it. */
export async function* guardTar(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const guard = new TarGuard();
  for await (const chunk of chunks) {
    guard.look(chunk);
    yield chunk;
  }
}

class TarGuard {
  /** Bytes of bodies that are not looked at. */
  #skip = 0;
  /** What is being collected: a header, or the body of an extended one. */
  #block = new Uint8Array(BLOCK);
  #filled = 0;
  /** Of the extended header that is being collected. */
  #extended: { readonly type: string; readonly size: number } | undefined;
  /** Of the next member. */
  #pax: Map<string, string> | undefined;
  #hasEnded = false;

  /** @throws {ArchiveFault} */
  look(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#hasEnded;) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      const part = chunk.subarray(at, at + this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#block.length) this.#take();
    }
  }

  #take(): void {
    const block = this.#block;
    const extended = this.#extended;
    this.#filled = 0;
    this.#extended = undefined;
    if (extended === undefined) {
      this.#takeHeader(block);
    } else {
      this.#takeExtended(extended.type, block.subarray(0, extended.size));
      this.#block = new Uint8Array(BLOCK);
    }
  }

  #takeHeader(block: Uint8Array): void {
    // What follows is for modern-tar to check: nothing but zeros.
    if (block.every((byte) => byte === 0)) {
      this.#hasEnded = true;
      return;
    }
    const type = String.fromCharCode(block[TYPE] ?? 0);
    const size = parseSize(block);
    if (PAX.includes(type) || LONG_NAMES.includes(type)) {
      if (this.#pax !== undefined) {
        throw new ArchiveFault("its extended headers are in no known order");
      }
      if (size > MAX_EXTENDED) {
        throw new ArchiveFault("it has an extended header of more than 1 MiB");
      }
      if (LONG_NAMES.includes(type)) {
        this.#skip = padded(size);
      } else if (size > 0) {
        this.#extended = { type, size };
        this.#block = new Uint8Array(padded(size));
      }
      return;
    }
    const pax = this.#pax;
    this.#pax = undefined;
    if (WITH_BODY.includes(type)) {
      this.#skip = padded(parseDecimal(pax?.get("size")) ?? size);
    } else if (!WITHOUT_BODY.includes(type)) {
      refuseMember(
        pax?.get("path") ?? text(block, NAME, 100),
        type === SPARSE
          ? "is a sparse file, which is not supported"
          : `is of the unknown type ${quote(type)}`,
      );
    }
  }

  #takeExtended(type: string, bytes: Uint8Array): void {
    const records = new Map(paxRecords(bytes));
    for (const key of records.keys()) {
      if (key.startsWith("GNU.sparse.")) {
        refuseMember(
          records.get("GNU.sparse.name") ?? records.get("path") ?? "",
          "is a sparse file, which is not supported",
        );
      }
      // Of every member that follows: nothing that makes sense.
      if (type === "g" && ["path", "linkpath", "size"].includes(key)) {
        throw new ArchiveFault(`its global header sets ${quote(key)}`);
      }
    }
    if (type === "x") this.#pax = records;
  }
}

function* paxRecords(bytes: Uint8Array): Generator<[string, string]> {
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = decoder.decode(bytes.subarray(at, Math.max(at, space)));
    const end = at + (/^[1-9]\d{0,6}$/.test(length) ? Number(length) : NaN);
    const equals = bytes.indexOf(0x3d, space + 2);
    // Written so that NaN and -1 do not pass either.
    if (!(end <= bytes.length && equals > space && equals < end - 1)) {
      throw new ArchiveFault("it has an extended header that cannot be read");
    }
    if (bytes[end - 1] !== 0x0a) {
      throw new ArchiveFault("it has an extended header that cannot be read");
    }
    yield [
      decoder.decode(bytes.subarray(space + 1, equals)),
      decoder.decode(bytes.subarray(equals + 1, end - 1)),
    ];
    at = end;
  }
}

function parseDecimal(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(Number(value))) {
    throw new ArchiveFault(`it has a member of the size ${quote(value)}`);
  }
  return Number(value);
}

function parseSize(block: Uint8Array): number {
  const field = block.subarray(SIZE, SIZE + SIZE_LENGTH);
  if ((field[0] ?? 0) & 0x80) {
    const size = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    if (field[0] === 0x80 && Number.isSafeInteger(size)) return size;
    throw new ArchiveFault("it has a member of a negative or impossible size");
  }
  const digits = text(block, SIZE, SIZE_LENGTH).replaceAll(" ", "");
  if (!/^[0-7]*$/.test(digits)) {
    throw new ArchiveFault("it is no tar archive, or damaged");
  }
  return parseInt(digits || "0", 8);
}

function text(block: Uint8Array, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return decoder.decode(end === -1 ? field : field.subarray(0, end));
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}
