/**
 * Making a request again when it may succeed: exponential back-off with
 * jitter, a limited number of attempts.
 *
 * @module
 */

import pRetry from "p-retry";
import { RunOutputsError } from "./errors.ts";

/** How often and how patiently to try. */
export interface RetryPolicy {
  /** Attempts in all, the first one included. @default {5} */
  readonly attempts?: number;
  /** Wait before the second attempt, in milliseconds. @default {200} */
  readonly minDelay?: number;
  /** Longest wait, in milliseconds. @default {10000} */
  readonly maxDelay?: number;
  /** Told of every attempt that failed and will be made again. */
  readonly onRetry?: (event: RetryEvent) => void;
}

/** An attempt that failed and will be made again. */
export interface RetryEvent {
  /** Why it failed; its `retriable` is true. */
  readonly error: RunOutputsError;
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number;
  /** Attempts in all. */
  readonly attempts: number;
}

/** Attempts where the policy does not say otherwise. */
export const DEFAULT_ATTEMPTS = 5;

/**
 * Runs an operation until it succeeds, fails for good, or all attempts are
 * used up. Only a `RunOutputsError` that says that it is retriable is retried.
 *
 * @throws What the last attempt threw, or the signal's reason.
 */
export function retry<T>(
  operation: () => Promise<T>,
  policy: RetryPolicy & { readonly signal?: AbortSignal } = {},
): Promise<T> {
  const attempts = policy.attempts ?? DEFAULT_ATTEMPTS;
  const minDelay = policy.minDelay ?? 200;
  return pRetry(operation, {
    retries: attempts - 1,
    factor: 2,
    randomize: true,
    minTimeout: minDelay,
    maxTimeout: Math.max(minDelay, policy.maxDelay ?? 10_000),
    signal: policy.signal,
    shouldRetry: ({ error }) => isRetriable(error),
    onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
      if (retriesLeft > 0 && isRetriable(error)) {
        policy.onRetry?.({ error, attempt: attemptNumber, attempts });
      }
    },
  });
}

function isRetriable(error: unknown): error is RunOutputsError {
  return error instanceof RunOutputsError && error.retriable;
}
