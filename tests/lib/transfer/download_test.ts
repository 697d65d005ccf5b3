import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  downloadObject,
  readSmallObject,
} from "../../../lib/transfer/download.ts";
import { type ErrorCode, StorageError } from "../../../lib/errors.ts";
import { OutputLocation } from "../../../lib/output_location.ts";
import { MemoryStore } from "../../../lib/storage/memory_store.ts";
import {
  bytesBody,
  type ObjectStore,
} from "../../../lib/storage/object_store.ts";
import { RetryingStore } from "../../../lib/storage/retrying_store.ts";
import { S3Store } from "../../../lib/storage/s3_store.ts";
import { faulty, final, passing } from "../../storage/faulty_store.ts";
import { s3Options } from "../../storage/made_stores.ts";
import { sha256 } from "../../support/artifact_archives.ts";
import { freshBucket, s3ForTests } from "../../support/s3_server.ts";
import { listFiles, TempDir } from "../../support/tree.ts";
import { cutAfter, watchGets } from "../../support/watched_store.ts";

const MIB = 1024 * 1024;
const AT = new OutputLocation("bucket", "1-linux/a_lib_generic.tar.xz");
const FAST = { minDelay: 0, maxDelay: 0 };
const MODIFIED = new Date("2025-03-04T05:06:07Z");

/** No two mebibytes are alike. */
function content(size: number, salt = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i += 997) bytes[i] = (i / 997 + salt) % 251 + 1;
  return bytes;
}

async function put(
  store: ObjectStore,
  bytes: Uint8Array<ArrayBuffer>,
  at = AT,
): Promise<void> {
  await store.put(at, bytesBody("x", bytes), {
    contentType: "application/x-xz",
    modifiedAt: MODIFIED,
  });
}

async function storeOf(bytes: Uint8Array<ArrayBuffer>): Promise<MemoryStore> {
  const store = new MemoryStore();
  await put(store, bytes);
  return store;
}

async function failureOf(
  promise: Promise<unknown>,
  code: ErrorCode,
): Promise<StorageError> {
  const error = await assertRejects(() => promise, StorageError);
  assertEquals(error.code, code, error.message);
  return error;
}

Deno.test("a large object arrives in parallel ranges of one version", async () => {
  await using temp = await TempDir.make();
  const bytes = content(40 * MIB);
  const store = await storeOf(bytes);
  const watched = watchGets(store);
  let arrived = 0;
  const path = temp.join("not/there/yet/a.tar.xz");
  const result = await downloadObject(watched.store, AT, path, {
    sha256: sha256(bytes),
    onBytes: (count) => arrived += count,
  });
  assertEquals(result, { size: bytes.length, kind: "downloaded" });
  assertEquals(arrived, bytes.length);
  assertEquals(sha256(await Deno.readFile(path)), sha256(bytes));
  const etag = (await store.head(AT))?.etag;
  assertEquals(
    watched.gets.map(({ start, end, ifMatch }) => [start, end, ifMatch]),
    [
      [0, 16 * MIB, etag],
      [16 * MIB, 32 * MIB, etag],
      [32 * MIB, 40 * MIB, etag],
    ],
  );
  assertGreater(watched.most, 1);
  assertEquals((await Deno.stat(path)).mtime, MODIFIED);
  assertEquals(await listFiles(temp.path), ["not/there/yet/a.tar.xz"]);
});

Deno.test("an object that changes meanwhile is not put together of two", async () => {
  await using temp = await TempDir.make();
  await Deno.writeTextFile(temp.join("a"), "from before");
  const store = await storeOf(content(40 * MIB));
  const changing = watchGets(store, async (reader, { number }) => {
    if (number === 1) await put(store, content(40 * MIB, 1));
    return reader;
  });
  await failureOf(
    downloadObject(changing.store, AT, temp.join("a"), { retry: FAST }),
    "precondition-failed",
  );
  assertEquals(await listFiles(temp.path), ["a"]);
  assertEquals(await Deno.readTextFile(temp.join("a")), "from before");
});

const s3 = await s3ForTests();
if (s3 !== undefined) {
  Deno.test("the real S3 server gives ranges of one version only", async () => {
    await using temp = await TempDir.make();
    const bucket = await freshBucket(s3);
    const at = new OutputLocation(bucket, AT.relativePath);
    const store = new RetryingStore(new S3Store(s3Options(s3)));
    try {
      const bytes = content(20 * MIB);
      await put(store, bytes, at);
      await downloadObject(store, at, temp.join("a"));
      assertEquals(sha256(await Deno.readFile(temp.join("a"))), sha256(bytes));
      const changing = faulty(store, async (operation, count) => {
        if (operation !== "get" || count !== 2) return;
        await put(store, content(20 * MIB, 1), at);
      });
      await failureOf(
        downloadObject(changing, at, temp.join("b")),
        "precondition-failed",
      );
      assertEquals(await listFiles(temp.path), ["a"]);
    } finally {
      await store.close();
    }
  });
}

Deno.test("a body that breaks is taken up where it broke", async () => {
  await using temp = await TempDir.make();
  const bytes = content(3 * MIB);
  const cuts = [MIB, 0, 5000];
  const broken = watchGets(await storeOf(bytes), (reader, { number }) => {
    const cut = cuts[number - 1];
    return cut === undefined ? reader : cutAfter(reader, cut, passing());
  });
  let arrived = 0;
  const retries: number[] = [];
  await downloadObject(broken.store, AT, temp.join("a"), {
    sha256: sha256(bytes),
    retry: { ...FAST, onRetry: ({ attempt }) => retries.push(attempt) },
    onBytes: (count) => arrived += count,
  });
  assertEquals(arrived, bytes.length);
  assertEquals(retries, [1, 2, 3]);
  assertEquals(
    broken.gets.map(({ start }) => start),
    [0, MIB, MIB, MIB + 5000],
  );
});

