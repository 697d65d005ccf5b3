/**
 * Fields of requests to S3, and of its answers.
 *
 * @module
 */

import type * as S3 from "@aws-sdk/client-s3";
import { RunOutputsError } from "../errors.ts";
import { OutputLocation } from "../output_location.ts";
import type { GetOptions, ObjectInfo, PutOptions } from "./object_store.ts";
import { quoted } from "./s3_etag.ts";

/** Bucket and key of a location. */
export function keyOf(
  location: OutputLocation,
): { Bucket: string; Key: string } {
  return { Bucket: location.bucket, Key: location.relativePath };
}

/** The headers of a condition on what is stored already. */
export function conditionOf(
  { condition }: PutOptions,
): { IfNoneMatch?: string; IfMatch?: string } {
  if (condition === undefined) return {};
  return "ifMatch" in condition
    // Ceph compares the bare ETag when it stores; Amazon takes both forms.
    ? { IfMatch: condition.ifMatch.replaceAll('"', "") }
    : { IfNoneMatch: condition.ifNoneMatch };
}

/** The header that asks for a range of an object. */
export function rangeOf({ start = 0, end }: GetOptions): { Range?: string } {
  if (start === 0 && end === undefined) return {};
  return { Range: `bytes=${start}-${end === undefined ? "" : end - 1}` };
}

/** The size of the whole object, also where a range of it was asked for. */
export function sizeOf(answer: S3.GetObjectCommandOutput): number {
  const total = /\/(\d+)$/.exec(answer.ContentRange ?? "")?.[1];
  return total === undefined ? answer.ContentLength ?? 0 : Number(total);
}

/** `undefined` for keys that no location of ours can have. */
export function listed(
  bucket: string,
  object: S3._Object,
): ObjectInfo | undefined {
  try {
    return {
      location: new OutputLocation(bucket, object.Key ?? ""),
      size: object.Size ?? 0,
      etag: quoted(object.ETag),
      modifiedAt: object.LastModified,
    };
  } catch (error) {
    if (error instanceof RunOutputsError) return undefined;
    throw error;
  }
}

/** A field without which an answer is none. */
export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError("The answer lacks a field");
  return value;
}
