import { assertEquals } from "@std/assert";
import { unpackTar } from "modern-tar";
import {
  findNinjaLogs,
  packNinjaLogs,
} from "../../../lib/archives/ninja_logs.ts";
import { makeTree, tempDir, write } from "../files/temp_tree.ts";

const LOGS = [
  ".ninja_log",
  "a/b/.ninja_log",
  "a b/.ninja_log",
  "a-b/.ninja_log",
  "é/.ninja_log",
];

async function names(archive: string): Promise<string[]> {
  const file = await Deno.open(archive);
  const entries = await unpackTar(
    file.readable.pipeThrough(new DecompressionStream("gzip")),
  );
  return entries.map(({ header }) => header.name);
}

Deno.test("ninja logs are found at all depths, by their exact name", async () => {
  await using dir = await tempDir();
  for (const log of LOGS.toReversed()) await write(dir.at(log), log);
  for (
    const other of [
      "ninja_log",
      ".ninja_log.bak",
      "a/.ninja_logs",
      "x.ninja_log",
    ]
  ) {
    await write(dir.at(other));
  }
  await write(dir.at("dir", ".ninja_log", "not-a-log"));
  const found = await findNinjaLogs(dir.path);
  assertEquals(found.files, LOGS);
  assertEquals([found.links, found.special, found.failures], [[], [], []]);
});

Deno.test("no ninja logs are no failure", async () => {
  await using dir = await tempDir();
  assertEquals((await findNinjaLogs(dir.path)).files, []);
});

Deno.test({
  name: "links that are called like ninja logs are not taken (POSIX)",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await tempDir();
    await makeTree(dir.path, [
      { path: "a/.ninja_log", type: "file" },
      { path: "b/.ninja_log", type: "symlink", target: "../a/.ninja_log" },
      { path: "c", type: "symlink", target: "a" },
    ]);
    const found = await findNinjaLogs(dir.path);
    assertEquals(found.files, ["a/.ninja_log"]);
    assertEquals(found.links, ["b/.ninja_log"]);
  },
});

Deno.test("the archive has names relative to the build directory, and its directory is made", async () => {
  await using dir = await tempDir();
  for (const log of LOGS) await write(dir.at("build", log), log);
  const build = dir.at("build");
  const { files } = await findNinjaLogs(build);
  const archive = dir.at("build", "logs", "ninja_logs.tar.gz");
  await packNinjaLogs(build, files, archive);
  assertEquals(await names(archive), LOGS);
  // Again, over what is there.
  const before = await Deno.readFile(archive);
  await packNinjaLogs(build, files, archive);
  assertEquals(await Deno.readFile(archive), before);
});
