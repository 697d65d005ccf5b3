import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { StorageError } from "../../../lib/errors.ts";
import { walkFiles } from "../../../lib/files/walk.ts";
import vectors from "../../data/vectors/directory_upload.json" with {
  type: "json",
};
import { makeFifo, makeTree, modesCount, tempDir, write } from "./temp_tree.ts";

const ON_WINDOWS = Deno.build.os === "windows";

for (const [name, entries] of Object.entries(vectors.trees)) {
  Deno.test({
    name: `every upload of the vectors' tree "${name}" takes the right files ` +
      "in the right order (POSIX: its names cannot exist on Windows)",
    ignore: ON_WINDOWS,
    async fn(t) {
      await using dir = await tempDir();
      const tree = dir.at("tree");
      await Deno.mkdir(tree);
      // What the links that lead out of the tree point at.
      await write(dir.at("outside", "secret.log"));
      await makeTree(tree, entries);
      const cases = vectors.cases.filter((c) => c.tree === name);
      assert(cases.length > 0);
      for (const [index, { include, keys }] of cases.entries()) {
        await t.step(`${index}: ${JSON.stringify(include)}`, async () => {
          const found = await walkFiles(tree, { include });
          assertEquals(found.files, keys);
          assertEquals(found.failures, []);
        });
      }
    },
  });
}

Deno.test("all vectors have a tree", () => {
  for (const { tree } of vectors.cases) {
    assert(Object.hasOwn(vectors.trees, tree), tree);
  }
});

Deno.test({
  name: "links and pipes are counted by name, and never followed or opened",
  ignore: ON_WINDOWS,
  async fn() {
    await using dir = await tempDir();
    await makeTree(dir.path, vectors.trees.symlinks);
    const found = await walkFiles(dir.path);
    assertEquals(found.links, [
      "abs.log",
      "dangling.log",
      "link.log",
      "linkdir",
      "logs",
      "loop",
      "outside",
      "selfloop",
      "sub/up.log",
    ]);
    assertEquals(found.special, ["fifo.log"]);
    assert(found.files.includes("hard.log"), "a hard link is a file");

    const logs = await walkFiles(dir.path, { include: ["*.log"] });
    assertEquals(logs.links, [
      "abs.log",
      "dangling.log",
      "link.log",
      "sub/up.log",
    ]);
    const none = await walkFiles(dir.path, { exclude: ["*"] });
    assertEquals(none, { files: [], links: [], special: [], failures: [] });
  },
});

Deno.test("exclude wins over include", async () => {
  await using dir = await tempDir();
  for (const name of ["a.log", "sub/a.log", "sub/b.log", "c.txt"]) {
    await write(dir.at(name));
  }
  const options = { include: ["*.log"], exclude: ["a*", "*.txt"] };
  assertEquals((await walkFiles(dir.path, options)).files, ["sub/b.log"]);
  const others = await walkFiles(dir.path, { exclude: ["*.log"] });
  assertEquals(others.files, ["c.txt"]);
});

Deno.test("patterns are not held against the names of directories", async () => {
  await using dir = await tempDir();
  await write(dir.at("skip.log", "a.txt"));
  await write(dir.at("skip.log", "a.log"));
  const excluded = await walkFiles(dir.path, { exclude: ["skip*"] });
  assertEquals(excluded.files, ["skip.log/a.log", "skip.log/a.txt"]);
  const included = await walkFiles(dir.path, { include: ["*.log"] });
  assertEquals(included.files, ["skip.log/a.log"]);
});

Deno.test("a trailing slash and a relative directory change nothing", async () => {
  await using dir = await tempDir();
  await write(dir.at("sub", "a.log"));
  assertEquals((await walkFiles(`${dir.path}/`)).files, ["sub/a.log"]);
  assertEquals((await walkFiles(join(dir.path, "sub", ".."))).files, [
    "sub/a.log",
  ]);
});

Deno.test("a directory that is not there or is a file is an error", async () => {
  await using dir = await tempDir();
  await write(dir.at("file"));
  const absent = await assertRejects(
    () => walkFiles(dir.at("absent")),
    StorageError,
    dir.at("absent"),
  );
  assertEquals(absent.code, "not-found");
  const file = await assertRejects(
    () => walkFiles(dir.at("file")),
    StorageError,
  );
  assertEquals(file.code, "wrong-file-type");
});

