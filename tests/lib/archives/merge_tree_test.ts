import { assert, assertEquals, assertRejects } from "@std/assert";
import { type ErrorCode, StorageError } from "../../../lib/errors.ts";
import { mergeTree } from "../../../lib/archives/merge_tree.ts";
import { unpackFlattened } from "../../../lib/archives/unpack_flattened.ts";
import { member, symlink, tarOf, zst } from "../../support/hostile_archives.ts";
import { listFiles, TempDir, writeFiles } from "../../support/tree.ts";

async function failsWith(
  code: ErrorCode,
  run: () => Promise<unknown>,
): Promise<string> {
  const error = await assertRejects(run, StorageError);
  assertEquals(error.code, code, error.message);
  return error.message;
}

const read = (path: string) => Deno.readTextFileSync(path);

Deno.test("the listed trees are merged, and everything else is counted", async () => {
  await using dir = await TempDir.make();
  const archive = dir.join("a.tar.zst");
  const bytes = tarOf(
    member(
      "artifact_manifest.txt",
      "\ufeff base/stage \r\n\r\nmath/BLAS/stage/\nabsent\n",
    ),
    member("base/stage/bin/tool", "tool", { mode: 0o755 }),
    member("base/stage/lib/liba.so.1", "a", { mode: 0o444 }),
    symlink("base/stage/lib/liba.so", "liba.so.1"),
    member("math/BLAS/stage/lib/libb.so", "b"),
    symlink("math/BLAS/stage/up", "./lib/../bin/tool"),
    member("math/BLAS/stage/empty/", "", { type: "5" }),
    member("math/BLAS/stagex/no", "no"),
    member("base/other", "no"),
    symlink("link", "base"),
  );
  await Deno.writeFile(archive, await zst(bytes));
  const out = dir.join("new/out");
  assertEquals(await unpackFlattened(archive, out), { ignored: 3 });
  assertEquals(await listFiles(out), [
    "bin/tool",
    "lib/liba.so",
    "lib/liba.so.1",
    "lib/libb.so",
    "up",
  ]);
  assertEquals([read(`${out}/up`), read(`${out}/lib/liba.so`)], ["tool", "a"]);
  assert(Deno.lstatSync(`${out}/empty`).isDirectory);
  assertEquals(
    (Deno.lstatSync(`${out}/bin/tool`).mode ?? 0o755) & 0o777,
    0o755,
  );
  // Once more, over what is there.
  assertEquals(await unpackFlattened(archive, out), { ignored: 3 });
  assertEquals((await listFiles(out)).length, 5);
});

Deno.test("an archive without a manifest, or with a bad one, is refused and nothing changes", async () => {
  await using dir = await TempDir.make();
  await writeFiles(dir.path, { "out/kept": "x" });
  const archive = dir.join("a.tar.zst");
  const manifest = (text: string) => member("artifact_manifest.txt", text);
  const cases: [string, Uint8Array][] = [
    ["has no artifact_manifest.txt", member("f")],
    ["is no file", member("artifact_manifest.txt/f")],
    ["is no file", symlink("artifact_manifest.txt", "f")],
    ["too large", manifest("\n".repeat(2 ** 20 + 1))],
    ["relative path segment", manifest("ok\n../outside\n")],
    ["relative path segment", manifest(".")],
    ["is absolute", manifest("/etc")],
    ["back-slash", manifest("..\\outside")],
    ["control character", manifest("a\0b")],
    ["is empty", manifest("a//b")],
    ["drive letter", manifest("C:/a")],
    ["it is no directory, but a file", manifest("artifact_manifest.txt")],
  ];
  for (const [words, bytes] of cases) {
    await Deno.writeFile(archive, await zst(tarOf(bytes, member("ok/f"))));
    const message = await failsWith(
      "corrupt",
      () => unpackFlattened(archive, dir.join("out")),
    );
    assert(message.includes(words), message);
    assertEquals([...Deno.readDirSync(dir.join("out"))].map((e) => e.name), [
      "kept",
    ]);
  }
});

Deno.test("a tree that two lists have in common goes with the one listed first", async () => {
  await using dir = await TempDir.make();
  await writeFiles(dir.path, {
    "from/a/f": "a",
    "from/a/d/g": "a",
    "from/b/f": "b",
    "from/b/d/g": "b",
    "from/b/d/h": "b",
    "to/f": "old",
  });
  await mergeTree(dir.join("from"), dir.join("to"), ["a", "b", "a"]);
  assertEquals(await listFiles(dir.join("to")), ["d/g", "d/h", "f"]);
  assertEquals(read(dir.join("to/f")) + read(dir.join("to/d/g")), "aa");
  assertEquals(await listFiles(dir.join("from")), ["b/d/g", "b/f"]);
});

Deno.test("a symbolic link at the place of a file is replaced and not written through", async () => {
  await using dir = await TempDir.make();
  await writeFiles(dir.path, {
    "from/t/f": "new",
    "outside": "old",
    "to/x": "",
  });
  await Deno.symlink("../outside", dir.join("to/f"));
  await mergeTree(dir.join("from"), dir.join("to"), ["t"]);
  assert(Deno.lstatSync(dir.join("to/f")).isFile);
  assertEquals([read(dir.join("to/f")), read(dir.join("outside"))], [
    "new",
    "old",
  ]);
});

