import { assert, assertEquals, assertRejects } from "@std/assert";
import { StorageError } from "../../../lib/errors.ts";
import { unpackArchive } from "../../../lib/archives/unpack.ts";
import { snapshot, TempDir } from "../../support/tree.ts";
import { shell } from "../files/temp_tree.ts";

const ignore = !await shell(
  "tar --version | grep GNU && xz --version && zstd --version",
);

Deno.test({
  name: "what the system's tar packs comes back, in each of its formats",
  ignore,
  async fn() {
    await using dir = await TempDir.make();
    const long = [90, 91, 99].map((length) => "n".repeat(length));
    const script = `
    cd "$1" && mkdir -p src/a/b src/empty src/LONGDIR && cd src &&
    echo hi >a/f && chmod 440 a/f && echo x >a/b/run && chmod 755 a/b/run &&
    ln -s ../a/b a/lb && ln a/f hard && echo y >naïve-日本 &&
    echo l >LONG && ln -s LONG long-link &&
    find . -exec touch -h -d @981173106 {} + && cd .. &&
    for format in gnu pax; do
      tar -C src --format=$format -cf $format.tar . &&
      xz -k $format.tar && zstd -q $format.tar || exit 1
    done`
      .replaceAll("LONGDIR", long.slice(0, 2).join("/"))
      .replaceAll("LONG", long.join("/"));
    assert(await shell(script, dir.path));
    for (
      const name of ["gnu.tar.xz", "gnu.tar.zst", "pax.tar.xz", "pax.tar.zst"]
    ) {
      await unpackArchive(dir.join(name), dir.join("out"));
      assertEquals(
        await snapshot(dir.join("out")),
        await snapshot(dir.join("src")),
      );
      for (const path of ["a/lb", "long-link", "a/f", "a/b/run", "hard", "."]) {
        const [was, is] = [dir.join("src", path), dir.join("out", path)];
        const facts = (p: string) => {
          const { isSymlink, mode, nlink } = Deno.lstatSync(p);
          return [mode, nlink, isSymlink && Deno.readLinkSync(p)];
        };
        assertEquals(facts(is), facts(was), `${name} ${path}`);
      }
    }
  },
});

Deno.test({
  name: "a sparse file that the system's tar packs is refused, not garbled",
  ignore,
  async fn() {
    await using dir = await TempDir.make();
    for (const format of ["gnu", "pax"]) {
      const script = `cd "$1" && truncate -s 1M hole && echo end >>hole &&
      tar -S --format=${format} -cf - hole | zstd -q >${format}.tar.zst`;
      assert(await shell(script, dir.path));
      const archive = dir.join(`${format}.tar.zst`);
      await assertRejects(
        () => unpackArchive(archive, dir.join("out")),
        StorageError,
        "sparse",
      );
    }
  },
});
