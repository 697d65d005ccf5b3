import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { OutputLocation } from "../lib/output_location.ts";
import type { PlannedObject } from "../lib/storage/dry_run_store.ts";
import { MemoryStore } from "../lib/storage/memory_store.ts";
import { createUploadBackend, UploadBackend } from "../lib/upload_backend.ts";
import type { UploadProgress } from "../lib/upload_result.ts";
import {
  assertFails,
  assertSameBytes,
  listedKeys,
  randomBytes,
  read,
  readText,
} from "./storage/cases.ts";
import { faulty, type Operation } from "./storage/faulty_store.ts";
import { withDir, writeFiles } from "./storage/tree.ts";
import {
  s3Failure,
  startScriptedServer,
  success,
} from "./support/loopback_server.ts";

const MIB = 1024 * 1024;
const RUN = new OutputLocation("bucket", "12345-linux");

/** A test with a directory, a store in memory, and a limit for one request. */
function test(
  name: string,
  fn: (dir: string, store: MemoryStore) => Promise<void>,
): void {
  Deno.test(`upload: ${name}`, () =>
    withDir((dir) => fn(dir, new MemoryStore({ maxPutSize: 5 * MIB }))));
}

/** What a store was asked, and how often. */
function counter() {
  const counts: Partial<Record<Operation, number>> = {};
  const count = (operation: Operation, n: number) => {
    counts[operation] = n;
  };
  return { counts, count };
}

test(
  "a file has the content type of its name, or the one that is given",
  async (
    dir,
    store,
  ) => {
    const types = {
      "a.log": "text/plain",
      "a.HTML": "text/html",
      "a.tar.xz": "application/x-xz",
      "a.json": "application/json",
      "a": "application/octet-stream",
    };
    const backend = new UploadBackend(store);
    for (const [name, contentType] of Object.entries(types)) {
      await writeFiles(dir, { [name]: "x" });
      const source = join(dir, name);
      // The name that counts is the file's, not the one it gets.
      const location = RUN.child(`${name}-stored`);
      const uploaded = await backend.uploadFile(source, location);
      assertEquals(uploaded, { source, location, size: 1, contentType });
      assertEquals((await store.head(location))?.contentType, contentType);
      await backend.uploadFile(source, location, { contentType: "text/x" });
      assertEquals((await store.head(location))?.contentType, "text/x");
    }
  },
);

test("a file above the limit goes in parts, one at the limit in one go", async (
  dir,
  store,
) => {
  for (
    const [size, expected] of [
      [0, { put: 1 }],
      [5 * MIB, { put: 1 }],
      [5 * MIB + 1, { beginMultipart: 1, putPart: 2, complete: 1 }],
      [12 * MIB, { beginMultipart: 1, putPart: 3, complete: 1 }],
    ] as const
  ) {
    const bytes = randomBytes(size);
    await writeFiles(dir, { "x.zst": bytes });
    const { counts, count } = counter();
    const backend = new UploadBackend(faulty(store, count));
    await backend.uploadFile(join(dir, "x.zst"), RUN.child("x"));
    assertEquals<unknown>(counts, expected);
    assertSameBytes(await read(store, RUN.child("x")), bytes);
    const info = await store.head(RUN.child("x"));
    assertEquals(info?.contentType, "application/zstd");
    assertEquals(info?.modifiedAt, (await Deno.stat(join(dir, "x.zst"))).mtime);
  }
});

test("what is no file that can be read is refused", async (dir, store) => {
  const backend = new UploadBackend(store);
  const upload = (path: string) => () =>
    backend.uploadFile(join(dir, path), RUN.child("x"));
  const error = await assertFails(upload("missing"), "not-found");
  assertEquals(error.location, join(dir, "missing"));
  await assertFails(upload("."), "wrong-file-type");
  assertEquals(await listedKeys(store, RUN), []);
});

test("progress adds up to what there was, and to what was stored", async (
  dir,
  store,
) => {
  await writeFiles(dir, {
    "a": "123",
    "sub/b": "",
    "c": randomBytes(12 * MIB),
  });
  const sums = { found: [0, 0], stored: [0, 0] };
  const onProgress = ({ kind, files, bytes }: UploadProgress) => {
    const [f = 0, b = 0] = sums[kind];
    sums[kind] = [f + files, b + bytes];
  };
  const backend = new UploadBackend(store, { onProgress });
  await backend.uploadDirectory(dir, RUN);
  await backend.uploadBytes("page", randomBytes(7), RUN.child("index.html"));
  const all = [4, 12 * MIB + 3 + 7];
  assertEquals(sums, { found: all, stored: all });
});

test("generated content is stored under its location's type", async (
  _,
  store,
) => {
  const backend = new UploadBackend(store);
  const location = RUN.child("index.html");
  const bytes = new TextEncoder().encode("<html>");
  const uploaded = await backend.uploadBytes("a page", bytes, location);
  assertEquals(uploaded, {
    source: "a page",
    location,
    size: 6,
    contentType: "text/html",
  });
  assertEquals(await readText(store, location), "<html>");
  assertEquals((await store.head(location))?.contentType, "text/html");
});

test("a backend for a staging directory writes there", async (dir) => {
  await writeFiles(dir, { "logs/a.log": "content" });
  const stagingDir = join(dir, "staging");
  await using backend = createUploadBackend({ stagingDir });
  await backend.uploadDirectory(join(dir, "logs"), RUN.child("logs"));
  const path = join(stagingDir, "12345-linux", "logs", "a.log");
  assertEquals(backend.describe(RUN.child("logs/a.log")), path);
  assertEquals(await Deno.readTextFile(path), "content");
});

test("a backend for a dry run tells its plan and stores nothing", async (dir) => {
  await writeFiles(dir, { "logs/a.log": "content" });
  const plan: PlannedObject[] = [];
  const onPlan = (object: PlannedObject) => plan.push(object);
  const stagingDir = join(dir, "staging");
  for (const options of [{ stagingDir }, {}]) {
    await using backend = createUploadBackend({
      ...options,
      dryRun: true,
      onPlan,
    });
    await backend.uploadDirectory(join(dir, "logs"), RUN);
  }
  assertEquals(plan.map(({ destination }) => destination), [
    join(stagingDir, "12345-linux", "a.log"),
    "s3://bucket/12345-linux/a.log",
  ]);
  await assertRejects(() => Deno.stat(stagingDir), Deno.errors.NotFound);
});

test("a backend for S3 tries again by the policy that it is given", async (dir) => {
  await writeFiles(dir, { "a.log": "content" });
  await using server = startScriptedServer(
    s3Failure(503, "SlowDown"),
    success(),
  );
  const retries: number[] = [];
  await using backend = createUploadBackend({
    endpoint: server.endpoint,
    credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
    retry: { minDelay: 1, onRetry: ({ attempt }) => retries.push(attempt) },
  });
  await backend.uploadFile(join(dir, "a.log"), RUN.child("a.log"));
  assertEquals(retries, [1]);
  assertEquals(
    server.requests.map(({ headers }) => headers.get("content-type")),
    ["text/plain", "text/plain"],
  );
});
