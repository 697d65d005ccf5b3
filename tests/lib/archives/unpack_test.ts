import { assert, assertEquals, assertRejects } from "@std/assert";
import { packTar } from "modern-tar";
import { InvalidValueError, StorageError } from "../../../lib/errors.ts";
import { archiveStem, unpackArchive } from "../../../lib/archives/unpack.ts";
import { linkCourse, memberPath } from "../../../lib/archives/unpack_names.ts";
import {
  directory,
  member,
  pax,
  tarOf,
  xz,
  zst,
} from "../../support/hostile_archives.ts";
import { listFiles, TempDir, writeFiles } from "../../support/tree.ts";

const isWindows = Deno.build.os === "windows";

async function makeArchive(path: string, ...members: Uint8Array[]) {
  await Deno.writeFile(path, await zst(tarOf(...members)));
}

Deno.test("a directory has the archive's name without its two extensions only", () => {
  assertEquals(
    archiveStem("foo-1.2_lib_generic.tar.xz"),
    "foo-1.2_lib_generic",
  );
  assertEquals(
    archiveStem("foo-1.3_lib_generic.tar.zst"),
    "foo-1.3_lib_generic",
  );
  assertEquals(archiveStem("a.tar.xz.tar.xz"), "a.tar.xz");
  assertEquals(archiveStem("a.tar.gz"), "a.tar.gz");
});

Deno.test("archives whose names differ after a dot do not mix", async () => {
  await using dir = await TempDir.make();
  for (const version of ["1.2", "1.3"]) {
    const name = `foo-${version}_lib_generic.tar.zst`;
    await makeArchive(dir.join(name), member(`only-in-${version}`));
    await unpackArchive(dir.join(name), dir.join("out", archiveStem(name)))
      .catch(async (error) => {
        // The directory above must be there.
        assertEquals(error.code, "not-found");
        await Deno.mkdir(dir.join("out"));
        await unpackArchive(dir.join(name), dir.join("out", archiveStem(name)));
      });
  }
  assertEquals(await listFiles(dir.join("out")), [
    "foo-1.2_lib_generic/only-in-1.2",
    "foo-1.3_lib_generic/only-in-1.3",
  ]);
});

for (const [format, compress] of Object.entries({ xz, zst })) {
  Deno.test(`what modern-tar packs comes back from a .tar.${format}`, async () => {
    await using dir = await TempDir.make();
    const mtime = new Date("2001-02-03T04:05:06Z");
    const long = `${"long/".repeat(30)}${"n".repeat(150)}`;
    const file = (name: string, mode: number, body: string) => ({
      header: {
        name,
        size: new TextEncoder().encode(body).length,
        mode,
        mtime,
      },
      body,
    });
    const bytes = await packTar([
      file("read-only", 0o444, "a"),
      file("bin/tool", 0o755, "b"),
      file("prüfung/日本語.txt", 0o640, "ü"),
      file(long, 0o600, "c"),
      file("setuid", 0o6777, "d"),
      file("empty file", 0o644, ""),
      {
        header: {
          name: "empty/",
          type: "directory",
          size: 0,
          mode: 0o1555,
          mtime,
        },
      },
      {
        header: {
          name: "link",
          type: "symlink",
          size: 0,
          linkname: "bin/tool",
          mtime,
        },
      },
      {
        header: {
          name: "hard",
          type: "link",
          size: 0,
          linkname: "bin/tool",
          mtime,
        },
      },
    ]);
    await Deno.writeFile(dir.join(`a.tar.${format}`), await compress(bytes));
    await unpackArchive(dir.join(`a.tar.${format}`), dir.join("out"));

    const out = (path: string) => dir.join("out", path);
    for (
      const [path, content] of [["read-only", "a"], ["link", "b"], [
        "prüfung/日本語.txt",
        "ü",
      ], [long, "c"]] as const
    ) {
      assertEquals(Deno.readTextFileSync(out(path)), content);
    }
    for (const path of ["read-only", "bin/tool", "empty", "link"]) {
      if (isWindows && path === "link") continue;
      assertEquals(Deno.lstatSync(out(path)).mtime, mtime, path);
    }
    if (isWindows) return;
    const mode = (path: string) =>
      (Deno.lstatSync(out(path)).mode ?? 0) & 0o7777;
    assertEquals(
      ["read-only", "bin/tool", "prüfung/日本語.txt", "setuid", "empty"].map(
        mode,
      ),
      // A directory stays open to its owner.
      [0o444, 0o755, 0o640, 0o777, 0o755],
    );
    assertEquals(Deno.readLinkSync(out("link")), "bin/tool");
    assertEquals(
      Deno.lstatSync(out("hard")).ino,
      Deno.lstatSync(out("bin/tool")).ino,
    );
  });
}

