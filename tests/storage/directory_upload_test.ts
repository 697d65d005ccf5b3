import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { join } from "@std/path";
import { OutputLocation } from "../../lib/output_location.ts";
import { MemoryStore } from "../../lib/storage/memory_store.ts";
import { UploadBackend } from "../../lib/upload_backend.ts";
import { IncompleteUploadError } from "../../lib/upload_result.ts";
import { assertFails, listedKeys, randomBytes } from "./cases.ts";
import { faulty, final } from "./faulty_store.ts";
import { buildTree, withDir, writeFiles } from "./tree.ts";

const MIB = 1024 * 1024;
const RUN = new OutputLocation("bucket", "12345-linux");
const LETTERS = [..."abcdefgh"].map((letter) => `${letter}.log`);
const eightFiles = () => Object.fromEntries(LETTERS.map((f) => [f, `in ${f}`]));

/** A test with a directory, a store in memory, and a limit for one request. */
function test(
  name: string,
  fn: (dir: string, store: MemoryStore) => Promise<void>,
): void {
  Deno.test(`upload: ${name}`, () =>
    withDir((dir) => fn(dir, new MemoryStore({ maxPutSize: 5 * MIB }))));
}

/** What an upload of a directory failed with. */
async function incomplete(
  upload: Promise<unknown>,
): Promise<IncompleteUploadError> {
  return await assertRejects(() => upload, IncompleteUploadError);
}