Deno.test("a body that always breaks ends the download, and leaves nothing", async () => {
  await using temp = await TempDir.make();
  const broken = watchGets(
    await storeOf(content(40 * MIB)),
    (reader, { start }) =>
      start === 0 ? reader : cutAfter(reader, 10, passing()),
  );
  await failureOf(
    downloadObject(broken.store, AT, temp.join("a"), { retry: FAST }),
    "unavailable",
  );
  assertEquals(await listFiles(temp.path), []);
});

Deno.test("what cannot be opened is left to the store to try again", async () => {
  await using temp = await TempDir.make();
  for (const error of [passing(), final()]) {
    const refusing = watchGets(await storeOf(content(10)), () => {
      throw error;
    });
    const store = new RetryingStore(refusing.store, FAST);
    for (
      const attempt of [
        () => downloadObject(store, AT, temp.join("a"), { retry: FAST }),
        () => readSmallObject(store, AT, 100, { retry: FAST }),
      ]
    ) {
      const before = refusing.gets.length;
      await failureOf(attempt(), error.code);
      // Not five times five.
      assertEquals(refusing.gets.length - before, error.retriable ? 5 : 1);
    }
  }
  assertEquals(await listFiles(temp.path), []);
});

Deno.test("an answer that is too short or too long is no download", async () => {
  await using temp = await TempDir.make();
  for (const [size, given] of [[10, 9], [10, 11], [10, 0], [0, 0]] as const) {
    const wrong = watchGets(
      await storeOf(content(size)),
      (reader) => ({ ...reader, body: new Blob([content(given)]).stream() }),
    );
    const download = downloadObject(wrong.store, AT, temp.join("a"), {
      retry: { ...FAST, attempts: 2 },
    });
    if (size === given) await download;
    else {
      const { message } = await failureOf(download, "network");
      assertStringIncludes(message, AT.s3Uri);
      assertEquals(await listFiles(temp.path), []);
    }
  }
  assertEquals((await Deno.stat(temp.join("a"))).size, 0);
});

Deno.test("a file that is there is trusted by its digest alone", async () => {
  await using temp = await TempDir.make();
  const bytes = content(1000);
  const { store, gets } = watchGets(await storeOf(bytes));
  const path = temp.join("a");
  const download = (sha256?: string) =>
    downloadObject(store, AT, path, { sha256 });
  const right = sha256(bytes);
  await Deno.writeFile(path, bytes.subarray(0, 500));
  assertEquals((await download(right)).kind, "downloaded");
  assertEquals((await download(right)).kind, "present");
  // Of the same size, and without a digest to tell by.
  await Deno.writeFile(path, new Uint8Array(1000));
  assertEquals((await download()).kind, "downloaded");
  assertEquals(gets.length, 2);
  assertEquals(await Deno.readFile(path), bytes);
});

Deno.test("content with another digest is refused, and what was there stays", async () => {
  await using temp = await TempDir.make();
  const bytes = content(1000);
  const store = await storeOf(bytes);
  await Deno.writeTextFile(temp.join("a"), "from before");
  const wanted = sha256("something else");
  const { message } = await failureOf(
    downloadObject(store, AT, temp.join("a"), { sha256: wanted }),
    "corrupt",
  );
  for (const part of [AT.s3Uri, wanted, sha256(bytes)]) {
    assertStringIncludes(message, part);
  }
  assertEquals(await listFiles(temp.path), ["a"]);
  assertEquals(await Deno.readTextFile(temp.join("a")), "from before");
});

Deno.test("what cannot be downloaded says why", async () => {
  await using temp = await TempDir.make();
  const store = await storeOf(content(10));
  const absent = new OutputLocation("bucket", "1-linux/b");
  await failureOf(downloadObject(store, absent, temp.join("a")), "not-found");
  await Deno.mkdir(temp.join("directory"));
  await failureOf(
    downloadObject(store, AT, temp.join("directory")),
    "wrong-file-type",
  );
  await Deno.writeTextFile(temp.join("file"), "");
  await failureOf(
    downloadObject(store, AT, temp.join("file/a")),
    "wrong-file-type",
  );
  assertEquals(await listFiles(temp.path), ["file"]);
});

Deno.test("a signal ends a download with its reason, and nothing is left", async () => {
  await using temp = await TempDir.make();
  const aborting = new AbortController();
  const reason = new Error("enough");
  const watched = watchGets(await storeOf(content(40 * MIB)));
  const error = await assertRejects(() =>
    downloadObject(watched.store, AT, temp.join("a"), {
      signal: aborting.signal,
      onBytes: () => aborting.abort(reason),
    })
  );
  assert(error === reason);
  assertEquals(await listFiles(temp.path), []);
});

Deno.test("a small object is read whole, and a large one is not read", async () => {
  const bytes = content(100);
  const broken = watchGets(
    await storeOf(bytes),
    (reader, { number }) =>
      number === 1 ? cutAfter(reader, 10, passing()) : reader,
  );
  const read = (limit: number) =>
    readSmallObject(broken.store, AT, limit, { retry: FAST });
  assertEquals(await read(100), bytes);
  assertEquals(broken.gets.length, 2);
  await failureOf(read(99), "corrupt");
  assertEquals(broken.gets.length, 2);
});
