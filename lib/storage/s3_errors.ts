/**
 * What S3, the SDK and the network report, as `StorageError`s.
 *
 * Codes: "Error responses" in the Amazon S3 API Reference.
 *
 * @module
 */

import { type ErrorCode, StorageError } from "../errors.ts";
import { permissionHint } from "../files/file_errors.ts";

interface Verdict {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly retriable?: boolean;
}

/** By the code that the store or the SDK gives: its error's `name`. */
const BY_NAME: Readonly<Record<string, Verdict>> = {
  AccessDenied: {
    code: "access-denied",
    reason: "access denied: these credentials may not do this",
  },
  InvalidAccessKeyId: {
    code: "access-denied",
    reason: "the store does not know this access key: check AWS_ACCESS_KEY_ID",
  },
  SignatureDoesNotMatch: {
    code: "access-denied",
    reason: "the secret key is wrong: check AWS_SECRET_ACCESS_KEY",
  },
  ExpiredToken: {
    code: "access-denied",
    reason: "the credentials have expired: get new ones",
  },
  InvalidToken: {
    code: "access-denied",
    reason: "the session token is not valid: check AWS_SESSION_TOKEN",
  },
  CredentialsProviderError: {
    code: "no-credentials",
    reason: "no AWS credentials found: set AWS_ACCESS_KEY_ID and " +
      "AWS_SECRET_ACCESS_KEY, or configure a role or profile",
  },
  NoSuchBucket: { code: "bucket-not-found", reason: "no such bucket" },
  NoSuchKey: { code: "not-found", reason: "no such object" },
  NotFound: { code: "not-found", reason: "no such object" },
  PreconditionFailed: {
    code: "precondition-failed",
    reason: "it has changed meanwhile",
  },
  BadDigest: {
    code: "corrupt",
    reason: "what arrived is not what was sent",
    retriable: true,
  },
  ConditionalRequestConflict: {
    code: "unavailable",
    reason: "another request for the same object was under way",
    retriable: true,
  },
  OperationAborted: {
    code: "unavailable",
    reason: "another request for the same object was under way",
    retriable: true,
  },
  // By name: the SDK gives it the status 503 where it came with 200.
  InternalError: {
    code: "unavailable",
    reason: "the store failed (InternalError)",
    retriable: true,
  },
  NotImplemented: {
    code: "not-supported",
    reason: "the store does not know such requests",
  },
  SlowDown: {
    code: "throttled",
    reason: "the store asks to slow down",
    retriable: true,
  },
  RequestTimeout: {
    code: "timeout",
    reason: "the store waited too long for the request",
    retriable: true,
  },
  TimeoutError: {
    code: "timeout",
    reason: "the store did not answer in time",
    retriable: true,
  },
  // The SDK has corrected its clock by the answer when this reaches us.
  RequestTimeTooSkewed: {
    code: "clock-skew",
    reason: "this machine's clock is too far from the store's",
    retriable: true,
  },
};

const SAME_AS: Readonly<Record<string, string>> = {
  TokenRefreshRequired: "ExpiredToken",
  ExpiredTokenException: "ExpiredToken",
  RequestExpired: "RequestTimeTooSkewed",
  RequestInTheFuture: "RequestTimeTooSkewed",
  Throttling: "SlowDown",
  ThrottlingException: "SlowDown",
  RequestLimitExceeded: "SlowDown",
  TooManyRequests: "SlowDown",
  TooManyRequestsException: "SlowDown",
  TokenProviderError: "CredentialsProviderError",
  XAmzContentChecksumMismatch: "BadDigest",
  InvalidDigest: "BadDigest",
};

/** Errors of connections, by Node's code. */
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was reset",
  ECONNABORTED: "the connection was broken off",
  EPIPE: "the connection was closed",
  ENOTFOUND: "the host's name was not found",
  EAI_AGAIN: "the host's name could not be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the connection timed out",
  UND_ERR_SOCKET: "the connection was broken off",
};

/** Codes of OpenSSL and of Node's TLS layer. */
const TLS =
  /^(CERT_|DEPTH_ZERO_|ERR_SSL_|ERR_TLS_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** The error that the SDK threw, in a form of ours. */
export function fromS3Error(
  error: unknown,
  operation: string,
  location: string,
): unknown {
  if (!(error instanceof Error)) return error;
  // What the caller's own signal or body threw is already what it should be.
  if (error instanceof StorageError || error.name === "AbortError") {
    return error;
  }
  const verdict = judge(error);
  if (verdict === undefined) return error;
  return new StorageError(verdict.code, verdict.reason, {
    operation,
    location,
    retriable: verdict.retriable ?? false,
    cause: error,
  });
}

function judge(error: Error): Verdict | undefined {
  if (error.name === "NotCapable") {
    return { code: "not-permitted", reason: permissionHint(error) };
  }
  // Before the name: to the SDK a reset connection is a TimeoutError, too.
  const code = (error as { code?: unknown }).code;
  const network = typeof code === "string" ? NETWORK[code] : undefined;
  if (network !== undefined) {
    return { code: "network", reason: network, retriable: true };
  }
  if (typeof code === "string" && TLS.test(code)) {
    return {
      code: "network",
      reason: `the server's certificate is not trusted (${error.message}): ` +
        "set DENO_CERT to the file of its authority",
    };
  }
  return BY_NAME[SAME_AS[error.name] ?? error.name] ?? byStatus(error);
}

function byStatus(error: Error): Verdict | undefined {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return undefined;
  const said = error.message && error.message !== "UnknownError"
    ? `${error.name}: ${error.message}`
    : `HTTP status ${status}`;
  if (status >= 500 && status !== 501) {
    const code = status === 503 ? "throttled" : "unavailable";
    return { code, reason: `the store failed (${said})`, retriable: true };
  }
  if (status === 501) return BY_NAME.NotImplemented;
  if (status === 429) return BY_NAME.SlowDown;
  if (status === 403) return BY_NAME.AccessDenied;
  if (status === 401) return BY_NAME.AccessDenied;
  if (status === 404) return BY_NAME.NoSuchKey;
  if (status === 412) return BY_NAME.PreconditionFailed;
  if (status === 409) return BY_NAME.ConditionalRequestConflict;
  // An answer that cannot be read came over a connection that broke.
  if (status < 300) {
    return {
      code: "network",
      reason: `the answer could not be read (${said})`,
      retriable: true,
    };
  }
  return { code: "failed", reason: `the store refused (${said})` };
}
