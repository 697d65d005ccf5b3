/**
 * An object that is sent to S3 in parts.
 *
 * @module
 */

import type * as S3 from "@aws-sdk/client-s3";
import { StorageError } from "../errors.ts";
import type { OutputLocation } from "../output_location.ts";
import type {
  MultipartUpload,
  ObjectInfo,
  ObjectPart,
  OperationOptions,
} from "./object_store.ts";
import type { LoadedS3 } from "./s3_client.ts";
import { quoted } from "./s3_etag.ts";

/** Makes one request, with its errors in our form. */
export type SendRequest = <T>(
  operation: string,
  request: (s3: LoadedS3) => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

/** What an {@linkcode S3MultipartUpload} is made of. */
export interface S3MultipartInit {
  readonly location: OutputLocation;
  readonly uploadId: string;
  readonly contentType: string;
  /** Sent when the upload is completed. */
  readonly condition: { IfNoneMatch?: string; IfMatch?: string };
  readonly send: SendRequest;
}

/** A multipart upload that was begun. */
export class S3MultipartUpload implements MultipartUpload {
  readonly #init: S3MultipartInit;
  readonly #parts = new Map<number, S3.CompletedPart>();
  #size = 0;

  constructor(init: S3MultipartInit) {
    this.#init = init;
  }

  async putPart(
    { number, bytes }: ObjectPart,
    { signal }: OperationOptions = {},
  ): Promise<void> {
    const answer = await this.#init.send(
      "upload",
      ({ sdk, client }) =>
        client.send(
          new sdk.UploadPartCommand({
            ...this.#target,
            PartNumber: number,
            Body: bytes,
          }),
          { abortSignal: signal },
        ),
      signal,
    );
    if (!this.#parts.has(number)) this.#size += bytes.length;
    this.#parts.set(number, {
      PartNumber: number,
      ETag: answer.ETag,
      ChecksumCRC32: answer.ChecksumCRC32,
    });
  }

  async complete({ signal }: OperationOptions = {}): Promise<ObjectInfo> {
    const { location, contentType, condition, send } = this.#init;
    const parts = [...this.#parts]
      .sort(([a], [b]) => a - b)
      .map(([, part]) => part);
    const answer = await send(
      "upload",
      ({ sdk, client }) =>
        client.send(
          new sdk.CompleteMultipartUploadCommand({
            ...this.#target,
            ...condition,
            MultipartUpload: { Parts: parts },
          }),
          { abortSignal: signal },
        ),
      signal,
    );
    return {
      location,
      size: this.#size,
      etag: quoted(answer.ETag),
      contentType,
    };
  }

  async abort(): Promise<void> {
    try {
      await this.#init.send(
        "abort the upload of",
        ({ sdk, client }) =>
          client.send(new sdk.AbortMultipartUploadCommand(this.#target)),
      );
    } catch (error) {
      const gone = error instanceof StorageError && error.code === "not-found";
      if (!gone) throw error;
    }
  }

  get #target(): { Bucket: string; Key: string; UploadId: string } {
    const { location, uploadId } = this.#init;
    return {
      Bucket: location.bucket,
      Key: location.relativePath,
      UploadId: uploadId,
    };
  }
}
