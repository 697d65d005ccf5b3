import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { InvalidValueError, StorageError } from "../../lib/errors.ts";
import { DEFAULT_ATTEMPTS, retry, type RetryEvent } from "../../lib/retry.ts";

function storageError(retriable: boolean): StorageError {
  return new StorageError("unavailable", "busy", {
    operation: "upload",
    location: "s3://b/k",
    retriable,
  });
}

/** An operation that throws these errors one after the other, then answers. */
function failing(...errors: unknown[]) {
  const operation = Object.assign(() => {
    const error = errors[operation.calls++];
    return error === undefined
      ? Promise.resolve("done")
      : Promise.reject(error);
  }, { calls: 0 });
  return operation;
}

Deno.test({
  name: "what succeeds is done once",
  permissions: "none",
  async fn() {
    const operation = failing();
    assertEquals(await retry(operation, { minDelay: 0 }), "done");
    assertEquals(operation.calls, 1);
  },
});

Deno.test({
  name: "a retriable error is tried again until it succeeds, and told of",
  permissions: "none",
  async fn() {
    const errors = [storageError(true), storageError(true)];
    const operation = failing(...errors);
    const events: RetryEvent[] = [];
    const result = await retry(operation, {
      attempts: 4,
      minDelay: 0,
      onRetry: (event) => events.push(event),
    });
    assertEquals([result, operation.calls], ["done", 3]);
    assertEquals(events.map(({ attempt, attempts }) => [attempt, attempts]), [
      [1, 4],
      [2, 4],
    ]);
    assert(events.every(({ error }, i) => error === errors[i]));
  },
});

Deno.test({
  name:
    "when all attempts are used up the last error is thrown as it is, and " +
    "the last attempt is not told of",
  permissions: "none",
  async fn() {
    for (const attempts of [1, 2, 5]) {
      const errors = Array.from({ length: 9 }, () => storageError(true));
      const operation = failing(...errors);
      let told = 0;
      const thrown = await assertRejects(() =>
        retry(operation, { attempts, minDelay: 0, onRetry: () => told++ })
      );
      assertStrictEquals(thrown, errors[attempts - 1]);
      assertEquals([operation.calls, told], [attempts, attempts - 1]);
    }
  },
});

Deno.test({
  name: "there are five attempts unless told otherwise",
  permissions: "none",
  async fn() {
    const errors = Array.from({ length: 9 }, () => storageError(true));
    const operation = failing(...errors);
    await assertRejects(() => retry(operation, { minDelay: 0, maxDelay: 1 }));
    assertEquals([operation.calls, DEFAULT_ATTEMPTS], [5, 5]);
  },
});

Deno.test({
  name: "whatever is not a retriable storage error passes through at once",
  permissions: "none",
  async fn() {
    const errors = [
      storageError(false),
      new TypeError("a programming error"),
      // p-retry itself takes this one for a network error, which it is not
      // our business to guess.
      new TypeError("fetch failed"),
      new Error("whatever"),
      new InvalidValueError("bad"),
      Object.assign(new Error("looks so"), { retriable: true }),
    ];
    for (const error of errors) {
      const operation = failing(error);
      const thrown = await assertRejects(() =>
        retry(operation, {
          minDelay: 0,
          onRetry: () => assert(false, "was told of"),
        })
      );
      assertStrictEquals(thrown, error);
      assertEquals(operation.calls, 1, error.message);
    }
  },
});

Deno.test({
  name: "a retriable error that is followed by one that is not ends there",
  permissions: "none",
  async fn() {
    const last = storageError(false);
    const operation = failing(storageError(true), last);
    const thrown = await assertRejects(() => retry(operation, { minDelay: 0 }));
    assertStrictEquals(thrown, last);
    assertEquals(operation.calls, 2);
  },
});

Deno.test({
  name: "an aborted signal keeps an operation from being tried at all",
  permissions: "none",
  async fn() {
    const reason = new Error("enough");
    const operation = failing();
    const thrown = await assertRejects(() =>
      retry(operation, { signal: AbortSignal.abort(reason) })
    );
    assertStrictEquals(thrown, reason);
    assertEquals(operation.calls, 0);
  },
});

Deno.test({
  name: "aborting ends the wait for the next attempt",
  permissions: "none",
  async fn() {
    const reason = new Error("enough");
    const abort = new AbortController();
    const operation = failing(storageError(true));
    // The wait would be longer than any test may take.
    const thrown = await assertRejects(() =>
      retry(operation, {
        minDelay: 3_600_000,
        maxDelay: 3_600_000,
        signal: abort.signal,
        onRetry: () => setTimeout(() => abort.abort(reason), 0),
      })
    );
    assertStrictEquals(thrown, reason);
    assertEquals(operation.calls, 1);
  },
});

Deno.test({
  name: "aborting while an attempt fails keeps it from being made again",
  permissions: "none",
  async fn() {
    const reason = new Error("enough");
    const abort = new AbortController();
    let calls = 0;
    const thrown = await assertRejects(() =>
      retry(() => {
        calls++;
        abort.abort(reason);
        return Promise.reject(storageError(true));
      }, { minDelay: 0, signal: abort.signal })
    );
    assertStrictEquals(thrown, reason);
    assertEquals(calls, 1);
  },
});
