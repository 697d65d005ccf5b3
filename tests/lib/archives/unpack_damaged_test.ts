import { assertEquals, assertRejects } from "@std/assert";
import { StorageError } from "../../../lib/errors.ts";
import { unpackArchive } from "../../../lib/archives/unpack.ts";
import {
  directory,
  join,
  member,
  symlink,
  tarOf,
  xz,
  zst,
} from "../../support/hostile_archives.ts";
import { TempDir } from "../../support/tree.ts";

const FORMATS = { xz, zst };

/** Bytes that hardly shrink, the same at every call. */
function noise(length: number): Uint8Array {
  let state = 42;
  return Uint8Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state >> 16;
  });
}

const TAR = tarOf(
  directory("d/"),
  member("d/noise", noise(3000)),
  symlink("l", "d"),
  member("last", "x"),
);

function names(dir: string): string[] {
  return [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
}

/** Tries to unpack bytes; `undefined` when it worked. */
async function fault(
  dir: TempDir,
  format: string,
  bytes: Uint8Array,
): Promise<string | undefined> {
  const archive = dir.join(`a_b_c.tar.${format}`);
  await Deno.writeFile(archive, bytes);
  try {
    await unpackArchive(archive, dir.join("out"));
    return undefined;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    assertEquals(error.code, "corrupt", error.message);
    assertEquals(names(dir.path), [`a_b_c.tar.${format}`]);
    return error.reason;
  } finally {
    await Deno.remove(archive);
  }
}

for (const [format, compress] of Object.entries(FORMATS)) {
  Deno.test(`a truncated .tar.${format} is an error, wherever it ends`, async () => {
    await using dir = await TempDir.make();
    const bytes = await compress(TAR);
    const offsets = [
      ...Array.from({ length: 24 }, (_, i) => i),
      ...Array.from(
        { length: 40 },
        (_, i) => Math.floor(bytes.length * i / 40),
      ),
      ...Array.from({ length: 24 }, (_, i) => bytes.length - 24 + i),
    ];
    for (const offset of offsets) {
      const reason = await fault(dir, format, bytes.subarray(0, offset));
      assertEquals(typeof reason, "string", `${offset} of ${bytes.length}`);
    }
    assertEquals(await fault(dir, format, bytes), undefined);
  });

  Deno.test(`a tar archive that ends too early is an error in a whole .tar.${format}`, async () => {
    await using dir = await TempDir.make();
    for (let end = 0; end < TAR.length; end += 256) {
      const bytes = await compress(TAR.subarray(0, end));
      const reason = await fault(dir, format, bytes);
      assertEquals(typeof reason, "string", `${end} of ${TAR.length}`);
    }
  });

  Deno.test(`a .tar.${format} of several parts is unpacked as one`, async () => {
    await using dir = await TempDir.make();
    const parts = [0, 1, 700, 1024, 2222, TAR.length]
      .map((end, i, ends) => TAR.subarray(ends[i - 1] ?? 0, end));
    const bytes = join(...await Promise.all(parts.map(compress)));
    assertEquals(await fault(dir, format, bytes), undefined);
    assertEquals(Deno.readFileSync(dir.join("out/l/noise")), noise(3000));
    assertEquals(Deno.readTextFileSync(dir.join("out/last")), "x");
  });

  Deno.test(`a .tar.${format} with a part missing, or junk behind it, is an error`, async () => {
    await using dir = await TempDir.make();
    const [first, second] = [
      await compress(TAR.subarray(0, 1500)),
      await compress(TAR.subarray(1500)),
    ];
    assertEquals(typeof await fault(dir, format, first), "string");
    assertEquals(typeof await fault(dir, format, second), "string");
    for (const junk of [[1], [1, 2, 3, 4, 5, 6, 7], [0, 0, 0]]) {
      const bytes = join(first, second, new Uint8Array(junk));
      assertEquals(typeof await fault(dir, format, bytes), "string", `${junk}`);
    }
  });

  Deno.test(`no flipped bit of a .tar.${format} changes what is unpacked`, async () => {
    await using dir = await TempDir.make();
    const bytes = await compress(TAR);
    for (let at = 0; at < bytes.length; at += at < 40 ? 1 : 97) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      if (await fault(dir, format, flipped) !== undefined) continue;
      // Not every bit has a meaning.
      assertEquals(Deno.readFileSync(dir.join("out/d/noise")), noise(3000));
      await Deno.remove(dir.join("out"), { recursive: true });
    }
  });
}

Deno.test("what is no archive at all is an error", async () => {
  await using dir = await TempDir.make();
  for (const format of ["xz", "zst"]) {
    for (const bytes of [new Uint8Array(), TAR, noise(100_000)]) {
      assertEquals(typeof await fault(dir, format, bytes), "string");
    }
  }
  const notTar = await zst(noise(100_000));
  assertEquals(typeof await fault(dir, "zst", notTar), "string");
});

Deno.test("skippable frames of zstd are passed over", async () => {
  await using dir = await TempDir.make();
  const skippable = new Uint8Array([
    0x5e,
    0x2a,
    0x4d,
    0x18,
    3,
    0,
    0,
    0,
    1,
    2,
    3,
  ]);
  const frame = await zst(TAR);
  const bytes = join(skippable, frame, skippable);
  assertEquals(await fault(dir, "zst", bytes), undefined);
  assertEquals(names(dir.join("out")), ["d", "l", "last"]);
  await Deno.remove(dir.join("out"), { recursive: true });
  for (const end of [5, 9, bytes.length - 1]) {
    const reason = await fault(dir, "zst", bytes.subarray(0, end));
    assertEquals(reason, "the archive is truncated");
  }
});

Deno.test("a damaged archive does not keep others of its format from being unpacked", async () => {
  await using dir = await TempDir.make();
  const whole = await xz(TAR);
  const tries = Array.from({ length: 12 }, async (_, i) => {
    const archive = dir.join(`${i}.tar.xz`);
    await Deno.writeFile(archive, i % 2 ? whole.subarray(0, 900) : whole);
    const unpacking = unpackArchive(archive, dir.join(`${i}`));
    if (i % 2) await assertRejects(() => unpacking, StorageError, "truncated");
    else await unpacking;
  });
  await Promise.all(tries);
});
