/**
 * A store in S3, or in a store that speaks its protocol.
 *
 * @module
 */

import { withGrace } from "./grace.ts";
import type { OutputLocation } from "../output_location.ts";
import { type ErrorCode, StorageError } from "../errors.ts";
import type {
  GetOptions,
  ListOptions,
  MultipartUpload,
  ObjectBody,
  ObjectInfo,
  ObjectReader,
  ObjectStore,
  OperationOptions,
  PutOptions,
} from "./object_store.ts";
import { type LoadedS3, loadS3, type S3Options } from "./s3_client.ts";
import { fromS3Error } from "./s3_errors.ts";
import { s3Body } from "./s3_body.ts";
import { quoted } from "./s3_etag.ts";
import { S3MultipartUpload } from "./s3_multipart.ts";
import {
  conditionOf,
  keyOf,
  listed,
  rangeOf,
  required,
  sizeOf,
} from "./s3_requests.ts";

/** Options of {@linkcode S3Store}. */
export interface S3StoreOptions extends S3Options {
  /**
   * Largest object that is sent in one request, in bytes; what is larger is
   * sent in parts. @default {8388608}
   */
  readonly maxPutSize?: number;
}

/**
 * An {@linkcode ObjectStore} in S3. The SDK is loaded at the first request.
 *
 * @example
 * ```ts ignore
 * import { OutputLocation } from "../output_location.ts";
 * import { S3Store } from "./s3_store.ts";
 *
 * const store = new S3Store({ region: "us-east-2" });
 * const run = new OutputLocation("therock-ci-artifacts", "12345678901-linux");
 * const sizes = new Map<string, number>();
 * for await (const { location, size } of store.list(run, { shallow: true })) {
 *   sizes.set(location.name, size);
 * }
 * await store.close();
 * ```
 */
export class S3Store implements ObjectStore {
  readonly maxPutSize: number;
  readonly #options: S3StoreOptions;
  /** One promise, so that parallel first requests share one client. */
  #loaded: Promise<LoadedS3> | undefined;
  /** Buckets that are known to exist. */
  readonly #buckets = new Map<string, Promise<void>>();

  /** Makes no request and looks for no credentials yet. */
  constructor(options: S3StoreOptions = {}) {
    this.#options = options;
    this.maxPutSize = options.maxPutSize ?? 8 * 1024 * 1024;
  }

  describe(location: OutputLocation): string {
    return location.s3Uri;
  }

