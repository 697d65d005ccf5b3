import { assertEquals, assertRejects } from "@std/assert";
import { StorageError } from "../../../lib/errors.ts";
import { isDirectory, isFile, isThere } from "../../../lib/files/file_type.ts";
import { tempDir, write } from "./temp_tree.ts";

async function kinds(path: string): Promise<[boolean, boolean, boolean]> {
  return [await isDirectory(path), await isFile(path), await isThere(path)];
}

Deno.test("files, directories and nothing are told apart", async () => {
  await using dir = await tempDir();
  await write(dir.at("f"));
  assertEquals(await kinds(dir.path), [true, false, true]);
  assertEquals(await kinds(dir.at("f")), [false, true, true]);
  assertEquals(await kinds(dir.at("absent")), [false, false, false]);
  assertEquals(await kinds(dir.at("absent", "x")), [false, false, false]);
  assertEquals(await kinds(dir.at("f", "x")), [false, false, false]);
});

Deno.test({
  name: "a link is what it leads to, and a dangling one is nothing (POSIX)",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await tempDir();
    await write(dir.at("f"));
    await Deno.symlink("f", dir.at("to-file"));
    await Deno.symlink(".", dir.at("to-dir"));
    await Deno.symlink("absent", dir.at("dangling"));
    assertEquals(await kinds(dir.at("to-file")), [false, true, true]);
    assertEquals(await kinds(dir.at("to-dir")), [true, false, true]);
    assertEquals(await kinds(dir.at("dangling")), [false, false, false]);
  },
});

Deno.test({
  name: "what cannot be told is not taken for nothing (POSIX)",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await tempDir();
    await Deno.symlink("loop", dir.at("loop"));
    for (const path of [dir.at("loop"), dir.at("n".repeat(300))]) {
      const error = await assertRejects(() => isThere(path), StorageError);
      assertEquals(error.operation, "look at");
    }
  },
});
