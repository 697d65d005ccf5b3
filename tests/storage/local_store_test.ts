import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { join } from "@std/path";
import { OutputLocation } from "../../lib/output_location.ts";
import { LocalStore } from "../../lib/storage/local_store.ts";
import {
  assertFails,
  listedKeys,
  PLAIN,
  putText,
  randomBytes,
  readText,
  text,
} from "./cases.ts";
import { describeStore } from "./conformance.ts";
import { filesBelow, makeLocalStore } from "./made_stores.ts";
import { runScript } from "./script.ts";

describeStore("local store", {
  make: makeLocalStore,
  keepsContentType: false,
});

const at = (path: string) => new OutputLocation("bucket", path);

/** A test with a directory of its own, in which `staging` does not exist. */
function test(
  name: string,
  fn: (dir: string, store: LocalStore) => Promise<void>,
  ignore = false,
): void {
  Deno.test({
    name: `local store: ${name}`,
    ignore,
    async fn() {
      const dir = await Deno.makeTempDir({ prefix: "run-outputs-test-" });
      try {
        await fn(dir, new LocalStore(join(dir, "staging")));
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  });
}

test("the staging directory is made when the first object is stored", async (dir) => {
  const store = new LocalStore(join(dir, "new", "staging"));
  assertEquals(await listedKeys(store, at("run")), []);
  assertEquals(await store.head(at("run/x")), undefined);
  assertEquals(await filesBelow(dir), []);
  await putText(store, at("run/deep/x"), "content");
  assertEquals(await filesBelow(dir), [
    join(dir, "new", "staging", "run", "deep", "x"),
  ]);
});

test("a body that fails leaves no file behind, and no other changed", async (
  dir,
  store,
) => {
  await putText(store, at("run/x"), "before");
  const reason = new TypeError("cannot be read");
  const bytes = () => Promise.reject(reason);
  for (const path of ["run/x", "run/y"]) {
    const thrown = await store.put(
      at(path),
      { name: "x", size: 9, bytes },
      PLAIN,
    )
      .then(() => "nothing", (error) => error);
    assertStrictEquals(thrown, reason);
  }
  const stored = join(dir, "staging", "run", "x");
  assertEquals(await filesBelow(dir), [stored]);
  assertEquals(await Deno.readTextFile(stored), "before");
});

test("the time of modification is kept, in one go and in parts", async (
  dir,
  store,
) => {
  const options = {
    ...PLAIN,
    modifiedAt: new Date("2001-02-03T04:05:06.789Z"),
  };
  await store.put(at("a"), text("x"), options);
  const upload = await store.beginMultipart(at("b"), 10, options);
  await upload.putPart({ number: 1, bytes: randomBytes(3) });
  await upload.complete();
  for (const name of ["a", "b"]) {
    const { mtime } = await Deno.stat(join(dir, "staging", name));
    assertEquals(mtime, options.modifiedAt);
    const info = await store.head(at(name));
    assertEquals(info?.modifiedAt, options.modifiedAt);
  }
});

test("a symbolic link at the target is replaced, not written through", async (
  dir,
  store,
) => {
  await putText(store, at("run/other"), "x");
  const outside = join(dir, "precious");
  await Deno.writeTextFile(outside, "precious");
  const target = join(dir, "staging", "run", "x");
  for (const pointsTo of [outside, join(dir, "nowhere")]) {
    await Deno.remove(target).catch(() => {});
    await Deno.symlink(pointsTo, target);
    await putText(store, at("run/x"), "new");
    assert((await Deno.lstat(target)).isFile);
    assertEquals(await Deno.readTextFile(target), "new");
  }
  assertEquals(await Deno.readTextFile(outside), "precious");
  assertEquals((await filesBelow(dir)).length, 3);
});

test("a symbolic link on the way that leads out is refused", async (
  dir,
  store,
) => {
  const outside = join(dir, "outside");
  await Deno.mkdir(outside);
  await putText(store, at("run/x"), "x");
  await Deno.symlink(outside, join(dir, "staging", "run", "link"));
  await Deno.symlink("../../outside", join(dir, "staging", "run", "relative"));
  const paths = ["run/link/x", "run/link/deep/er/x", "run/relative/x"];
  for (const path of paths) {
    const put = () => store.put(at(path), text("x"), PLAIN);
    const error = await assertFails(put, "access-denied");
    assert(error.reason.includes(outside), error.reason);
    // What was refused once is not let through later.
    await assertFails(put, "access-denied");
  }
  assertEquals(await Array.fromAsync(Deno.readDir(outside)), []);
});

test("symbolic links that stay in the staging directory may be used", async (dir) => {
  await Deno.mkdir(join(dir, "real", "run", "a"), { recursive: true });
  await Deno.symlink("a", join(dir, "real", "run", "b"));
  await Deno.symlink("real", join(dir, "staging"));
  const store = new LocalStore(join(dir, "staging"));
  await putText(store, at("run/b/x"), "content");
  assertEquals(await readText(store, at("run/a/x")), "content");
});

test("symbolic links are not listed as objects", async (dir, store) => {
  await putText(store, at("run/x"), "x");
  const run = join(dir, "staging", "run");
  await Deno.symlink("x", join(run, "file"));
  await Deno.symlink(".", join(run, "loop"));
  await Deno.symlink("nowhere", join(run, "dangling"));
  assertEquals(await listedKeys(store, at("run")), ["run/x"]);
});

test("a directory that has the target's name gets nothing put inside", async (
  dir,
  store,
) => {
  const target = join(dir, "staging", "run", "x");
  await Deno.mkdir(target, { recursive: true });
  const put = () => store.put(at("run/x"), text("x"), PLAIN);
  const error = await assertFails(put, "wrong-file-type");
  assertEquals(error.location, target);
  assert((await Deno.stat(target)).isDirectory);
  assertEquals(await filesBelow(dir), []);
});

test("a file that stands where a directory should be is left alone", async (
  dir,
  store,
) => {
  await putText(store, at("run/x"), "x");
  const deeper = () => store.put(at("run/x/y/z"), text("x"), PLAIN);
  await assertFails(deeper, "wrong-file-type");
  assertEquals(await readText(store, at("run/x")), "x");
  const inFile = new LocalStore(join(dir, "staging", "run", "x"));
  const put = () => inFile.put(at("a"), text("x"), PLAIN);
  await assertFails(put, "wrong-file-type");
});

test(
  "a staging directory that may not be written to is named",
  async (dir, store) => {
    const staging = join(dir, "staging");
    await Deno.mkdir(staging, { mode: 0o500 });
    const put = () => store.put(at("run/x"), text("x"), PLAIN);
    const error = await assertFails(put, "access-denied");
    assert(error.message.includes(staging), error.message);
  },
  // Permissions do not hold root back.
  Deno.build.os === "windows" || Deno.uid() === 0,
);

test(
  "of a write that the system breaks off nothing is left",
  async (dir) => {
    // As when a disk gets full in the middle, but any user can set this limit.
    const report = await runScript(
      `const store = new LocalStore(${JSON.stringify(join(dir, "staging"))});
       const bytes = new Uint8Array(4 * 1024 * 1024);
       const location = new OutputLocation("bucket", "run/x");
       await tell(store.put(location, bytesBody("x", bytes), PLAIN));`,
      ["--allow-read", "--allow-write"],
      { fileSizeLimit: 1024 },
    );
    assertEquals(report.code, "disk-full");
    assertEquals(report.retriable, false);
    assertEquals(await filesBelow(join(dir, "staging")), []);
  },
  Deno.build.os === "windows",
);

test("a store needs no permission but those for files", async (dir) => {
  const report = await runScript(
    `const store = createUploadBackend({
       stagingDir: ${JSON.stringify(join(dir, "staging"))},
     });
     const location = new OutputLocation("bucket", "run/x.log");
     await tell(store.uploadFile(${
      JSON.stringify(join(dir, "x"))
    }, location));`,
    [`--allow-read=${dir}`, `--allow-write=${dir}`],
    { before: () => Deno.writeTextFile(join(dir, "x"), "content") },
  );
  assertEquals(report, {});
  const stored = join(dir, "staging", "run", "x.log");
  assertEquals(await Deno.readTextFile(stored), "content");
});
