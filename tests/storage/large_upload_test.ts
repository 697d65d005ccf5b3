/**
 * Large files, and files that change or fail while they are uploaded.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { join } from "@std/path";
import { OutputLocation } from "../../lib/output_location.ts";
import { MemoryStore } from "../../lib/storage/memory_store.ts";
import type { ObjectStore } from "../../lib/storage/object_store.ts";
import {
  createUploadBackend,
  UploadBackend,
} from "../../lib/upload_backend.ts";
import {
  freshBucket,
  listAll,
  listMultipartUploads,
  readObject,
  s3ForTests,
  s3UnavailableReason,
} from "../support/s3_server.ts";
import {
  assertFails,
  assertSameBytes,
  listedKeys,
  PLAIN,
  randomBytes,
  readText,
  text,
} from "./cases.ts";
import { faulty, final, type Operation, passing } from "./faulty_store.ts";
import { s3Options } from "./made_stores.ts";
import { withDir, writeFiles } from "./tree.ts";

const s3 = await s3ForTests();
// deno-lint-ignore no-console -- nobody shall think that they have run
if (!s3) console.warn(`skipping tests with S3: ${s3UnavailableReason()}`);

const MIB = 1024 * 1024;
const LOCATION = new OutputLocation("bucket", "run/x");

/** A test with a file of 12 MiB, which goes in three parts. */
function test(
  name: string,
  fn: (file: string, store: MemoryStore) => Promise<void>,
): void {
  Deno.test(`large upload: ${name}`, () =>
    withDir(async (dir) => {
      await writeFiles(dir, { large: randomBytes(12 * MIB) });
      await fn(join(dir, "large"), new MemoryStore({ maxPutSize: 5 * MIB }));
    }));
}

/** Uploads to a store with a fault in it, and counts what it was asked. */
async function attempt(
  file: string,
  store: ObjectStore,
  fault: (operation: Operation, count: number) => void | Promise<void>,
) {
  const counts: Partial<Record<Operation, number>> = {};
  const backend = new UploadBackend(
    faulty(store, async (operation, count) => {
      counts[operation] = count;
      await fault(operation, count);
    }),
    { concurrency: 1 },
  );
  const thrown = await backend.uploadFile(file, LOCATION)
    .then(() => undefined, (error) => error);
  return { thrown, counts };
}

const CHANGES: Readonly<Record<string, (file: string) => Promise<void>>> = {
  "becomes longer": (file) =>
    Deno.writeFile(file, new Uint8Array(1), { append: true }),
  "becomes shorter": (file) => Deno.truncate(file, 7 * MIB),
  "is written anew": async (file) => {
    await Deno.writeFile(file, randomBytes(12 * MIB, 2));
    // Whatever the clock of the file system is worth.
    await Deno.utime(file, new Date(0), new Date(0));
  },
  "disappears": (file) => Deno.remove(file),
};

for (const [what, change] of Object.entries(CHANGES)) {
  test(`a file that ${what} meanwhile fails, and no object appears`, async (
    file,
    store,
  ) => {
    const { thrown, counts } = await attempt(
      file,
      store,
      async (operation, count) => {
        if (operation === "putPart" && count === 1) await change(file);
      },
    );
    const code = what === "disappears" ? "not-found" : "source-changed";
    const error = await assertFails(() => Promise.reject(thrown), code);
    assertEquals(error.location, file);
    assert(!error.retriable);
    assertEquals(counts.abort, 1);
    assertEquals(counts.complete, undefined);
    assertEquals(await store.head(LOCATION), undefined);
  });
}

test("a small file that changes meanwhile fails, too", async (file, store) => {
  await Deno.truncate(file, 10);
  const { thrown } = await attempt(
    file,
    store,
    () => Deno.writeFile(file, new Uint8Array(1), { append: true }),
  );
  const error = await assertFails(
    () => Promise.reject(thrown),
    "source-changed",
  );
  assertEquals(error.location, file);
});

test("a part that fails ends the others, and the upload is aborted", async (
  file,
  store,
) => {
  await store.put(LOCATION, text("before"), PLAIN);
  const failure = final();
  const { thrown, counts } = await attempt(file, store, (operation) => {
    if (operation === "putPart") throw failure;
  });
  assertStrictEquals(thrown, failure);
  assertEquals<unknown>(counts, { beginMultipart: 1, putPart: 1, abort: 1 });
  assertEquals(await readText(store, LOCATION), "before");
});

test("a completion that fails is followed by an abort", async (file, store) => {
  const failure = final();
  const { thrown, counts } = await attempt(file, store, (operation) => {
    if (operation === "complete") throw failure;
  });
  assertStrictEquals(thrown, failure);
  assertEquals(counts.abort, 1);
  assertEquals(
    await listedKeys(store, new OutputLocation("bucket", "run")),
    [],
  );
});

test("an abort that fails does not hide what went wrong first", async (
  file,
  store,
) => {
  const failure = final();
  const { thrown } = await attempt(file, store, (operation) => {
    if (operation === "putPart") throw failure;
    if (operation === "abort") throw passing();
  });
  assertStrictEquals(thrown, failure);
});

/** A test with a bucket of the real server. */
function s3Test(
  name: string,
  fn: (t: { dir: string; bucket: string }) => Promise<void>,
): void {
  Deno.test({
    name: `large upload: ${name}`,
    ignore: !s3,
    fn: () =>
      withDir(async (dir) => fn({ dir, bucket: await freshBucket(s3!) })),
  });
}

s3Test("a file in parts arrives in S3 bit for bit", async ({ dir, bucket }) => {
  const bytes = randomBytes(20 * MIB + 1);
  await writeFiles(dir, { "x.tar.zst": bytes });
  const location = new OutputLocation(bucket, "run/x.tar.zst");
  await using backend = createUploadBackend(s3Options(s3!));
  await backend.uploadFile(join(dir, "x.tar.zst"), location);
  const stored = await readObject(s3!, bucket, "run/x.tar.zst");
  assertSameBytes(stored.bytes, bytes);
  assertEquals(stored.contentType, "application/zstd");
  assertEquals(await listMultipartUploads(s3!, bucket), []);
});

s3Test("an upload that is given up leaves nothing in S3", async (
  { dir, bucket },
) => {
  await writeFiles(dir, { large: randomBytes(20 * MIB) });
  const reason = new Error("enough");
  const controller = new AbortController();
  await using backend = createUploadBackend({
    ...s3Options(s3!),
    concurrency: 2,
    onProgress: ({ kind }) => {
      if (kind === "stored") controller.abort(reason);
    },
  });
  const location = new OutputLocation(bucket, "run/large");
  const thrown = await backend
    .uploadFile(join(dir, "large"), location, { signal: controller.signal })
    .catch((error) => error);
  assertStrictEquals(thrown, reason);
  assertEquals(await listMultipartUploads(s3!, bucket), []);
  assertEquals(await listAll(s3!, bucket), []);
});

s3Test("a file that changes meanwhile leaves nothing in S3", async (
  { dir, bucket },
) => {
  await writeFiles(dir, { large: randomBytes(20 * MIB) });
  const file = join(dir, "large");
  await using backend = createUploadBackend({
    ...s3Options(s3!),
    concurrency: 1,
    onProgress: ({ kind }) => {
      if (kind === "stored") Deno.truncateSync(file, MIB);
    },
  });
  const location = new OutputLocation(bucket, "run/large");
  const upload = () => backend.uploadFile(file, location);
  await assertFails(upload, "source-changed");
  assertEquals(await listMultipartUploads(s3!, bucket), []);
  assertEquals(await listAll(s3!, bucket), []);
});
