import { assert, assertEquals, assertRejects } from "@std/assert";
import { unpackTar } from "modern-tar";
import { StorageError } from "../../../lib/errors.ts";
import { type TarMember, writeTarGz } from "../../../lib/archives/tar_gz.ts";
import { shell, type TempDir, tempDir, write } from "../files/temp_tree.ts";

const MODIFIED = new Date("2025-01-02T03:04:05Z");

/** Short, at the limits of the old formats, beyond them, and not ASCII. */
const NAMES = [
  "a/.ninja_log",
  "b c/#1+%.log",
  `${"d".repeat(96)}.log`,
  `${"e".repeat(97)}.log`,
  `${"f".repeat(154)}/${"f".repeat(96)}.log`,
  `${"g/".repeat(130)}x.log`,
  `${"h/".repeat(400)}x.log`,
  "é/日本/😀.log",
  `${"é".repeat(60)}/x.log`,
  `${"日/".repeat(90)}x.log`,
];

async function members(
  dir: TempDir,
  names: readonly string[],
): Promise<TarMember[]> {
  return await Promise.all(names.map(async (name, index) => {
    const path = dir.at(`source-${index}`);
    await write(path, `content of ${name}`);
    await Deno.utime(path, MODIFIED, MODIFIED);
    return { path, name };
  }));
}

async function unpack(archive: string) {
  const file = await Deno.open(archive);
  return await unpackTar(
    file.readable.pipeThrough(new DecompressionStream("gzip")),
  );
}

Deno.test("an archive holds its members in order, whatever their names", async () => {
  await using dir = await tempDir();
  await writeTarGz(dir.at("x.tar.gz"), await members(dir, NAMES));
  const entries = await unpack(dir.at("x.tar.gz"));
  assertEquals(entries.map(({ header }) => header.name), NAMES);
  for (const { header, data } of entries) {
    assertEquals(
      new TextDecoder().decode(data ?? new Uint8Array()),
      `content of ${header.name}`,
    );
    assertEquals(header.type, "file");
    assertEquals(header.mtime, MODIFIED);
    assertEquals(header.mode, 0o644);
    assertEquals([header.uid ?? 0, header.gid ?? 0], [0, 0]);
    assertEquals([header.uname ?? "", header.gname ?? ""], ["", ""]);
  }
  assert(dir.names().every((name) => !name.includes("tmp")));
});

Deno.test("the same files give the same bytes", async () => {
  const archives: Uint8Array[] = [];
  for (const mode of [0o600, 0o644]) {
    // In another directory, with other modes and at another time of reading.
    await using dir = await tempDir();
    const all = await members(dir, NAMES);
    if (Deno.build.os !== "windows") {
      for (const { path } of all) await Deno.chmod(path, mode);
    }
    await writeTarGz(dir.at("x.tar.gz"), all);
    archives.push(await Deno.readFile(dir.at("x.tar.gz")));
  }
  assertEquals(archives[0], archives[1]);
});

Deno.test("an archive of nothing is an archive", async () => {
  await using dir = await tempDir();
  await writeTarGz(dir.at("x.tar.gz"), []);
  assertEquals(await unpack(dir.at("x.tar.gz")), []);
});

Deno.test("empty and large files keep their size", async () => {
  await using dir = await tempDir();
  const sizes = [0, 1, 511, 512, 513, 1024 * 1024, 2.5 * 1024 * 1024];
  const all = await Promise.all(sizes.map(async (size) => {
    const path = dir.at(`${size}`);
    await write(path, "y".repeat(size));
    return { path, name: `${size}.log` };
  }));
  await writeTarGz(dir.at("x.tar.gz"), all);
  const entries = await unpack(dir.at("x.tar.gz"));
  assertEquals(entries.map(({ data }) => data?.length ?? 0), sizes);
  assert(entries.every(({ data }) => data?.every((b) => b === 0x79) ?? true));
});

Deno.test("times before 1970 and with fractions of a second are no obstacle", async () => {
  await using dir = await tempDir();
  const times = [new Date(-5000), new Date(1_700_000_000_250), new Date(0)];
  const all = await members(dir, ["a", "b", "c"]);
  for (const [index, { path }] of all.entries()) {
    const time = times[index] ?? MODIFIED;
    await Deno.utime(path, time, time);
  }
  await writeTarGz(dir.at("x.tar.gz"), all);
  const entries = await unpack(dir.at("x.tar.gz"));
  assertEquals(entries.map(({ header }) => header.name), ["a", "b", "c"]);
  assertEquals(entries[1]?.header.mtime?.getTime(), 1_700_000_000_000);
});

Deno.test({
  name: "the system's tar reads an archive too (where there is one)",
  ignore: Deno.build.os === "windows" || !(await shell("tar --version")),
  async fn() {
    await using dir = await tempDir();
    await writeTarGz(dir.at("x.tar.gz"), await members(dir, NAMES));
    await Deno.mkdir(dir.at("out"));
    assert(
      await shell(
        'tar -xzf "$1" -C "$2"',
        dir.at("x.tar.gz"),
        dir.at("out"),
      ),
    );
    for (const name of NAMES) {
      assertEquals(
        await Deno.readTextFile(dir.at("out", name)),
        `content of ${name}`,
      );
      assertEquals((await Deno.stat(dir.at("out", name))).mtime, MODIFIED);
    }
  },
});

Deno.test("a member that cannot be read leaves the old archive as it was", async () => {
  await using dir = await tempDir();
  await write(dir.at("x.tar.gz"), "old");
  const all = await members(dir, ["a", "b"]);
  for (const position of [0, 1, 2]) {
    const broken = all.toSpliced(position, 0, {
      path: dir.at("absent"),
      name: "absent",
    });
    const error = await assertRejects(
      () => writeTarGz(dir.at("x.tar.gz"), broken),
      StorageError,
      dir.at("absent"),
    );
    assertEquals(error.code, "not-found");
    assertEquals(Deno.readTextFileSync(dir.at("x.tar.gz")), "old");
    assertEquals(dir.names(), ["source-0", "source-1", "x.tar.gz"]);
  }
});

Deno.test("an archive's directory must be there", async () => {
  await using dir = await tempDir();
  const error = await assertRejects(
    () => writeTarGz(dir.at("absent", "x.tar.gz"), []),
    StorageError,
  );
  assertEquals(error.code, "not-found");
});
