/**
 * The body of an object that is read from S3.
 *
 * @module
 */

import { RunOutputsError, StorageError } from "../errors.ts";
import { fromS3Error } from "./s3_errors.ts";

/**
 * The same bytes. A connection that breaks is an error of ours, and an aborted
 * signal closes the connection, so that it cannot keep the process from ending.
 *
 * @param location Of the object, for messages.
 */
export function s3Body(
  body: ReadableStream<Uint8Array>,
  location: string,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  const giveUp = () => {
    reader.cancel(signal?.reason).catch(() => {});
  };
  signal?.addEventListener("abort", giveUp, { once: true });
  const finish = () => signal?.removeEventListener("abort", giveUp);
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        signal?.throwIfAborted();
        if (done) {
          finish();
          controller.close();
        } else {
          controller.enqueue(value as Uint8Array<ArrayBuffer>);
        }
      } catch (error) {
        finish();
        signal?.throwIfAborted();
        throw ours(error, location);
      }
    },
    async cancel(reason) {
      finish();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

function ours(error: unknown, location: string): RunOutputsError {
  const failure = fromS3Error(error, "read", location);
  return failure instanceof RunOutputsError
    ? failure
    : new StorageError("network", "the connection broke", {
      operation: "read",
      location,
      retriable: true,
      cause: error,
    });
}
