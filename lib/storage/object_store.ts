/**
 * The contract of a store of objects. Drivers implement it, decorators add to
 * it, and only the backends above it hold policy.
 *
 * Rules for all implementations:
 *
 * - **Errors.** What fails for a reason of the store, the network or the file
 *   system is a `StorageError`; its `retriable` says whether the same request
 *   may succeed when made again. Anything else that is thrown is a programming
 *   error and passes through.
 * - **Retries.** Drivers make one attempt. `RetryingStore` repeats.
 * - **Repeats.** Every operation may be repeated: storing an object twice is
 *   the same as storing it once.
 * - **Whole or not at all.** An object appears under its name when it is
 *   complete, replacing what was there; a failed `put` or an upload that was
 *   not completed leaves what was there before.
 * - **Concurrency.** All methods may be called concurrently.
 * - **Signals.** An aborted signal ends an operation early, with its reason.
 *
 * @module
 */

import type { OutputLocation } from "../output_location.ts";

/** What a store knows of an object. */
export interface ObjectInfo {
  /** Bucket and key. */
  readonly location: OutputLocation;
  /** In bytes. */
  readonly size: number;
  /** Names this version of the object; compare it, do not take it apart. */
  readonly etag?: string;
  /** Absent where the store does not say, as S3 in listings. */
  readonly contentType?: string;
  /** The source's own time where the store keeps it, else when it was stored. */
  readonly modifiedAt?: Date;
  /** What was stored with it, by stores that can; absent in listings. */
  readonly metadata?: ObjectMetadata;
}

/**
 * Short texts that are stored with an object: lower-case names, values of
 * printable ASCII.
 */
export type ObjectMetadata = Readonly<Record<string, string>>;

/**
 * What must hold of the object that is stored under the name so far, or nothing
 * is stored and the operation fails with `precondition-failed`.
 *
 * A store without conditional requests fails with `not-supported`, or, for an
 * object in parts, may ignore it.
 */
export type PutCondition =
  /** There is none. */
  | { readonly ifNoneMatch: "*" }
  /** It has this ETag. */
  | { readonly ifMatch: string };

/** The content of an object that is to be stored. */
export interface ObjectBody {
  /** Where it comes from, for messages. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Reads all of it; called again when the request is repeated. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Options that every operation takes. */
export interface OperationOptions {
  /** Ends the operation early, with its reason. */
  readonly signal?: AbortSignal;
}

/** Options of {@linkcode ObjectStore.put} and `beginMultipart`. */
export interface PutOptions extends OperationOptions {
  /** What the object is served as, by stores that keep it. */
  readonly contentType: string;
  /** Kept by stores that can. */
  readonly modifiedAt?: Date;
  /** Kept by stores that can. */
  readonly metadata?: ObjectMetadata;
  /** Checked when the object would appear. */
  readonly condition?: PutCondition;
}

/** Options of {@linkcode ObjectStore.get}. */
export interface GetOptions extends OperationOptions {
  /** First byte. @default {0} */
  readonly start?: number;
  /** First byte that is not wanted; absent for all to the end. */
  readonly end?: number;
  /** Fails with `precondition-failed` unless the object has this ETag. */
  readonly ifMatch?: string;
}

/** An object that is being read. Its body must be read to the end or cancelled. */
export interface ObjectReader {
  /** Of the whole object, also where a range of it was asked for. */
  readonly info: ObjectInfo;
  /** The bytes that were asked for. Fails with a `StorageError`. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Options of {@linkcode ObjectStore.list}. */
export interface ListOptions extends OperationOptions {
  /** Only objects directly below, not those in deeper "directories". */
  readonly shallow?: boolean;
  /** Only objects whose key is after this one. */
  readonly startAfter?: string;
}

/** One part of an object that is sent in parts. */
export interface ObjectPart {
  /** Counts from 1. */
  readonly number: number;
  /** All parts but the last have the same size. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** An object that is being sent in parts: completed or aborted in the end. */
export interface MultipartUpload {
  /** Sends a part. Parts may be sent in any order, at once, and again. */
  putPart(part: ObjectPart, options?: OperationOptions): Promise<void>;
  /** Makes the object of its parts appear. */
  complete(options?: OperationOptions): Promise<ObjectInfo>;
  /** Drops what was sent. Does not fail where nothing is left to drop. */
  abort(): Promise<void>;
}

/** A store of objects. See the rules at the top of this module. */
export interface ObjectStore {
  /** The largest object, in bytes, that is sent with `put` and not in parts. */
  readonly maxPutSize: number;

  /** Where a location is in this store, for messages: a URI or a path. */
  describe(location: OutputLocation): string;

  /** Stores an object in one go. */
  put(
    location: OutputLocation,
    body: ObjectBody,
    options: PutOptions,
  ): Promise<ObjectInfo>;

  /**
   * Begins to store an object in parts.
   *
   * @param partSize Size of all parts but the last, in bytes.
   */
  beginMultipart(
    location: OutputLocation,
    partSize: number,
    options: PutOptions,
  ): Promise<MultipartUpload>;

  /** Reads an object, or a range of it. Fails with `not-found`. */
  get(location: OutputLocation, options?: GetOptions): Promise<ObjectReader>;

  /** What the store knows of an object; `undefined` where there is none. */
  head(
    location: OutputLocation,
    options?: OperationOptions,
  ): Promise<ObjectInfo | undefined>;

  /**
   * Lists all objects below a location (`{relativePath}/...`), in the order of
   * their keys by code point, to the end, however the store cuts its pages.
   */
  list(
    below: OutputLocation,
    options?: ListOptions,
  ): AsyncIterable<ObjectInfo>;

  /** Releases connections. The store must not be used afterwards. */
  close(): Promise<void>;
}

/** A body of bytes that are already in memory. */
export function bytesBody(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): ObjectBody {
  return { name, size: bytes.length, bytes: () => Promise.resolve(bytes) };
}
