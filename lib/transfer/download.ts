/**
 * Downloading objects to files, whole and checked or not at all.
 *
 * @module
 */

import { dirname } from "@std/path";
import pMap from "p-map";
import { StorageError } from "../errors.ts";
import { onFile } from "../files/file_errors.ts";
import { sha256OfFile } from "../files/file_digest.ts";
import { isThere } from "../files/file_type.ts";
import { TemporaryFile } from "../files/temporary_file.ts";
import type { OutputLocation } from "../output_location.ts";
import { retry, type RetryPolicy } from "../retry.ts";
import type {
  ObjectInfo,
  ObjectReader,
  ObjectStore,
} from "../storage/object_store.ts";
import { type PartRange, partRanges } from "../storage/parts.ts";

/** Bytes that one request asks for. */
export const RANGE_SIZE = 16 * 1024 * 1024;

/** Ranges of one object in flight. */
const RANGES_AT_ONCE = 4;

/** Options of {@linkcode downloadObject}. */
export interface DownloadOptions {
  /** SHA-256 that the content must have, in lower-case hexadecimal. */
  readonly sha256?: string;
  /** For ranges that break while they are read. */
  readonly retry?: RetryPolicy;
  readonly signal?: AbortSignal;
  /** Told of bytes that have arrived. */
  readonly onBytes?: (bytes: number) => void;
}

/** What became of a download. */
export interface DownloadResult {
  /** In bytes. */
  readonly size: number;
  /** `present`: the file was there already, with the right content. */
  readonly kind: "downloaded" | "present";
}

/**
 * Downloads an object to a file. Large ones arrive in parallel ranges, all of
 * one version of the object.
 *
 * A file that is there already is kept only if its digest is the right one.
 *
 * @throws {StorageError} If it was not downloaded, or is not what it should be;
 * what was there before is still there then.
 */
export async function downloadObject(
  store: ObjectStore,
  location: OutputLocation,
  path: string,
  options: DownloadOptions = {},
): Promise<DownloadResult> {
  const { sha256, signal } = options;
  const info = await requireObject(store, location, signal);
  if (sha256 !== undefined && await isThere(path)) {
    if (await sha256OfFile(path) === sha256) {
      return { size: info.size, kind: "present" };
    }
  }
  await onFile(
    "create",
    dirname(path),
    () => Deno.mkdir(dirname(path), { recursive: true }),
  );
  await using file = await TemporaryFile.create(path);
  await downloadRanges(store, info, file, options);
  await file.flush();
  if (sha256 !== undefined) {
    const actual = await sha256OfFile(file.temporaryPath);
    if (actual !== sha256) {
      throw new StorageError(
        "corrupt",
        `its SHA-256 is ${actual}, and should be ${sha256}`,
        { operation: "download", location: store.describe(location) },
      );
    }
  }
  await file.commit({ modifiedAt: info.modifiedAt });
  return { size: info.size, kind: "downloaded" };
}

/**
 * Reads a small object.
 *
 * @param maxSize Largest size that is taken, in bytes.
 * @throws {StorageError} If there is none, or it is larger.
 */
export async function readSmallObject(
  store: ObjectStore,
  location: OutputLocation,
  maxSize: number,
  options: Pick<DownloadOptions, "retry" | "signal"> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const info = await requireObject(store, location, options.signal);
  if (info.size > maxSize) {
    throw new StorageError("corrupt", `it is larger than ${maxSize} bytes`, {
      operation: "read",
      location: store.describe(location),
    });
  }
  let bytes = new Uint8Array();
  await retryReading(
    () => store.get(location, { ifMatch: info.etag, signal: options.signal }),
    async (body) => {
      bytes = new Uint8Array(await new Response(body).arrayBuffer());
      if (bytes.length !== info.size) throw wrongLength(store, info);
    },
    options,
  );
  return bytes;
}

async function requireObject(
  store: ObjectStore,
  location: OutputLocation,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo> {
  const info = await store.head(location, { signal });
  if (info !== undefined) return info;
  throw new StorageError("not-found", "no such object", {
    operation: "download",
    location: store.describe(location),
  });
}

/** Downloads all ranges. One that fails ends the others too. */
async function downloadRanges(
  store: ObjectStore,
  info: ObjectInfo,
  file: TemporaryFile,
  options: DownloadOptions,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any(
    [failed.signal, options.signal].filter((s) => s !== undefined),
  );
  try {
    await pMap(partRanges(info.size, RANGE_SIZE), async (range) => {
      try {
        signal.throwIfAborted();
        await downloadRange(store, info, range, file, { ...options, signal });
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }, { concurrency: RANGES_AT_ONCE, stopOnError: false });
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  }
}

/** Downloads a range, and goes on where it broke when it breaks. */
async function downloadRange(
  store: ObjectStore,
  info: ObjectInfo,
  { start, length }: PartRange,
  file: TemporaryFile,
  { retry: policy, signal, onBytes }: DownloadOptions,
): Promise<void> {
  const end = start + length;
  let position = start;
  await retryReading(
    () =>
      store.get(info.location, {
        start: position,
        end,
        ifMatch: info.etag,
        signal,
      }),
    async (body) => {
      for await (const chunk of body) {
        if (position + chunk.length > end) throw wrongLength(store, info);
        await file.writeAt(position, chunk);
        position += chunk.length;
        onBytes?.(chunk.length);
      }
      if (position < end) throw wrongLength(store, info);
    },
    { retry: policy, signal },
  );
}

/**
 * Reads a body, and opens it again when it breaks. What cannot be opened is
 * not tried again here: that is the store's to do, and attempts would multiply.
 */
async function retryReading(
  open: () => Promise<ObjectReader>,
  read: (body: ObjectReader["body"]) => Promise<void>,
  { retry: policy, signal }: Pick<DownloadOptions, "retry" | "signal">,
): Promise<void> {
  const failure = await retry(async () => {
    let reader: ObjectReader;
    try {
      reader = await open();
    } catch (error) {
      return { error };
    }
    await read(reader.body);
    return undefined;
  }, { ...policy, signal });
  if (failure !== undefined) throw failure.error;
}

function wrongLength(store: ObjectStore, info: ObjectInfo): StorageError {
  return new StorageError(
    "network",
    "the answer does not have the length that was asked for",
    {
      operation: "download",
      location: store.describe(info.location),
      retriable: true,
    },
  );
}
