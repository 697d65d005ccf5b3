import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { StorageError } from "../../../lib/errors.ts";
import { unpackArchive } from "../../../lib/archives/unpack.ts";
import { unpackFlattened } from "../../../lib/archives/unpack_flattened.ts";
import {
  directory,
  hardLink,
  hostileArchives,
  member,
  symlink,
  tarOf,
  xz,
  zst,
} from "../../support/hostile_archives.ts";
import { TempDir, writeFiles } from "../../support/tree.ts";

/** Everything below a directory, with the content of files. */
function contents(dir: string, prefix = ""): string[] {
  return [...Deno.readDirSync(dir)].flatMap((entry) => {
    const path = `${dir}/${entry.name}`;
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory) return [`${name}/`, ...contents(path, `${name}/`)];
    if (entry.isSymlink) return [`${name} -> ${Deno.readLinkSync(path)}`];
    return [`${name}: ${Deno.readTextFileSync(path)}`];
  }).sort();
}

const OUTSIDE = { "outside/secret.txt": "secret", "in/target/old": "old" };

Deno.test("the set of hostile archives is large, and no two have one name", async () => {
  await using dir = await TempDir.make();
  const names = hostileArchives(dir.path).map(({ name }) => name);
  assert(names.length >= 20);
  assertEquals(new Set(names).size, names.length);
});

Deno.test("every hostile archive is refused for its reason and leaves nothing behind", async (t) => {
  await using dir = await TempDir.make();
  await writeFiles(dir.path, OUTSIDE);
  for (const { name, bytes, reason } of hostileArchives(dir.join("outside"))) {
    await t.step(name, async () => {
      const archive = dir.join("in/a_b_c.tar.zst");
      await Deno.writeFile(archive, await zst(bytes));
      const before = contents(dir.path);
      for (const target of ["in/new", "in/target"]) {
        const error = await assertRejects(
          () => unpackArchive(archive, dir.join(target)),
          StorageError,
        );
        assertEquals(error.code, "corrupt", error.message);
        assertMatch(error.message, reason);
        assertEquals(error.location, archive);
        assertEquals(contents(dir.path), before);
      }
    });
  }
});

Deno.test("hostile archives are refused in the xz format and with flatten as well", async () => {
  await using dir = await TempDir.make();
  await writeFiles(dir.path, OUTSIDE);
  for (
    const { name, bytes } of hostileArchives(dir.join("outside")).filter((
      _,
      i,
    ) => i % 2)
  ) {
    const archive = dir.join("in/a_b_c.tar.xz");
    await Deno.writeFile(archive, await xz(bytes));
    const before = contents(dir.path);
    for (const unpack of [unpackArchive, unpackFlattened]) {
      const error = await assertRejects(
        async () => await unpack(archive, dir.join("in/target")),
        StorageError,
        undefined,
        name,
      );
      assertEquals([error.code, contents(dir.path)], ["corrupt", before], name);
    }
  }
});

Deno.test("links that stay inside are kept, however they go there", async () => {
  await using dir = await TempDir.make();
  const archive = dir.join("a_b_c.tar.zst");
  const bytes = tarOf(
    member("lib/libx.so.1.2", "x"),
    symlink("lib/libx.so.1", "libx.so.1.2"),
    symlink("lib/libx.so", "libx.so.1"),
    symlink("bin/up", "../lib/libx.so"),
    symlink("lib64", "lib"),
    symlink("here", "."),
    symlink("lib/back", "../bin/../lib//libx.so"),
    symlink("dangling", "not/yet/there"),
    symlink("round", "round"),
    symlink("top", "lib/.."),
    hardLink("hard", "lib/libx.so.1.2"),
    hardLink("lib/hard-to-link", "lib/libx.so"),
    directory("empty/"),
    directory("empty/"),
  );
  await Deno.writeFile(archive, await zst(bytes));
  await unpackArchive(archive, dir.join("out"));
  for (
    const path of [
      "bin/up",
      "lib64/libx.so",
      "here/lib/libx.so",
      "lib/back",
      "top/hard",
      "lib/hard-to-link",
    ]
  ) {
    assertEquals(Deno.readTextFileSync(dir.join("out", path)), "x", path);
    const real = Deno.realPathSync(dir.join("out", path));
    assert(real.startsWith(dir.join("out")), real);
  }
  assertEquals(Deno.readLinkSync(dir.join("out/round")), "round");
});