Deno.test("a directory that is there is replaced as a whole", async () => {
  await using dir = await TempDir.make();
  await writeFiles(dir.path, {
    "out/old/file": "old",
    "elsewhere/kept": "kept",
  });
  await makeArchive(dir.join("a.tar.zst"), member("new", "new"));
  await unpackArchive(dir.join("a.tar.zst"), dir.join("out"));
  assertEquals(await listFiles(dir.join("out")), ["new"]);

  // A symbolic link is replaced, and what it led to left alone.
  await Deno.symlink("elsewhere", dir.join("link"));
  await unpackArchive(dir.join("a.tar.zst"), dir.join("link"));
  assert(Deno.lstatSync(dir.join("link")).isDirectory);
  assertEquals(await listFiles(dir.path), [
    "a.tar.zst",
    "elsewhere/kept",
    "link/new",
    "out/new",
  ]);
});

Deno.test("a file that stands where the directory should be is not replaced", async () => {
  await using dir = await TempDir.make();
  await writeFiles(dir.path, { out: "file" });
  await makeArchive(dir.join("a.tar.zst"), member("new"));
  const error = await assertRejects(
    () => unpackArchive(dir.join("a.tar.zst"), dir.join("out")),
    StorageError,
  );
  assertEquals(error.code, "wrong-file-type");
  assertEquals(await listFiles(dir.path), ["a.tar.zst", "out"]);
});

Deno.test("unpacking ends with the signal's reason and leaves nothing behind", async () => {
  await using dir = await TempDir.make();
  const body = new Uint8Array(4 * 2 ** 20);
  const bytes = tarOf(...[0, 1, 2, 3].map((i) => member(`${i}`, body)));
  await Deno.writeFile(dir.join("a.tar.zst"), await zst(bytes));
  await Deno.writeFile(dir.join("a.tar.xz"), await xz(bytes));
  const before = await listFiles(dir.path);
  const reason = new Error("enough");
  for (const format of ["zst", "xz"]) {
    for (const delay of [undefined, 0, 5, 15]) {
      const abort = new AbortController();
      if (delay === undefined) abort.abort(reason);
      const timer = setTimeout(() => abort.abort(reason), delay);
      const tries = [1, 2, 3].map((i) =>
        unpackArchive(dir.join(`a.tar.${format}`), dir.join(`${i}`), abort)
          .then(() => undefined, (error) => error)
      );
      assertEquals(await Promise.all(tries), [reason, reason, reason]);
      clearTimeout(timer);
      assertEquals(await listFiles(dir.path), before);
    }
    // Those that were aborted hold nothing that others wait for.
    await unpackArchive(dir.join(`a.tar.${format}`), dir.join("out"));
    await Deno.remove(dir.join("out"), { recursive: true });
  }
});

Deno.test("an archive that is not there, or no archive by its name, is an error", async () => {
  await using dir = await TempDir.make();
  const error = await assertRejects(
    () => unpackArchive(dir.join("a.tar.xz"), dir.join("out")),
    StorageError,
  );
  assertEquals(error.code, "not-found");
  await assertRejects(
    () => unpackArchive(dir.join("a.zip"), dir.join("out")),
    InvalidValueError,
    "neither in .tar.xz nor in .tar.zst",
  );
  assertEquals(await listFiles(dir.path), []);
});

Deno.test("extended headers are read, and an archive may have no member", async () => {
  await using dir = await TempDir.make();
  await makeArchive(
    dir.join("a.tar.zst"),
    pax({ comment: "of all" }, "g"),
    pax({ path: "näme", size: "4", mtime: "981173106.25" }),
    member("x", "data", { size: 0 }),
    member("old/", "", { type: "\0" }),
    member("contiguous", "c", { type: "7" }),
    directory("./"),
  );
  await unpackArchive(dir.join("a.tar.zst"), dir.join("out"));
  assertEquals(Deno.readTextFileSync(dir.join("out/näme")), "data");
  assertEquals(
    Deno.lstatSync(dir.join("out/näme")).mtime?.getTime(),
    981173106250,
  );
  assert(Deno.lstatSync(dir.join("out/old")).isDirectory);
  await makeArchive(dir.join("a.tar.zst"));
  await unpackArchive(dir.join("a.tar.zst"), dir.join("out"));
  assertEquals([...Deno.readDirSync(dir.join("out"))], []);
});

Deno.test("names that mean something else on Windows are refused there", () => {
  for (
    const name of [
      "ab:c",
      "a/.. /b",
      "a./b",
      "a ",
      "NUL",
      "com1.txt",
      "what?",
      'q"',
    ]
  ) {
    assert(memberPath(name, false, true).fault?.includes("Windows"), name);
    assertEquals(memberPath(name, false, false).fault, undefined, name);
    assert(linkCourse("l", name, true).fault?.includes("Windows"), name);
  }
  for (const name of ["console", "com10", "a.b", ".hidden", "null"]) {
    assertEquals(memberPath(name, false, true), { value: name });
  }
});
