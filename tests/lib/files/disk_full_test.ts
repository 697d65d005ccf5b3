import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { tempDir } from "./temp_tree.ts";

/** A shell in which no file may grow beyond 64 KiB or so. */
const LIMITED = `trap '' XFSZ && ulimit -f 64 && exec "$@"`;

async function canLimit(): Promise<boolean> {
  if (Deno.build.os === "windows") return false;
  try {
    const args = ["-c", LIMITED, "bash", "true"];
    return (await new Deno.Command("bash", { args }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const root = new URL("../../../", import.meta.url);

/** Runs code in the limited shell; `dir` is its directory. */
async function runLimited(dir: string, code: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      LIMITED,
      "bash",
      Deno.execPath(),
      "eval",
      "--no-lock",
      "--config",
      fromFileUrl(new URL("deno.json", root)),
      `const dir = ${JSON.stringify(dir)};
      const lib = ${JSON.stringify(new URL("lib/", root).href)};
      const { StorageError } = await import(lib + "errors.ts");
      const tell = (e) => console.log(e instanceof StorageError, e.code);
      const { writeFileWhole } = await import(lib + "files/temporary_file.ts");
      const { writeTarGz } = await import(lib + "archives/tar_gz.ts");
      ${code}`,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return decode(stdout) || decode(stderr);
}

if (await canLimit()) {
  // The limit stands for a full disk, which a test cannot have.
  Deno.test("a file that cannot grow any more is a full disk, and leaves nothing behind", async () => {
    await using dir = await tempDir();
    const output = await runLimited(
      dir.path,
      `await writeFileWhole(dir + "/f", new Uint8Array(1e6)).catch(tell);`,
    );
    assertEquals(output, "true disk-full\n");
    assertEquals(dir.names(), []);
  });

  Deno.test("an archive that cannot grow any more is given up, and does not hang", async () => {
    await using dir = await tempDir();
    const noise = new Uint8Array(3 * 1024 * 1024);
    for (let i = 0; i < noise.length; i += 65536) {
      crypto.getRandomValues(noise.subarray(i, i + 65536));
    }
    await Deno.writeFile(dir.at("noise"), noise);
    const output = await runLimited(
      dir.path,
      `const member = { path: dir + "/noise", name: "n" };
      const members = [member, member, member];
      await writeTarGz(dir + "/x.tar.gz", members).catch(tell);`,
    );
    assertEquals(output, "true disk-full\n");
    assertEquals(dir.names(), ["noise"]);
  });
}
