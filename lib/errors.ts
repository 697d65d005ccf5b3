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

/** Common base: an error that is foreseen, with a message for the user. */
export class RunOutputsError extends Error {
  override readonly name: string = "RunOutputsError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * A value from outside (a name, a flag, a variable, a listing) that must not
 * be used.
 */
export class InvalidValueError extends RunOutputsError {
  override readonly name: string = "InvalidValueError";

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
  readonly cause?: unknown;
}

/** An operation on a store, or on a local file, that did not succeed. */
export class StorageError extends RunOutputsError {
  override readonly name = "StorageError";
  /** Whether the same request may succeed when it is made again. */
  readonly retriable: boolean;
  readonly operation: string;
  readonly location: string;
  /** The reason alone, without operation and location. */
  readonly reason: string;

  constructor(code: ErrorCode, reason: string, context: StorageErrorContext) {
    super(
      code,
      `Cannot ${context.operation} ${context.location}: ${reason}`,
      context.cause === undefined ? undefined : { cause: context.cause },
    );
    this.reason = reason;
    this.retriable = context.retriable ?? false;
    this.operation = context.operation;
    this.location = context.location;
  }
}
