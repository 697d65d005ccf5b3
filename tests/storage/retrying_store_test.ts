import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { OutputLocation } from "../../lib/output_location.ts";
import type { RetryEvent } from "../../lib/retry.ts";
import { MemoryStore } from "../../lib/storage/memory_store.ts";
import type { ObjectStore } from "../../lib/storage/object_store.ts";
import { RetryingStore } from "../../lib/storage/retrying_store.ts";
import { s3ForTests, s3UnavailableReason } from "../support/s3_server.ts";
import { listedKeys, PLAIN, putText, randomBytes, text } from "./cases.ts";
import { describeStore, type MadeStore } from "./conformance.ts";
import { faulty, final, type Operation, passing } from "./faulty_store.ts";
import {
  makeLocalStore,
  makeMemoryStore,
  makeS3Store,
  S3_PART_SIZE,
} from "./made_stores.ts";

const s3 = await s3ForTests();
// deno-lint-ignore no-console -- nobody shall think that they have run
if (!s3) console.warn(`skipping tests with S3: ${s3UnavailableReason()}`);

async function retrying(make: Promise<MadeStore>): Promise<MadeStore> {
  const made = await make;
  return { ...made, store: new RetryingStore(made.store, { minDelay: 1 }) };
}

describeStore("retrying memory store", {
  make: () => retrying(makeMemoryStore()),
});

describeStore("retrying local store", {
  make: () => retrying(makeLocalStore()),
  keepsContentType: false,
});

describeStore("retrying S3 store", {
  make: () => retrying(makeS3Store(s3!)),
  ignore: !s3,
  partSize: S3_PART_SIZE,
});

/** Every operation fails once in three times, and never twice in a row. */
describeStore("retrying store over one that keeps failing", {
  make: async () => {
    const made = await makeMemoryStore();
    const store = faulty(made.store, (_, count) => {
      if (count % 3 === 1) throw passing();
    });
    return { ...made, store: new RetryingStore(store, { minDelay: 0 }) };
  },
});

const LOCATION = new OutputLocation("bucket", "run/x");

/** Every operation once, each by itself. */
const OPERATIONS: Readonly<
  Record<Exclude<Operation, "next">, (store: ObjectStore) => Promise<unknown>>
> = {
  put: (store) => store.put(LOCATION, text("x"), PLAIN),
  beginMultipart: (store) => store.beginMultipart(LOCATION, 10, PLAIN),
  putPart: async (store) => {
    const upload = await store.beginMultipart(LOCATION, 10, PLAIN);
    await upload.putPart({ number: 1, bytes: randomBytes(3) });
  },
  complete: async (store) => {
    const upload = await store.beginMultipart(LOCATION, 10, PLAIN);
    await upload.complete();
  },
  abort: async (store) => {
    const upload = await store.beginMultipart(LOCATION, 10, PLAIN);
    await upload.abort();
  },
  get: async (store) => await (await store.get(LOCATION)).body.cancel(),
  head: (store) => store.head(LOCATION),
  list: (store) => listedKeys(store, new OutputLocation("bucket", "run")),
};

/** A store in which one operation fails, and what was tried and retried. */
async function failing(
  operation: Operation,
  fault: (count: number) => Error | undefined,
) {
  const memory = new MemoryStore();
  await putText(memory, LOCATION, "before");
  const seen = { tried: 0, retries: [] as RetryEvent[] };
  const store = new RetryingStore(
    faulty(memory, (asked, count) => {
      if (asked !== operation) return;
      seen.tried = count;
      const error = fault(count);
      if (error !== undefined) throw error;
    }),
    {
      attempts: 3,
      minDelay: 0,
      onRetry: (event) => seen.retries.push(event),
    },
  );
  return { store, seen };
}

