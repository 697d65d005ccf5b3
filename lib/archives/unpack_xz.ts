/**
 * Decompressing xz.
 *
 * @module
 */

// CommonJS in one bundle: Deno sees no named exports in it.
import xzDecompress from "xz-decompress";
import { ArchiveFault } from "./unpack_fault.ts";
import type { ArchiveInput } from "./unpack_input.ts";

const { XzReadableStream } = xzDecompress;

/** `enum xz_ret` of XZ Embedded's `xz.h`, which the library is made of. */
const REASONS: Readonly<Record<string, string>> = {
  3: "there is not enough memory to unpack it",
  4: "it needs more than 64 MiB for its dictionary",
  5: "it is no xz archive",
  6: "it is damaged, or made with an xz filter or check other than LZMA2 with " +
    "CRC32 or CRC64",
  7: "its xz data is damaged",
  8: "the archive is truncated",
};

/**
 * Concatenated streams and padding are taken as the format has it (section 2
 * of the ".xz File Format" specification).
 *
 * @throws {ArchiveFault} If the input is not whole, or not xz.
 */
export async function* unxz(
  input: ArchiveInput,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (await input.isAtEnd()) throw new ArchiveFault("the archive is empty");
  using _turn = await takeTurn(signal);
  let failure: unknown;
  const compressed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const chunk = await input.chunk();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      } catch (error) {
        failure = error;
        throw error;
      }
    },
    // Nothing is read ahead: no read is under way when the file is closed.
  }, { highWaterMark: 0 });
  const reader = new XzReadableStream(compressed).getReader();
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.length > 0) yield value;
    }
  } catch (error) {
    if (failure !== undefined) throw failure;
    const code = /error code (\d+)/.exec(`${error}`)?.[1] ?? "";
    throw new ArchiveFault(REASONS[code] ?? "its xz data is damaged", {
      cause: error,
    });
  } finally {
    await reader.cancel().catch(() => {});
  }
}

let lastTurn: Promise<void> = Promise.resolve();

/**
 * The library decompresses one archive at a time: others wait. A stream of it
 * that is cancelled while it waits ends the turn of another, so the waiting is
 * done here.
 */
async function takeTurn(signal?: AbortSignal): Promise<Disposable> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const before = lastTurn;
  lastTurn = before.then(() => promise);
  try {
    await unlessAborted(before, signal);
  } catch (error) {
    resolve();
    throw error;
  }
  return { [Symbol.dispose]: resolve };
}

async function unlessAborted(
  wait: Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  if (signal === undefined) return await wait;
  const aborted = Promise.withResolvers<void>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    await Promise.race([wait, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