Deno.test("nothing goes through a symbolic link that stands in the directory", async () => {
  await using dir = await TempDir.make();
  await writeFiles(dir.path, {
    "from/t/a/first": "x",
    "from/t/lib/evil": "x",
    "outside/kept": "x",
    "to/inside/kept": "x",
  });
  for (const target of ["../outside", "inside", "nowhere"]) {
    await Deno.symlink(target, dir.join("to/lib"));
    const message = await failsWith(
      "access-denied",
      () => mergeTree(dir.join("from"), dir.join("to"), ["t"]),
    );
    assert(message.includes("symbolic link"), message);
    await Deno.remove(dir.join("to/lib"));
    // Nothing was moved before it was found.
    assertEquals(await listFiles(dir.path), [
      "from/t/a/first",
      "from/t/lib/evil",
      "outside/kept",
      "to/inside/kept",
    ]);
  }
});

Deno.test("a directory is no place for a file, nor a file for a directory", async () => {
  await using dir = await TempDir.make();
  await writeFiles(dir.path, {
    "from/file/x": "x",
    "from/dir/x/y": "x",
    "dirs/x/y": "x",
    "files/x": "x",
  });
  await Deno.mkdir(dir.join("from/link"));
  await Deno.symlink("nowhere", dir.join("from/link/x"));
  for (
    const [tree, to] of [["file", "dirs"], ["link", "dirs"], [
      "dir",
      "files",
    ]] as const
  ) {
    await failsWith(
      "wrong-file-type",
      () => mergeTree(dir.join("from"), dir.join(to), [tree]),
    );
  }
  for (
    const trees of [["file", "dir"], ["dir", "file"], ["link", "dir"], [
      "dir",
      "link",
    ]]
  ) {
    await Deno.mkdir(dir.join("empty"));
    await assertRejects(
      () => mergeTree(dir.join("from"), dir.join("empty"), trees),
      StorageError,
    );
    assertEquals([...Deno.readDirSync(dir.join("empty"))], []);
    await Deno.remove(dir.join("empty"));
  }
});

Deno.test("a link that would lead out from its new place is refused", async () => {
  await using dir = await TempDir.make();
  await writeFiles(dir.path, {
    "from/t/d/f": "x",
    "outside/kept": "x",
    "to/e/kept": "x",
  });
  // What somebody else made in the directory.
  await Deno.symlink("../outside", dir.join("to/out"));
  await Deno.symlink("out", dir.join("to/chain"));
  await Deno.symlink("e", dir.join("to/in"));
  const link = dir.join("from/t/l");
  for (
    const target of [
      "../other", // inside while it was in t/
      "d/../../x",
      dir.join("outside"),
      "out/kept",
      "chain",
      "in/../out",
      "in/../f",
      "d/f/../x",
      "l",
      "l/x",
    ]
  ) {
    await Deno.symlink(target, link);
    await failsWith(
      "corrupt",
      () => mergeTree(dir.join("from"), dir.join("to"), ["t"]),
    );
    await Deno.remove(link);
    assertEquals(await listFiles(dir.join("from")), ["t/d/f"], target);
  }
  for (const target of ["d/f", "in/kept", "e/../d", "nowhere", ".", "d/../e"]) {
    await writeFiles(dir.path, { "from/t/d/f": "x" });
    await Deno.symlink(target, link);
    await mergeTree(dir.join("from"), dir.join("to"), ["t"]);
    assertEquals(Deno.readLinkSync(dir.join("to/l")), target);
  }
});

Deno.test("no link leads out by way of one that is replaced", async () => {
  await using dir = await TempDir.make();
  await writeFiles(dir.path, { "to/x/b/kept": "x", "to/y/kept": "x" });
  await Deno.symlink("..", dir.join("to/y/b"));
  await Deno.symlink("x", dir.join("to/a"));
  // "a/b" is a directory now, and will be a link to the top.
  await Deno.mkdir(dir.join("from/t"), { recursive: true });
  await Deno.symlink("y", dir.join("from/t/a"));
  await Deno.symlink("a/b/../outside", dir.join("from/t/m"));
  await failsWith(
    "corrupt",
    () => mergeTree(dir.join("from"), dir.join("to"), ["t"]),
  );
});

Deno.test("several archives are merged into one directory at the same time", async () => {
  await using dir = await TempDir.make();
  const names = Array.from({ length: 8 }, (_, i) => `${i}`);
  for (const name of names) {
    await writeFiles(dir.join("from", name), {
      [`t/a/b/c/${name}`]: name,
      [`t/common/file`]: name,
    });
  }
  await Deno.mkdir(dir.join("to"));
  await Promise.all(
    names.map((name) =>
      mergeTree(dir.join("from", name), dir.join("to"), ["t"])
    ),
  );
  assertEquals(await listFiles(dir.join("to")), [
    ...names.map((name) => `a/b/c/${name}`),
    "common/file",
  ]);
});

Deno.test("a merge ends with the signal's reason, and an unpacked tree goes", async () => {
  await using dir = await TempDir.make();
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  const bytes = tarOf(member("artifact_manifest.txt", "t\n"), member("t/f"));
  await Deno.writeFile(dir.join("a.tar.zst"), await zst(bytes));
  const unpacking = unpackFlattened(dir.join("a.tar.zst"), dir.join("to"), {
    signal,
  });
  assertEquals(await unpacking.catch((error) => error), reason);
  assertEquals([...Deno.readDirSync(dir.join("to"))], []);
});
