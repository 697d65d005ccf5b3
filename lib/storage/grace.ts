/**
 * Requests whose answer is needed although somebody wants to end.
 *
 * @module
 */

/** How long the answer to a short request is waited for, in milliseconds. */
const GRACE = 3000;

/** Runs a request with a signal that is aborted some time after another one. */
export async function withGrace<T>(
  signal: AbortSignal | undefined,
  request: (late: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abortLater = () => {
    timer = setTimeout(() => late.abort(signal?.reason), GRACE);
  };
  signal?.addEventListener("abort", abortLater, { once: true });
  try {
    return await request(late.signal);
  } finally {
    signal?.removeEventListener("abort", abortLater);
    clearTimeout(timer);
  }
}
