import { assertEquals, assertStringIncludes } from "@std/assert";
import { StorageError } from "../../../lib/errors.ts";
import { walkFiles } from "../../../lib/files/walk.ts";
import { shell, tempDir, write } from "./temp_tree.ts";

// Deno itself cannot make such names; neither can all file systems.
const MAKE = `cd "$1" && : > "$(printf 'bad\\377.log')" &&
  mkdir "$(printf 'dir\\377')" && : > "$(printf 'dir\\377')/inner.log"`;

async function canMakeGarbledNames(): Promise<boolean> {
  if (Deno.build.os === "windows") return false;
  await using dir = await tempDir();
  return await shell(MAKE, dir.path) && dir.names().length === 2;
}

if (await canMakeGarbledNames()) {
  Deno.test({
    name: "names that are not valid UTF-8 are reported, and the rest is taken",
    async fn() {
      await using dir = await tempDir();
      await shell(MAKE, dir.path);
      await write(dir.at("good.log"));
      const found = await walkFiles(dir.path);
      assertEquals(found.files, ["good.log"]);
      const failures = [...found.failures]
        .sort((a, b) => a.path < b.path ? -1 : 1);
      assertEquals(failures.map(({ path }) => path), [
        "bad\ufffd.log",
        "dir\ufffd",
      ]);
      for (const { error } of failures) {
        assertEquals(error instanceof StorageError, true);
        assertStringIncludes(error.message, "not valid UTF-8");
      }
    },
  });

  Deno.test({
    name: "a name with U+FFFD that is really its name is a name like others",
    async fn() {
      await using dir = await tempDir();
      await write(dir.at("odd\ufffd.log"));
      await write(dir.at("dir\ufffd", "a.log"));
      const found = await walkFiles(dir.path);
      assertEquals(found.files, ["dir\ufffd/a.log", "odd\ufffd.log"]);
      assertEquals(found.failures, []);
    },
  });

  Deno.test({
    name: "a garbled name does not pass for its twin with U+FFFD",
    async fn() {
      await using dir = await tempDir();
      await shell(MAKE, dir.path);
      await write(dir.at("bad\ufffd.log"));
      const found = await walkFiles(dir.path, { include: ["bad*"] });
      // Of two files that Deno shows by one name, one cannot be read: to list
      // the other twice would lose it silently.
      assertEquals(found.files, ["bad\ufffd.log"]);
      assertEquals(
        found.failures.map(({ path }) => path).sort(),
        ["bad\ufffd.log", "dir\ufffd"],
      );
    },
  });
}
