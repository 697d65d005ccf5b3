/**
 * The errors that users of this library can meet, with stable codes.
 *
 * Act on `code`, never on `message`: messages are for people and may change.
 *
 * @module
 */

/** Why something was refused or failed: stable, for programs. */
export type ErrorCode =
  /** A name, flag or variable has a value that it must not have. */
  | "invalid-value"
  /** The store or the file system refused: wrong rights or credentials. */
  | "access-denied"
  /** No credentials were found where some are needed. */
  | "no-credentials"
  /** A Deno permission flag is missing. */
  | "not-permitted"
  | "not-found"
  | "bucket-not-found"
  /** A condition of the request (`If-Match`, `If-None-Match`) did not hold. */
  | "precondition-failed"
  /** Another job has stored something else under the same name. */
  | "conflict"
  /** The store does not know what was asked of it. */
  | "not-supported"
  /** The clock of this machine is too far from the store's. */
  | "clock-skew"
  /** The store asks to slow down. */
  | "throttled"
  /** The store has a problem of its own (5xx). */
  | "unavailable"
  /** Nothing moved for too long. */
  | "timeout"
  /** The connection could not be made, or broke. */
  | "network"
  | "disk-full"
  /** A directory stands where a file should be, or the other way round. */
  | "wrong-file-type"
  /** What was stored or read is not what it should be. */
  | "corrupt"
  /** A file changed while it was being read. */
  | "source-changed"
  /** The work was given up because its signal was aborted. */
  | "aborted"
  /** Some of several things failed: see `failures`. */
  | "incomplete"
  /** Anything that the store answered and that has no code of its own. */
  | "failed";

/** Options of {@linkcode RunOutputsError}. */
export interface RunOutputsErrorOptions {
  /** What was thrown below. */
  readonly cause?: unknown;
  /** Whether the same request may succeed when it is made again. */
  readonly retriable?: boolean;
}

/**
 * Common base: an error that is foreseen, with a message for the user.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RunOutputsError } from "./errors.ts";
 * import { OutputLocation } from "./output_location.ts";
 *
 * try {
 *   new OutputLocation("therock-ci-artifacts", "../secret");
 * } catch (error) {
 *   if (!(error instanceof RunOutputsError)) throw error;
 *   assertEquals(error.code, "invalid-value");
 * }
 * ```
 */
export class RunOutputsError extends Error {
  /** What logs show before the message. */
  override readonly name: string = "RunOutputsError";
  /** What programs act on. */
  readonly code: ErrorCode;
  /** Whether the same request may succeed when it is made again. */
  readonly retriable: boolean;

  /**
   * For errors of this library, here and in its subclasses.
   *
   * @param message A sentence for the user, which may change.
   */
  constructor(
    code: ErrorCode,
    message: string,
    options: RunOutputsErrorOptions = {},
  ) {
    super(
      message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.retriable = options.retriable ?? false;
  }
}

/**
 * A value from outside (a name, a flag, a variable, a listing) that must not
 * be used.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { chooseBucket } from "./bucket.ts";
 * import { InvalidValueError } from "./errors.ts";
 *
 * assertThrows(
 *   () => chooseBucket({ repository: "TheRock", isPrFromFork: false }),
 *   InvalidValueError,
 * );
 * ```
 */
export class InvalidValueError extends RunOutputsError {
  /** What logs show before the message. */
  override readonly name: string = "InvalidValueError";

  /**
   * Its code is always `invalid-value`.
   *
   * @param message Says what the value is and what it must be.
   */
  constructor(message: string, options?: ErrorOptions) {
    super("invalid-value", message, options);
  }
}

/** What was being done when a {@linkcode StorageError} arose. */
export interface StorageErrorContext {
  /** The operation in plain words, as `upload` or `list`. */
  readonly operation: string;
  /** Where: an `s3://` URI or a path. */
  readonly location: string;
  /** Whether the same request may succeed when it is made again. */
  readonly retriable?: boolean;
  /** What was thrown below, by the file system or the SDK. */
  readonly cause?: unknown;
}

/**
 * An operation on a store, or on a local file, that did not succeed.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { StorageError } from "./errors.ts";
 *
 * const error = new StorageError("throttled", "the store asks to slow down", {
 *   operation: "upload",
 *   location: "s3://therock-ci-artifacts/123-linux/build.log",
 *   retriable: true,
 * });
 * assertEquals(
 *   error.message,
 *   "Cannot upload s3://therock-ci-artifacts/123-linux/build.log: " +
 *     "the store asks to slow down",
 * );
 * ```
 */
export class StorageError extends RunOutputsError {
  /** What logs show before the message. */
  override readonly name = "StorageError";
  /** What was tried, in plain words, as `upload` or `list`. */
  readonly operation: string;
  /** Where it was tried: an `s3://` URI or a path. */
  readonly location: string;
  /** The reason alone, without operation and location. */
  readonly reason: string;

  /**
   * Makes the message of operation, location and reason.
   *
   * @param reason Lower-case and without a full stop: it follows a colon.
   */
  constructor(code: ErrorCode, reason: string, context: StorageErrorContext) {
    super(
      code,
      `Cannot ${context.operation} ${context.location}: ${reason}`,
      context,
    );
    this.reason = reason;
    this.operation = context.operation;
    this.location = context.location;
  }
}
