/**
 * GitHub's rate limits, as its answers tell of them.
 *
 * Rules: "Rate limits for the REST API", section "Exceeding the rate limit",
 * in GitHub's documentation.
 *
 * @module
 */

/** A limit that was reached. */
export interface RateLimit {
  /** When GitHub takes requests again, by its own clock. */
  readonly resetAt: Date;
  /** How long that is from its answer, in milliseconds. */
  readonly wait: number;
  /** Too many at once, rather than too many in an hour. */
  readonly secondary: boolean;
}

/** Where the answer does not say how long to wait: "at least one minute". */
const UNSAID_WAIT = 60_000;

/**
 * The limit that an answer tells of: a 403 or 429 with `retry-after`, with
 * `x-ratelimit-remaining: 0`, or with words to that effect.
 *
 * Times are taken from GitHub's clock, by the answer's `date`: this machine's
 * may be wrong.
 */
export function rateLimitOf({ status, headers, data }: {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}): RateLimit | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const now = timeOf(Date.parse(String(headers.date))) ?? Date.now();
  const until = (time: number, secondary: boolean): RateLimit => ({
    resetAt: new Date(time),
    wait: Math.max(0, time - now),
    secondary,
  });

  const usedUp = String(headers["x-ratelimit-remaining"]) === "0";
  const after = timeOf(now + 1000 * wholeNumber(headers["retry-after"]));
  if (after !== undefined) return until(after, !usedUp);
  const reset = timeOf(1000 * wholeNumber(headers["x-ratelimit-reset"]));
  if (usedUp && reset !== undefined) return until(reset, false);

  const { message } = (data ?? {}) as { message?: unknown };
  const text = typeof message === "string" ? message : "";
  const inWords = /\brate limit|abuse detection/i.test(text);
  if (!usedUp && !inWords && status !== 429) return undefined;
  return until(now + UNSAID_WAIT, !/\bAPI rate limit/i.test(text) && !usedUp);
}

function wholeNumber(value: string | number | undefined): number {
  return /^\d{1,15}$/.test(String(value)) ? Number(value) : NaN;
}

/** A time that a `Date` can hold. */
function timeOf(milliseconds: number): number | undefined {
  return Number.isNaN(new Date(milliseconds).getTime())
    ? undefined
    : milliseconds;
}
