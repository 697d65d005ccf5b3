/**
 * What one segment of an object's path may look like.
 *
 * Names come from flags, directories and listings: a name that would leave its
 * own segment is refused, wherever it comes from.
 *
 * @module
 */

import { InvalidValueError } from "./errors.ts";

// deno-lint-ignore no-control-regex -- control characters are what it is for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const DRIVE = /^[A-Za-z]:/;

/**
 * Says what is wrong with a segment, or `undefined` where nothing is.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { segmentFault } from "./path_segment.ts";
 *
 * assertEquals(segmentFault("build.log"), undefined);
 * assertEquals(segmentFault(".."), "is a relative path segment");
 * ```
 */
export function segmentFault(segment: string): string | undefined {
  if (segment === "") return "is empty";
  if (segment === "." || segment === "..") return "is a relative path segment";
  if (segment.includes("/")) return "contains a slash";
  if (segment.includes("\\")) return "contains a back-slash";
  if (CONTROL.test(segment)) return "contains a control character";
  if (DRIVE.test(segment)) return "begins with a drive letter";
  if (!segment.isWellFormed()) return "is not valid Unicode";
  return undefined;
}

/**
 * Returns the segment, or refuses it.
 *
 * @param segment The text that must stay within one path segment.
 * @param what What it is, for the message: `run id`, `file name`, ...
 * @throws {InvalidValueError} If it would leave its own segment.
 */
export function checkSegment(segment: string, what: string): string {
  const fault = segmentFault(segment);
  if (fault !== undefined) {
    throw new InvalidValueError(
      `Invalid ${what} ${JSON.stringify(segment)}: it ${fault}.`,
    );
  }
  return segment;
}

/**
 * Returns the name of a bucket, or refuses it. The letters are those of "Bucket
 * naming rules" in the Amazon S3 User Guide, and those that buckets made before
 * these rules may have.
 *
 * @throws {InvalidValueError} If it cannot be the name of a bucket.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { checkBucketName } from "./path_segment.ts";
 *
 * checkBucketName("therock-ci-artifacts");
 * assertThrows(() => checkBucketName("a#"));
 * ```
 */
export function checkBucketName(name: string): string {
  checkSegment(name, "bucket name");
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new InvalidValueError(
      `Invalid bucket name ${JSON.stringify(name)}: it may have letters, ` +
        "digits, dots, hyphens and underscores.",
    );
  }
  return name;
}
