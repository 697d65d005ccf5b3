import { assertEquals, assertRejects } from "@std/assert";
import { StorageError } from "../../../lib/errors.ts";
import { FileSource } from "../../../lib/files/file_source.ts";
import { makeFifo, modesCount, tempDir, write } from "./temp_tree.ts";

const MODIFIED = new Date("2025-01-02T03:04:05Z");

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

Deno.test("a file is read in ranges, in any order and at once", async () => {
  await using dir = await tempDir();
  await write(dir.at("f"), "0123456789");
  await Deno.utime(dir.at("f"), MODIFIED, MODIFIED);
  await using source = await FileSource.open(dir.at("f"));
  assertEquals([source.path, source.size], [dir.at("f"), 10]);
  assertEquals(source.modifiedAt, MODIFIED);
  const ranges = await Promise.all([
    source.read(7, 3),
    source.read(0, 4),
    source.read(4, 3),
    source.read(0, 10),
    source.read(10, 0),
  ]);
  assertEquals(ranges.map(text), ["789", "0123", "456", "0123456789", ""]);
  await source.checkUnchanged();
});

Deno.test("an empty file has no bytes", async () => {
  await using dir = await tempDir();
  await write(dir.at("f"), "");
  await using source = await FileSource.open(dir.at("f"));
  assertEquals(source.size, 0);
  assertEquals((await source.read(0, 0)).length, 0);
});

Deno.test("a file that became shorter cannot be read to the end", async () => {
  await using dir = await tempDir();
  await write(dir.at("f"), "0123456789");
  await using source = await FileSource.open(dir.at("f"));
  await Deno.truncate(dir.at("f"), 5);
  const error = await assertRejects(
    () => source.read(0, 10),
    StorageError,
    "changed while it was being read",
  );
  assertEquals([error.code, error.retriable], ["source-changed", false]);
  // The next range is read all the same.
  assertEquals(text(await source.read(0, 5)), "01234");
});

Deno.test("a change of size or time is noticed", async () => {
  await using dir = await tempDir();
  const changes: Record<string, (path: string) => Promise<void>> = {
    grown: async (path) => {
      await Deno.writeTextFile(path, "more", { append: true });
      await Deno.utime(path, MODIFIED, MODIFIED);
    },
    shrunk: async (path) => {
      await Deno.truncate(path, 1);
      await Deno.utime(path, MODIFIED, MODIFIED);
    },
    touched: (path) =>
      Deno.utime(path, MODIFIED, new Date(MODIFIED.getTime() + 1000)),
    replaced: async (path) => {
      await write(`${path}.new`, "0123456789");
      await Deno.rename(`${path}.new`, path);
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    const path = dir.at(name);
    await write(path, "0123456789");
    await Deno.utime(path, MODIFIED, MODIFIED);
    await using source = await FileSource.open(path);
    await change(path);
    const error = await assertRejects(
      () => source.checkUnchanged(),
      StorageError,
      path,
    );
    assertEquals(error.code, "source-changed", name);
  }
});

Deno.test("a file that is gone is said to be gone", async () => {
  await using dir = await tempDir();
  await write(dir.at("f"));
  await using source = await FileSource.open(dir.at("f"));
  await Deno.remove(dir.at("f"));
  const error = await assertRejects(
    () => source.checkUnchanged(),
    StorageError,
  );
  assertEquals(error.code, "not-found");
});

Deno.test("what is no file cannot be opened", async () => {
  await using dir = await tempDir();
  const absent = await assertRejects(
    () => FileSource.open(dir.at("absent")),
    StorageError,
    dir.at("absent"),
  );
  assertEquals(absent.code, "not-found");
  const directory = await assertRejects(
    () => FileSource.open(dir.path),
    StorageError,
    "it is a directory",
  );
  assertEquals(directory.code, "wrong-file-type");
});

Deno.test({
  name: "a pipe is refused without waiting for its writer (POSIX)",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await tempDir();
    await makeFifo(dir.at("pipe"));
    const error = await assertRejects(
      () => FileSource.open(dir.at("pipe")),
      StorageError,
      "not a regular file",
    );
    assertEquals(error.code, "wrong-file-type");
  },
});

Deno.test({
  name: "a file that may not be read is said so (not where modes do not count)",
  ignore: !(await modesCount()),
  async fn() {
    await using dir = await tempDir();
    await write(dir.at("f"));
    await Deno.chmod(dir.at("f"), 0o000);
    const error = await assertRejects(
      () => FileSource.open(dir.at("f")),
      StorageError,
      "permission denied",
    );
    assertEquals(error.code, "access-denied");
  },
});

Deno.test("disposing waits for a read that is under way", async () => {
  await using dir = await tempDir();
  await write(dir.at("f"), "x".repeat(1_000_000));
  let read: Promise<Uint8Array>;
  {
    await using source = await FileSource.open(dir.at("f"));
    read = source.read(0, 1_000_000);
  }
  assertEquals((await read).length, 1_000_000);
});
