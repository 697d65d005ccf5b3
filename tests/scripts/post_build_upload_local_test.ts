import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join, toFileUrl } from "@std/path";
import { unpackTar } from "modern-tar";
import { writeDemoTree } from "../../tools/demo_tree.ts";
import { runScript, startScript } from "../support/script.ts";
import { digest, listFiles, TempDir, writeFiles } from "../support/tree.ts";
import {
  GROUP,
  linksOf,
  postBuild,
  prefixOf,
  publishedFrom,
  summaryOf,
} from "./post_build.ts";

const NO_NETWORK = { net: false, sys: false } as const;
const LOCAL_URL = `https://local.s3.amazonaws.com/${prefixOf("local")}`;

Deno.test("a build with 200 artifacts and 500 logs is staged", async (t) => {
  await using temp = await TempDir.make();
  const build = temp.join("build");
  const staging = temp.join("staging");
  await writeDemoTree(build, { artifacts: 200, logs: 500 });
  await writeFiles(build, {
    "artifacts/nested/deep/extra_lib_generic.tar.xz": "xz",
    "artifacts/nested/extra_dev_generic.tar.zst": "zst",
    "artifacts/notes.txt": "not an artifact",
    "logs/.hidden": "hidden",
    "logs/empty.log": "",
    "logs/data.json": "{}",
  });
  const old = new Date("2020-02-29T12:34:56Z");
  await Deno.utime(join(build, "logs/amd-llvm_build.log"), old, old);
  const destination = { prefix: prefixOf("local"), group: GROUP };
  const objects = await publishedFrom(build, destination);
  const result = await postBuild(temp.path, ["--output-dir", "staging"], {
    permissions: NO_NETWORK,
  });

  await t.step("it succeeds and says so", () => {
    assertEquals(result.stderr, "");
    assertEquals(result.code, 0);
  });
  await t.step("exactly the expected files are there", async () => {
    assertEquals(await listFiles(staging), [...objects.keys()].sort());
    // Artifacts, their page, logs, copies of the summaries, and the manifest.
    assertEquals(objects.size, 402 + 1 + 508 + 2 + 1);
  });
  await t.step("bytes and modification times are the sources'", async () => {
    for (const [path, source] of objects) {
      const staged = join(staging, path);
      assertEquals(await digest(staged), await digest(source), path);
      const [a, b] = [await Deno.stat(staged), await Deno.stat(source)];
      assertEquals(a.mtime?.getTime(), b.mtime?.getTime(), path);
    }
  });
  await t.step("nothing temporary is left in the build directory", async () => {
    const known = new Set(objects.values());
    const others = (await listFiles(build)).filter((path) =>
      !known.has(join(build, path)) && !path.endsWith(".ninja_log")
    );
    assertEquals(others, ["artifacts/notes.txt"]);
  });
  await t.step("the summary is printed, paragraph by paragraph", () => {
    const text = `\nJob summary:\n\n${summaryOf(LOCAL_URL)}\n\n`;
    assertEquals(result.stdout.slice(-text.length), text);
  });
  await t.step("pages list what was staged, and links open it", async () => {
    const { prefix } = destination;
    const logs = [...objects.keys()].filter((path) =>
      path.startsWith(`${prefix}/logs/`)
    ).filter((path) => path.endsWith(".log") || path.endsWith(".tar.gz"));
    await assertLinks(staging, `${prefix}/logs/${GROUP}/index.html`, logs);
    const artifacts = [...objects.keys()].filter((path) =>
      path.includes(".tar.") && !path.includes("/logs/")
    );
    await assertLinks(staging, `${prefix}/index-${GROUP}.html`, artifacts);
    const page = await Deno.readTextFile(join(build, "logs/index.html"));
    assertStringIncludes(page, `<a href="../../index-${GROUP}.html">`);
  });
  await t.step("the ninja archive has relative names", async () => {
    const members = await readTarGz(join(build, "logs/ninja_logs.tar.gz"));
    const names = [
      ".ninja_log",
      "base/.ninja_log",
      "math-libs/BLAS/.ninja_log",
    ];
    assertEquals(Object.keys(members), names);
    for (const name of names) {
      assertEquals(members[name], await Deno.readTextFile(join(build, name)));
    }
  });
  await t.step("once more gives the same tree", async () => {
    const archive = join(build, "logs/ninja_logs.tar.gz");
    const before = await digest(archive);
    const again = await postBuild(temp.path, ["--output-dir=staging"]);
    assertEquals(again, { ...result, stdout: again.stdout });
    assertEquals(await listFiles(staging), [...objects.keys()].sort());
    assertEquals(await digest(archive), before);
    for (const [path, source] of objects) {
      assertEquals(await digest(join(staging, path)), await digest(source));
    }
  });
});