for (const [name, run] of Object.entries(OPERATIONS)) {
  const operation = name as Operation;

  Deno.test(`retrying store: ${name} is tried again until it succeeds`, async () => {
    const error = passing();
    const { store, seen } = await failing(
      operation,
      (count) => count < 3 ? error : undefined,
    );
    await run(store);
    assertEquals(seen.tried, 3);
    assertEquals(seen.retries, [
      { error, attempt: 1, attempts: 3 },
      { error, attempt: 2, attempts: 3 },
    ]);
  });

  Deno.test(`retrying store: ${name} is given up after the policy's attempts`, async () => {
    const error = passing();
    const { store, seen } = await failing(operation, () => error);
    const thrown = await run(store).catch((error) => error);
    assertStrictEquals(thrown, error);
    assertEquals(seen.tried, 3);
    assertEquals(seen.retries.length, 2);
  });

  Deno.test(`retrying store: ${name} is not tried again where that is no use`, async () => {
    for (const error of [final(), new TypeError("a bug"), new Error("x")]) {
      const { store, seen } = await failing(operation, () => error);
      const thrown = await run(store).catch((error) => error);
      assertStrictEquals(thrown, error);
      assertEquals(seen.tried, 1);
      assertEquals(seen.retries, []);
    }
  });
}

Deno.test("retrying store: a listing goes on where it failed, without repeating or losing objects", async () => {
  const memory = new MemoryStore();
  const keys = Array.from({ length: 20 }, (_, i) => `run/${i + 10}`);
  for (const key of keys) {
    await putText(memory, new OutputLocation("bucket", key), key);
  }
  // Before the first, in the middle, twice in a row, and at the last.
  const faults = new Set([1, 7, 13, 14, 24]);
  let given = 0;
  const store = new RetryingStore(
    faulty(memory, (operation, count) => {
      if (operation !== "next") return;
      given = count;
      if (faults.has(count)) throw passing();
    }),
    { attempts: 3, minDelay: 0 },
  );
  const run = new OutputLocation("bucket", "run");
  assertEquals(await listedKeys(store, run), keys);
  assertEquals(given, keys.length + faults.size);
  assertEquals(
    await listedKeys(store, run, { startAfter: "run/20" }),
    keys.slice(11),
  );
});

Deno.test("retrying store: each object of a listing has all attempts", async () => {
  const memory = new MemoryStore();
  const run = new OutputLocation("bucket", "run");
  for (const name of "abcdef") await putText(memory, run.child(name), name);
  const store = new RetryingStore(
    faulty(memory, (operation, count) => {
      if (operation === "next" && count % 2 === 1) throw passing();
    }),
    { attempts: 2, minDelay: 0 },
  );
  assertEquals((await listedKeys(store, run)).length, 6);
});

Deno.test("retrying store: a body is read again for each attempt", async () => {
  const { store, seen } = await failing("putPart", () => undefined);
  let reads = 0;
  const body = {
    name: "x",
    size: 1,
    bytes: () => {
      if (++reads < 3) return Promise.reject(passing());
      return Promise.resolve(randomBytes(1));
    },
  };
  await store.put(LOCATION, body, PLAIN);
  assertEquals(reads, 3);
  assertEquals(seen.retries.length, 2);
});

Deno.test("retrying store: a signal ends the waiting with its reason", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const store = new RetryingStore(
    faulty(new MemoryStore(), () => {
      throw passing();
    }),
    // Nobody waits that long for a test.
    {
      minDelay: 3_600_000,
      maxDelay: 3_600_000,
      onRetry: () => queueMicrotask(() => controller.abort(reason)),
    },
  );
  const options = { ...PLAIN, signal: controller.signal };
  const thrown = await store.put(LOCATION, text("x"), options)
    .catch((error) => error);
  assertStrictEquals(thrown, reason);
});

Deno.test("retrying store: it says of its store what the store says", () => {
  const memory = new MemoryStore({ maxPutSize: 7 });
  const store = new RetryingStore(memory);
  assertEquals(store.maxPutSize, 7);
  assertEquals(store.describe(LOCATION), memory.describe(LOCATION));
  assert(store.describe(LOCATION).endsWith("run/x"));
});
