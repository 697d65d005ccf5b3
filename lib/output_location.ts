/**
 * A place where one output of a run lives, in S3 and in a staging directory.
 *
 * @module
 */

import { join, relative, resolve, SEPARATOR } from "@std/path";
import { InvalidValueError } from "./errors.ts";
import { checkBucketName, checkSegment } from "./path_segment.ts";

/**
 * The longest key that S3 takes, in bytes of UTF-8: "Object key naming" in the
 * Amazon S3 User Guide.
 */
const LONGEST_KEY = 1024;

/**
 * An immutable pair of a bucket and a relative path in it.
 *
 * It is made without I/O, and cannot hold a path that would leave its bucket or
 * staging directory.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { OutputLocation } from "./output_location.ts";
 *
 * const logs = new OutputLocation("therock-ci-artifacts", "123-linux/logs");
 * const log = logs.child("c++ #1.log");
 * assertEquals(log.s3Uri, "s3://therock-ci-artifacts/123-linux/logs/c++ #1.log");
 * assertEquals(
 *   log.httpsUrl,
 *   "https://therock-ci-artifacts.s3.amazonaws.com/123-linux/logs/c%2B%2B%20%231.log",
 * );
 * ```
 */
export class OutputLocation {
  /** Name of the bucket. */
  readonly bucket: string;
  /** Path in the bucket, with `/` between segments: the object's key. */
  readonly relativePath: string;

  /**
   * Checks both, so that every location there is can be used.
   *
   * @param relativePath Segments with `/` between them, unencoded.
   * @throws {InvalidValueError} If the bucket or a segment of the path is not
   * one that can be used, or the path is longer than S3 allows.
   */
  constructor(bucket: string, relativePath: string) {
    checkBucketName(bucket);
    for (const segment of relativePath.split("/")) {
      checkSegment(
        segment,
        `segment of the path ${JSON.stringify(relativePath)}:`,
      );
    }
    if (new TextEncoder().encode(relativePath).length > LONGEST_KEY) {
      throw new InvalidValueError(
        `The path ${JSON.stringify(relativePath)} is longer than the ` +
          `${LONGEST_KEY} bytes that S3 allows for a key.`,
      );
    }
    this.bucket = bucket;
    this.relativePath = relativePath;
    Object.freeze(this);
  }

  /** `s3://{bucket}/{relativePath}` */
  get s3Uri(): string {
    return `s3://${this.bucket}/${this.relativePath}`;
  }

  /** A link that opens the object in a browser. */
  get httpsUrl(): string {
    return `https://${this.bucket}.s3.amazonaws.com/${
      encodePath(this.relativePath)
    }`;
  }

  /** The last segment of the path. */
  get name(): string {
    return this.relativePath.slice(this.relativePath.lastIndexOf("/") + 1);
  }

  /**
   * Where it lives below a staging directory, with this platform's separators.
   *
   * @throws {InvalidValueError} If it would lie outside the staging directory.
   */
  localPath(stagingDir: string): string {
    if (stagingDir === "") {
      throw new InvalidValueError("The staging directory has an empty name.");
    }
    const path = join(stagingDir, ...this.relativePath.split("/"));
    const below = relative(resolve(stagingDir), resolve(path));
    if (below === "" || below.split(SEPARATOR)[0] === "..") {
      throw new InvalidValueError(
        `${JSON.stringify(this.relativePath)} would lie outside ${stagingDir}.`,
      );
    }
    return path;
  }

  /**
   * The location one or more segments below this one.
   *
   * @param name Segments with `/` between them.
   * @throws {InvalidValueError} If the name is empty or absolute, or has a
   * segment that would lead elsewhere.
   */
  child(name: string): OutputLocation {
    return new OutputLocation(this.bucket, `${this.relativePath}/${name}`);
  }

  /** The `s3://` URI, so that a location can stand in a message. */
  toString(): string {
    return this.s3Uri;
  }
}

/**
 * Percent-encodes every segment of a path for a URL, all but RFC 3986's
 * unreserved characters.
 */
export function encodePath(path: string): string {
  return path.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