Deno.test("a job that failed publishes logs, and no artifacts", async () => {
  await using temp = await TempDir.make();
  await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
  for (const status of ["failure", "Cancelled"]) {
    const args = ["--job-status", status, "--output-dir", status];
    const { code, stdout, stderr } = await postBuild(temp.path, args);
    assertEquals([code, stderr], [0, ""]);
    const staged = await listFiles(temp.join(status));
    assertEquals(staged.filter((path) => /\.tar\.[xz]|index-/.test(path)), []);
    assert(staged.length > 5);
    const titles = ["Build Logs", "Build Observability", "TheRock Manifest"];
    const text = `\nJob summary:\n\n${summaryOf(LOCAL_URL, titles)}\n\n`;
    assertEquals(stdout.slice(-text.length), text);
  }
  await Deno.remove(temp.join("build/base"), { recursive: true });
  const { code, stderr } = await postBuild(temp.path, [
    "--job-status=FAILURE",
    "--output-dir=no-manifest",
  ]);
  assertEquals(code, 0);
  assert(/^Warning: There is no manifest [^\n]*\n$/.test(stderr), stderr);
});

Deno.test("without upload, pages and archive are written", async () => {
  await using temp = await TempDir.make();
  await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
  const before = await listFiles(temp.path);
  const permissions = NO_NETWORK;
  // Neither a run id nor credentials are needed.
  for (const args of [["--no-upload"], []]) {
    const env: Record<string, string> = args[0] ? { CI: "true" } : {};
    const { code, stdout, stderr } = await postBuild(temp.path, args, {
      env,
      permissions,
    });
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "Nothing is uploaded");
  }
  const made = (await listFiles(temp.path)).filter((path) =>
    !before.includes(path)
  );
  assertEquals(made, [
    "build/artifacts/index.html",
    "build/logs/index.html",
    "build/logs/ninja_logs.tar.gz",
  ]);
});

Deno.test("CI turns the upload on, in any spelling of true", async () => {
  await using temp = await TempDir.make();
  await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
  for (const CI of ["true", "1", "YES", "On"]) {
    const { code, stderr } = await postBuild(temp.path, [], { env: { CI } });
    assertEquals(code, 2);
    assertStringIncludes(stderr, "--run-id is required when uploading");
  }
});

Deno.test("variables stand in for flags, and flags go first", async () => {
  await using temp = await TempDir.make();
  await writeDemoTree(temp.join("elsewhere"), { artifacts: 1, logs: 1 });
  const run = (args: string[], BUILD_DIR: string) =>
    runScript("post_build_upload", args, {
      cwd: temp.path,
      env: { ARTIFACT_GROUP: "from-env", BUILD_DIR },
    });
  const first = await run(["--output-dir=one", "--run-id=77"], "elsewhere");
  assertEquals([first.code, first.stderr], [0, ""]);
  const second = await run([
    "--output-dir",
    "two",
    "--build-dir",
    "elsewhere",
    "--artifact-group",
    "from-flag",
    "--run-id",
    "77",
  ], "missing");
  assertEquals([second.code, second.stderr], [0, ""]);
  const [one, two] = [temp.join("one"), temp.join("two")];
  assert(
    (await listFiles(one)).includes(`${prefixOf("77")}/index-from-env.html`),
  );
  assertEquals(
    (await listFiles(two)).map((path) =>
      path.replaceAll("from-flag", "from-env")
    ),
    await listFiles(one),
  );
});

Deno.test("an interrupted copy leaves nothing behind", {
  // On Windows a process cannot be sent SIGINT.
  ignore: Deno.build.os === "windows",
}, async () => {
  await using temp = await TempDir.make();
  await Deno.mkdir(temp.join("build/artifacts"), { recursive: true });
  // It is sparse; its copy would not be, but is broken off at once.
  await Deno.writeFile(
    temp.join("build/artifacts/big.tar.xz"),
    new Uint8Array(),
  );
  await Deno.truncate(temp.join("build/artifacts/big.tar.xz"), 8 * 2 ** 30);
  const script = await startScript("post_build_upload", [
    "--artifact-group=g",
    "--output-dir=staging",
  ], { cwd: temp.path });
  let ended = false;
  script.result.finally(() => ended = true);
  while (!ended && (await listFiles(temp.join("staging"))).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  script.kill("SIGINT");
  const { code, stderr } = await script.result;
  assertEquals(code, 130, stderr);
  assertStringIncludes(stderr, "Interrupted by SIGINT");
  assertEquals(await listFiles(temp.join("staging")), []);
  assertEquals(await listFiles(temp.join("build")), [
    "artifacts/big.tar.xz",
    "artifacts/index.html",
  ]);
});

async function assertLinks(
  staging: string,
  page: string,
  expected: readonly string[],
): Promise<void> {
  const html = await Deno.readTextFile(join(staging, page));
  const base = toFileUrl(join(staging, page));
  const targets = linksOf(html).map((link) => fromFileUrl(new URL(link, base)));
  assertEquals(
    targets.sort(),
    expected.map((path) => join(staging, path)).sort(),
  );
  for (const target of targets) assert((await Deno.stat(target)).isFile);
}

async function readTarGz(path: string): Promise<Record<string, string>> {
  using file = await Deno.open(path);
  const tar = file.readable.pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(tar).arrayBuffer());
  const decoder = new TextDecoder();
  return Object.fromEntries(
    (await unpackTar(bytes)).map(({ header, data }) =>
      [header.name, decoder.decode(data)] as const
    ),
  );
}