  async put(
    location: OutputLocation,
    body: ObjectBody,
    options: PutOptions,
  ): Promise<ObjectInfo> {
    options.signal?.throwIfAborted();
    const bytes = await body.bytes();
    const answer = await this.#send(
      "upload",
      location,
      ({ sdk, client }) =>
        client.send(
          new sdk.PutObjectCommand({
            ...keyOf(location),
            Body: bytes,
            ContentType: options.contentType,
            Metadata: options.metadata,
            ...conditionOf(options),
          }),
          { abortSignal: options.signal },
        ),
      options.signal,
    );
    return {
      location,
      size: bytes.length,
      etag: quoted(answer.ETag),
      contentType: options.contentType,
    };
  }

  async beginMultipart(
    location: OutputLocation,
    _partSize: number,
    options: PutOptions,
  ): Promise<MultipartUpload> {
    options.signal?.throwIfAborted();
    // Its answer is waited for, or nobody could drop what it has begun.
    const answer = await withGrace(
      options.signal,
      (signal) =>
        this.#send(
          "upload",
          location,
          ({ sdk, client }) =>
            client.send(
              new sdk.CreateMultipartUploadCommand({
                ...keyOf(location),
                ContentType: options.contentType,
                Metadata: options.metadata,
              }),
              { abortSignal: signal },
            ),
          signal,
        ),
    );
    const upload = new S3MultipartUpload({
      location,
      uploadId: required(answer.UploadId),
      contentType: options.contentType,
      condition: conditionOf(options),
      send: (operation, request, signal) =>
        this.#send(operation, location, request, signal),
    });
    if (options.signal?.aborted) {
      await upload.abort();
      throw options.signal.reason;
    }
    return upload;
  }

  async get(
    location: OutputLocation,
    options: GetOptions = {},
  ): Promise<ObjectReader> {
    const { start = 0, end } = options;
    // HTTP has no way to ask for such a range.
    if (end !== undefined && end <= start) {
      return await this.#getNothing(location, options);
    }
    const answer = await this.#send(
      "read",
      location,
      ({ sdk, client }) =>
        client.send(
          new sdk.GetObjectCommand({
            ...keyOf(location),
            ...rangeOf(options),
            IfMatch: options.ifMatch,
          }),
          { abortSignal: options.signal },
        ),
      options.signal,
    ).catch((error) => {
      if (isBeyondTheEnd(error)) return undefined;
      throw error;
    });
    if (answer === undefined) return await this.#getNothing(location, options);
    const body = required(answer.Body).transformToWebStream();
    return {
      info: {
        location,
        size: sizeOf(answer),
        etag: quoted(answer.ETag),
        contentType: answer.ContentType,
        modifiedAt: answer.LastModified,
        metadata: answer.Metadata,
      },
      body: s3Body(body, this.describe(location), options.signal),
    };
  }

  /** The answer to a range that holds no bytes. */
  async #getNothing(
    location: OutputLocation,
    { ifMatch, signal }: GetOptions,
  ): Promise<ObjectReader> {
    const info = await this.head(location, { signal });
    const fail = (code: ErrorCode, reason: string) =>
      new StorageError(code, reason, {
        operation: "read",
        location: this.describe(location),
      });
    if (info === undefined) throw fail("not-found", "no such object");
    if (ifMatch !== undefined && ifMatch !== info.etag) {
      throw fail("precondition-failed", "it has changed meanwhile");
    }
    return { info, body: new Blob().stream() };
  }

  async head(
    location: OutputLocation,
    options: OperationOptions = {},
  ): Promise<ObjectInfo | undefined> {
    try {
      const answer = await this.#send(
        "look up",
        location,
        ({ sdk, client }) =>
          client.send(new sdk.HeadObjectCommand(keyOf(location)), {
            abortSignal: options.signal,
          }),
        options.signal,
      );
      return {
        location,
        size: answer.ContentLength ?? 0,
        etag: quoted(answer.ETag),
        contentType: answer.ContentType,
        modifiedAt: answer.LastModified,
        metadata: answer.Metadata,
      };
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#requireBucket(location, options);
      return undefined;
    }
  }

  async *list(
    below: OutputLocation,
    options: ListOptions = {},
  ): AsyncIterable<ObjectInfo> {
    let token: string | undefined;
    do {
      const page = await this.#send(
        "list",
        below,
        ({ sdk, client }) =>
          client.send(
            new sdk.ListObjectsV2Command({
              Bucket: below.bucket,
              Prefix: `${below.relativePath}/`,
              Delimiter: options.shallow ? "/" : undefined,
              ContinuationToken: token,
              StartAfter: token === undefined ? options.startAfter : undefined,
            }),
            { abortSignal: options.signal },
          ),
        options.signal,
      );
      for (const object of page.Contents ?? []) {
        options.signal?.throwIfAborted();
        const info = listed(below.bucket, object);
        if (info !== undefined) yield info;
      }
      // A page may be short or empty without being the last.
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  /**
   * The answer to a HEAD has no body that would tell a missing object from a
   * missing bucket.
   */
  #requireBucket(
    location: OutputLocation,
    { signal }: OperationOptions,
  ): Promise<void> {
    const { bucket } = location;
    const known = this.#buckets.get(bucket);
    if (known !== undefined) return known;
    const asked = this.#send("look up", location, async ({ sdk, client }) => {
      await client.send(new sdk.HeadBucketCommand({ Bucket: bucket }), {
        abortSignal: signal,
      });
    }, signal).catch((error) => {
      this.#buckets.delete(bucket);
      if (isNotFound(error)) throw noSuchBucket(this.describe(location), error);
      // Who may read objects need not be allowed to look at their bucket.
      const hidden = error instanceof StorageError &&
        error.code === "access-denied";
      if (!hidden) throw error;
    });
    this.#buckets.set(bucket, asked);
    return asked;
  }

  async close(): Promise<void> {
    const loaded = await this.#loaded?.catch(() => undefined);
    loaded?.client.destroy();
  }

  async #send<T>(
    operation: string,
    location: OutputLocation,
    request: (s3: LoadedS3) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    this.#loaded ??= loadS3(this.#options);
    try {
      return await request(await this.#loaded);
    } catch (error) {
      // The SDK has an error of its own for it.
      signal?.throwIfAborted();
      throw fromS3Error(error, operation, this.describe(location));
    }
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof StorageError && error.code === "not-found";
}

function noSuchBucket(location: string, cause: unknown): StorageError {
  return new StorageError("bucket-not-found", "no such bucket", {
    operation: "look up",
    location,
    cause,
  });
}

/** Whether a range was refused because it begins where the object ends. */
function isBeyondTheEnd(error: unknown): boolean {
  return error instanceof StorageError && error.cause instanceof Error &&
    error.cause.name === "InvalidRange";
}
