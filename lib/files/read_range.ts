/**
 * Reading a part of a file as a stream.
 *
 * @module
 */

import { StorageError } from "../errors.ts";
import { onFile } from "./file_errors.ts";

/** Streams the next bytes of a file, and closes it. */
export function readRange(
  file: Deno.FsFile,
  length: number,
  path: string,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = length;
  let pulled: Promise<void> = Promise.resolve();
  let cancelled = false;
  const pull = async (
    controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
  ) => {
    signal?.throwIfAborted();
    if (left <= 0) {
      file.close();
      controller.close();
      return;
    }
    const chunk = new Uint8Array(Math.min(left, 256 * 1024));
    const read = await onFile("read", path, () => file.read(chunk));
    if (read === null) {
      throw new StorageError(
        "source-changed",
        "it became shorter while it was read",
        { operation: "read", location: path },
      );
    }
    if (cancelled) return;
    left -= read;
    controller.enqueue(chunk.subarray(0, read));
  };
  return new ReadableStream({
    pull: (controller) =>
      pulled = pull(controller).catch((error) => {
        file.close();
        throw error;
      }),
    async cancel() {
      cancelled = true;
      // Deno fails a read that is pending when its file is closed.
      await pulled;
      file.close();
    },
  }, { highWaterMark: 0 });
}