/** Lets others go on, and so gets what is done at once to overlap. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

test("of the files of a directory all are tried, though some fail", async (
  dir,
  store,
) => {
  await writeFiles(dir, eightFiles());
  // Names that no object can have are found by the walk, before the others.
  await writeFiles(dir, { "c\\d.log": "x", "z\n.log": "x" });
  let puts = 0;
  const error = final();
  const broken = {
    ...faulty(store, () => {}),
    put: async (...[location, body, options]: Parameters<typeof store.put>) => {
      puts++;
      // The later ones fail first.
      if (location.name === "b.log") await turn();
      if (["b.log", "e.log"].includes(location.name)) throw error;
      return await store.put(location, body, options);
    },
  };
  const backend = new UploadBackend(broken);
  const thrown = await incomplete(backend.uploadDirectory(dir, RUN));
  assertEquals(puts, 8);
  assertEquals(
    thrown.failures.map(({ source, location, error }) => [
      source,
      location?.relativePath,
      error.code,
    ]),
    [
      [join(dir, "b.log"), "12345-linux/b.log", "access-denied"],
      [join(dir, "c\\d.log"), undefined, "invalid-value"],
      [join(dir, "e.log"), "12345-linux/e.log", "access-denied"],
      [join(dir, "z\n.log"), undefined, "invalid-value"],
    ],
  );
  assertMatch(thrown.message, /it is a test \(and 3 more\)$/);
  const stored = ["a", "c", "d", "f", "g", "h"].map((x) =>
    `12345-linux/${x}.log`
  );
  assertEquals(
    thrown.result.uploaded.map(({ location }) => location.relativePath),
    stored,
  );
  assertEquals(await listedKeys(store, RUN), stored);
});

test("a key that is too long fails alone", async (dir, store) => {
  const long = [..."abcde"].map((letter) => letter.repeat(220)).join("/");
  await writeFiles(dir, { [`${long}/x`]: "x", "y": "y" });
  const backend = new UploadBackend(store);
  const { failures } = await incomplete(backend.uploadDirectory(dir, RUN));
  assertEquals(failures.map(({ error }) => error.code), ["invalid-value"]);
  assertEquals(await listedKeys(store, RUN), ["12345-linux/y"]);
});

test("a bug is no failure of a file: it passes through", async (dir, store) => {
  await writeFiles(dir, { "a": "x" });
  const bug = new TypeError("a bug");
  const backend = new UploadBackend(faulty(store, () => {
    throw bug;
  }));
  const thrown = await backend.uploadDirectory(dir, RUN).catch((e) => e);
  assertStrictEquals(thrown, bug);
});

test("an aborted signal ends the upload; what is missing is named", async (
  dir,
  store,
) => {
  await writeFiles(dir, eightFiles());
  const controller = new AbortController();
  const { signal } = controller;
  const backend = new UploadBackend(
    faulty(store, (_, count) => {
      if (count === 3) controller.abort(new Error("enough"));
    }),
    { concurrency: 1 },
  );
  const thrown = await incomplete(
    backend.uploadDirectory(dir, RUN, { signal }),
  );
  assertEquals(
    thrown.result.uploaded.map(({ source }) => source),
    [join(dir, "a.log"), join(dir, "b.log")],
  );
  assertEquals(
    thrown.failures.map(({ source, error }) => [source, error.code]),
    LETTERS.slice(2).map((name) => [join(dir, name), "aborted"]),
  );
  assertEquals((await listedKeys(store, RUN)).length, 2);
});

test("no more than the given number of requests are in flight", async (
  dir,
  store,
) => {
  await writeFiles(dir, eightFiles());
  await writeFiles(dir, { "large/1": randomBytes(16 * MIB) });
  await writeFiles(dir, { "large/2": randomBytes(16 * MIB) });
  for (const concurrency of [1, 3]) {
    let inFlight = 0;
    let most = 0;
    const full = Promise.withResolvers<void>();
    const during = async <T>(request: () => Promise<T>) => {
      most = Math.max(most, ++inFlight);
      try {
        // That many come to be in flight, or nothing ever is stored.
        if (inFlight === concurrency) full.resolve();
        await full.promise;
        await turn();
        return await request();
      } finally {
        inFlight--;
      }
    };
    const observed = {
      ...faulty(store, () => {}),
      put: (...args: Parameters<typeof store.put>) =>
        during(() => store.put(...args)),
      beginMultipart: async (
        ...args: Parameters<typeof store.beginMultipart>
      ) => {
        const upload = await store.beginMultipart(...args);
        return {
          ...upload,
          putPart: (...args: Parameters<typeof upload.putPart>) =>
            during(() => upload.putPart(...args)),
        };
      },
    };
    const backend = new UploadBackend(observed, { concurrency });
    // Two directories at once share the backend's limit.
    await Promise.all([
      backend.uploadDirectory(dir, RUN),
      backend.uploadDirectory(dir, RUN.child("again")),
    ]);
    assertEquals(most, concurrency);
  }
  assertEquals((await listedKeys(store, RUN)).length, 20);
});

test("patterns choose files; links and pipes are left out and counted", async (
  dir,
  store,
) => {
  await buildTree(dir, [
    { path: "a.log", type: "file" },
    { path: "sub/b.log", type: "file" },
    { path: "sub/b.tmp.log", type: "file" },
    { path: "c.txt", type: "file" },
    { path: "link.log", type: "symlink", target: "a.log" },
    { path: "sub/dangling.log", type: "symlink", target: "nowhere" },
    { path: "link.txt", type: "symlink", target: "c.txt" },
    ...(Deno.build.os === "windows"
      ? []
      : [{ path: "pipe.log", type: "fifo" } as const]),
  ]);
  const backend = new UploadBackend(store);
  const result = await backend.uploadDirectory(dir, RUN, {
    include: ["*.log"],
    exclude: ["*.tmp.*"],
  });
  const keys = ["12345-linux/a.log", "12345-linux/sub/b.log"];
  assertEquals(
    result.uploaded.map(({ location }) => location.relativePath),
    keys,
  );
  assertEquals(await listedKeys(store, RUN), keys);
  assertEquals(result.links, ["link.log", "sub/dangling.log"]);
  assertEquals(
    result.special,
    Deno.build.os === "windows" ? [] : ["pipe.log"],
  );
});

test("a directory that is missing, or none, is refused", async (dir, store) => {
  await writeFiles(dir, { "file": "x" });
  const backend = new UploadBackend(store);
  const upload = (name: string) => () =>
    backend.uploadDirectory(join(dir, name), RUN);
  await assertFails(upload("missing"), "not-found");
  await assertFails(upload("file"), "wrong-file-type");
  assertEquals(await listedKeys(store, RUN), []);
});
