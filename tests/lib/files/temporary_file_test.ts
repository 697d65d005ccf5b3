import { assert, assertEquals, assertRejects } from "@std/assert";
import { StorageError } from "../../../lib/errors.ts";
import {
  TemporaryFile,
  writeFileWhole,
} from "../../../lib/files/temporary_file.ts";
import { TEMPORARY_PREFIX } from "../../../lib/files/temporary_name.ts";
import { tempDir, write } from "./temp_tree.ts";

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

Deno.test("a file appears when it is committed, and not before", async () => {
  await using dir = await tempDir();
  await write(dir.at("f"), "old");
  await using file = await TemporaryFile.create(dir.at("f"));
  await file.writeAt(3, bytes("def"));
  await file.writeAt(0, bytes("abc"));
  assertEquals(Deno.readTextFileSync(dir.at("f")), "old");
  const [temporary] = dir.names();
  assert(temporary?.startsWith(TEMPORARY_PREFIX));

  const info = await file.commit();
  assertEquals(Deno.readTextFileSync(dir.at("f")), "abcdef");
  assertEquals([info.isFile, info.size], [true, 6]);
  assertEquals(dir.names(), ["f"]);
});

Deno.test("disposing after a commit does no harm, and twice neither", async () => {
  await using dir = await tempDir();
  const file = await TemporaryFile.create(dir.at("f"));
  await file.writeAt(0, bytes("abc"));
  await file.commit();
  await file[Symbol.asyncDispose]();
  await file[Symbol.asyncDispose]();
  assertEquals(Deno.readTextFileSync(dir.at("f")), "abc");
  assertEquals(dir.names(), ["f"]);
});

Deno.test("disposing without a commit leaves what was there", async () => {
  await using dir = await tempDir();
  await write(dir.at("f"), "old");
  {
    await using file = await TemporaryFile.create(dir.at("f"));
    await file.writeAt(0, bytes("new"));
    await using other = await TemporaryFile.create(dir.at("g"));
    await other.writeAt(0, bytes("new"));
  }
  assertEquals(dir.names(), ["f"]);
  assertEquals(Deno.readTextFileSync(dir.at("f")), "old");
});

Deno.test("a time that is given is the file's time", async () => {
  await using dir = await tempDir();
  const modifiedAt = new Date("2025-01-02T03:04:05Z");
  await using file = await TemporaryFile.create(dir.at("f"));
  await file.writeAt(0, bytes("abc"));
  const info = await file.commit({ modifiedAt });
  assertEquals(info.mtime, modifiedAt);
  assertEquals(Deno.statSync(dir.at("f")).mtime, modifiedAt);
});

Deno.test("a stream is written whole", async () => {
  await using dir = await tempDir();
  await using file = await TemporaryFile.create(dir.at("f"));
  await file.writeStream(
    ReadableStream.from([bytes("ab"), bytes(""), bytes("c")]),
  );
  await file.commit();
  assertEquals(Deno.readTextFileSync(dir.at("f")), "abc");
});

Deno.test("a stream that breaks leaves nothing behind", async () => {
  await using dir = await tempDir();
  const broken = new Error("broken");
  const thrown = await assertRejects(async () => {
    await using file = await TemporaryFile.create(dir.at("f"));
    await file.writeStream(
      new ReadableStream({
        start: (controller) => controller.enqueue(bytes("ab")),
        pull: (controller) => controller.error(broken),
      }),
    );
    await file.commit();
  });
  assertEquals(thrown, broken);
  assertEquals(dir.names(), []);
});

Deno.test("a directory in the file's place is not touched", async () => {
  await using dir = await tempDir();
  for (const inner of [undefined, "inner"]) {
    await Deno.mkdir(dir.at("d"), { recursive: true });
    if (inner) await write(dir.at("d", inner));
    const error = await assertRejects(
      () => writeFileWhole(dir.at("d"), bytes("abc")),
      StorageError,
      dir.at("d"),
    );
    assertEquals(error.code, "wrong-file-type");
    assert(Deno.statSync(dir.at("d")).isDirectory);
    assertEquals(dir.names(), ["d"]);
  }
});

Deno.test("a missing directory is said to be missing", async () => {
  await using dir = await tempDir();
  const error = await assertRejects(
    () => writeFileWhole(dir.at("absent", "f"), bytes("abc")),
    StorageError,
    dir.at("absent", "f"),
  );
  assertEquals(error.code, "not-found");
  assertEquals(dir.names(), []);
});

Deno.test({
  name:
    "a link in the file's place is replaced and not written through (POSIX)",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await tempDir();
    await write(dir.at("target"), "precious");
    await Deno.symlink("target", dir.at("link"));
    await writeFileWhole(dir.at("link"), bytes("abc"));
    assertEquals(Deno.readTextFileSync(dir.at("target")), "precious");
    assert(!Deno.lstatSync(dir.at("link")).isSymlink);
    assertEquals(Deno.readTextFileSync(dir.at("link")), "abc");
  },
});

Deno.test("many writers of one file: one of them wins, whole", async () => {
  await using dir = await tempDir();
  const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(10_000));
  await Promise.all(
    texts.map((text) => writeFileWhole(dir.at("f"), bytes(text))),
  );
  assert(texts.includes(Deno.readTextFileSync(dir.at("f"))));
  assertEquals(dir.names(), ["f"]);
});
