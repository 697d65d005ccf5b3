import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  join,
  member,
  symlink,
  tarOf,
  xz,
  zst,
} from "../../support/hostile_archives.ts";
import { TempDir } from "../../support/tree.ts";

const MIB = 2 ** 20;
const UNPACK = new URL("../../../lib/archives/unpack.ts", import.meta.url).href;

/** Unpacks in a process of its own, which prints the error and its memory. */
async function unpackAlone(
  archive: string,
  target: string,
  ...flags: string[]
): Promise<{ output: string; peakMib: number }> {
  const script = `
    import { unpackArchive } from ${JSON.stringify(UNPACK)};
    await unpackArchive(${JSON.stringify(archive)}, ${JSON.stringify(target)})
      .catch((error) => console.log(error.code, error.message));
    const status = Deno.permissions.querySync({ name: "read", path: "/proc/self/status" }).state === "granted"
      ? Deno.readTextFileSync("/proc/self/status") : "";
    console.log(/VmHWM:.*/.exec(status)?.[0] ?? "");`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...flags, "-"],
    cwd: new URL("../../..", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { stdout, success } = await child.output();
  assert(success);
  const output = new TextDecoder().decode(stdout);
  return { output, peakMib: Number(/VmHWM:\s+(\d+)/.exec(output)?.[1]) / 1024 };
}

for (const [format, compress] of Object.entries({ xz, zst })) {
  Deno.test({
    name:
      `a member of 256 MiB in a .tar.${format} takes less than 200 MiB of memory`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using dir = await TempDir.make();
      // Of many parts, so that the archive is quick to make.
      const header = member("large", "", { size: 256 * MIB });
      const part = await compress(new Uint8Array(16 * MIB));
      const archive = dir.join(`a.tar.${format}`);
      const bytes = join(
        await compress(header),
        ...Array.from({ length: 16 }, () => part),
        await compress(tarOf()),
      );
      await Deno.writeFile(archive, bytes);
      const { output, peakMib } = await unpackAlone(
        archive,
        dir.join("out"),
        "-A",
      );
      assertStringIncludes(output, "VmHWM");
      assert(peakMib < 200, output);
      assertEquals(Deno.statSync(dir.join("out/large")).size, 256 * MIB);
    },
  });
}

Deno.test("links need rights without limits, and the error says which", async () => {
  await using dir = await TempDir.make();
  const flags = [`--allow-read=${dir.path}`, `--allow-write=${dir.path}`];
  for (const [format, compress] of Object.entries({ xz, zst })) {
    const [plain, linked] = [`plain.tar.${format}`, `linked.tar.${format}`];
    await Deno.writeFile(
      dir.join(plain),
      await compress(tarOf(member("f", "x"))),
    );
    await Deno.writeFile(
      dir.join(linked),
      await compress(tarOf(symlink("l", "f"))),
    );

    const allowed = await unpackAlone(
      dir.join(plain),
      dir.join("out"),
      ...flags,
    );
    assertEquals(allowed.output.trim(), "");
    assertEquals(Deno.readTextFileSync(dir.join("out/f")), "x");

    const refused = await unpackAlone(
      dir.join(linked),
      dir.join("new"),
      ...flags,
    );
    assertStringIncludes(refused.output, "not-permitted");
    assertStringIncludes(refused.output, dir.join("new/l"));
    assertStringIncludes(refused.output, "--allow-read and --allow-write");
  }
  assertEquals(
    [...Deno.readDirSync(dir.path)].map(({ name }) => name).sort(),
    ["linked.tar.xz", "linked.tar.zst", "out", "plain.tar.xz", "plain.tar.zst"],
  );
});
