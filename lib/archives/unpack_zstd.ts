/**
 * Decompressing zstd (RFC 8878), frame by frame.
 *
 * Node's decompressor, as Deno has it, takes a truncated archive for a whole
 * one, and stops without a word at the end of the first frame, or at a skippable
 * one. So the frames are told apart here, and each gets a decompressor of its
 * own: what is missing or too much cannot go unnoticed.
 *
 * @module
 */

import { pipeline, Readable } from "node:stream";
import { createZstdDecompress } from "node:zlib";
import { RunOutputsError } from "../errors.ts";
import { ArchiveFault } from "./unpack_fault.ts";
import type { ArchiveInput } from "./unpack_input.ts";

const MAGIC = 0xfd2fb528; // section 3.1.1
const SKIPPABLE_MAGIC = 0x184d2a50; // section 3.1.2, with any last four bits
const MAX_BLOCK = 128 * 1024; // section 3.1.1.2.4
const RLE = 1;
const RESERVED = 3;
const DICTIONARY_ID_SIZES = [0, 1, 2, 4];

/** @throws {ArchiveFault} If the input is not whole, or not zstd. */
export async function* unzstd(
  input: ArchiveInput,
): AsyncGenerator<Uint8Array> {
  do {
    const magic = uint32(await input.peek(4));
    if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) {
      const header = await input.take(8);
      await input.skip(uint32(header.subarray(4)));
    } else if (magic === MAGIC) {
      yield* decodeFrame(input);
    } else {
      throw new ArchiveFault("it is no zstd archive, or damaged");
    }
  } while (!await input.isAtEnd());
}

async function* decodeFrame(input: ArchiveInput): AsyncGenerator<Uint8Array> {
  const decoder = createZstdDecompress();
  const compressed = Readable.from(frame(input), { objectMode: false });
  // What fails on the way comes out of the decoder below.
  pipeline(compressed, decoder, () => {});
  try {
    for await (const chunk of decoder) yield chunk;
  } catch (error) {
    const isOurs = error instanceof ArchiveFault ||
      error instanceof RunOutputsError;
    if (isOurs) throw error;
    throw new ArchiveFault(
      "its zstd data is damaged or needs too much memory",
      {
        cause: error,
      },
    );
  }
}

/** The bytes of one frame. */
async function* frame(input: ArchiveInput): AsyncGenerator<Uint8Array> {
  // Frame_Header_Descriptor, section 3.1.1.1.1
  const descriptor = (await input.peek(5))[4] ?? 0;
  const sizeFlag = descriptor >> 6;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 0x04) !== 0;
  const dictionaryIdSize = DICTIONARY_ID_SIZES[descriptor & 3] ?? 0;
  const sizeSize = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag;
  yield await input.take(
    5 + (isSingleSegment ? 0 : 1) + dictionaryIdSize + sizeSize,
  );
  for (let isLast = false; !isLast;) {
    // Block_Header, section 3.1.1.2
    const [a = 0, b = 0, c = 0] = await input.peek(3);
    const header = a | b << 8 | c << 16;
    isLast = (header & 1) === 1;
    const type = header >> 1 & 3;
    const size = header >> 3;
    if (type === RESERVED || size > MAX_BLOCK) {
      throw new ArchiveFault("its zstd data is damaged");
    }
    const blockEnd = 3 + (type === RLE ? 1 : size);
    yield await input.take(blockEnd + (isLast && hasChecksum ? 4 : 0));
  }
}

function uint32(bytes: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return (a | b << 8 | c << 16 | d << 24) >>> 0;
}