Deno.test({
  name: "names that no object can have are reported, and the rest is taken",
  ignore: ON_WINDOWS,
  async fn() {
    await using dir = await tempDir();
    const bad = ["a\\b.log", "a\nb.log", "a\x1b[2Jb.log", "C:x.log", "dir\\x"];
    await write(dir.at("good.log"));
    for (const name of bad.slice(0, 4)) await write(dir.at("sub", name));
    await write(dir.at("dir\\x", "inner.log"));
    const found = await walkFiles(dir.path, { include: ["*.log"] });
    assertEquals(found.files, ["good.log"]);
    assertEquals(
      found.failures.map(({ path }) => path).sort(),
      [
        ...bad.slice(0, 4).map((name) => `sub/${name}`),
        "dir\\x/inner.log",
      ].sort(),
    );
    for (const { error } of found.failures) {
      assertEquals(error.code, "invalid-value");
      assertStringIncludes(error.message, "rename it");
      assert(!/\n/.test(error.message) && !error.message.includes("\x1b"));
    }
    const others = await walkFiles(dir.path, { include: ["*.txt"] });
    assertEquals(others.failures, []);
  },
});

Deno.test({
  name: "failures are told in a stable order",
  ignore: ON_WINDOWS,
  async fn() {
    await using dir = await tempDir();
    const names = Array.from({ length: 40 }, (_, i) => `${(i * 7) % 40}\\`);
    for (const name of names) await write(dir.at(name));
    const found = await walkFiles(dir.path);
    assertEquals(found.failures.map(({ path }) => path), names.sort());
  },
});

Deno.test({
  name: "a directory that may not be read is reported, and the rest is taken " +
    "(not where modes do not count, as for root)",
  ignore: !(await modesCount()),
  async fn() {
    await using dir = await tempDir();
    await write(dir.at("good.log"));
    await write(dir.at("locked", "x.log"));
    await Deno.chmod(dir.at("locked"), 0o000);
    try {
      const found = await walkFiles(dir.path);
      assertEquals(found.files, ["good.log"]);
      assertEquals(
        found.failures.map(({ path, error }) => [path, error.code]),
        [["locked", "access-denied"]],
      );
    } finally {
      await Deno.chmod(dir.at("locked"), 0o700);
    }
  },
});

Deno.test("a directory that Deno may not read is reported as such", async () => {
  await using dir = await tempDir();
  await write(dir.at("good.log"));
  await write(dir.at("denied", "x.log"));
  const walk = new URL("../../../lib/files/walk.ts", import.meta.url);
  const code = `const { walkFiles } = await import("${walk}");
    const found = await walkFiles(Deno.args[0]);
    console.log(JSON.stringify([found.files, found.failures.map(
      ({ path, error }) => [path, error.code, error.message])]));`;
  const script = dir.at("walk.mjs");
  await Deno.writeTextFile(script, code);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-lock",
      "--allow-read",
      `--deny-read=${dir.at("denied")}`,
      "--config",
      fromFileUrl(new URL("../../../deno.json", import.meta.url)),
      script,
      dir.path,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text.startsWith("["), new TextDecoder().decode(stderr));
  const [files, failures] = JSON.parse(text);
  assertEquals(files, ["good.log", "walk.mjs"]);
  assertEquals(failures.length, 1);
  assertEquals(failures[0].slice(0, 2), ["denied", "not-permitted"]);
  assertStringIncludes(failures[0][2], "--allow-read");
});

Deno.test("an aborted signal ends the walk with its reason", async () => {
  await using dir = await tempDir();
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  const thrown = await assertRejects(() => walkFiles(dir.path, { signal }));
  assertStrictEquals(thrown, reason);
});

Deno.test("a bad pattern is refused before anything is read", async () => {
  const error = await assertRejects(
    () => walkFiles("/nonexistent", { include: ["logs/*"] }),
    Error,
    "Invalid pattern",
  );
  assert(!(error instanceof StorageError));
});

Deno.test({
  name: "the walk does not wait for a pipe's writer",
  ignore: ON_WINDOWS,
  async fn() {
    await using dir = await tempDir();
    await makeFifo(dir.at("pipe"));
    assertEquals((await walkFiles(dir.path)).special, ["pipe"]);
  },
});
