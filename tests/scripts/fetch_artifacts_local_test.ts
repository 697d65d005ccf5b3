import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { archiveStem } from "../../lib/archives/unpack.ts";
import {
  describeTree,
  flattenedTree,
  makeArchive,
  sha256,
  unpackedTree,
  writeArchives,
} from "../support/artifact_archives.ts";
import {
  ARTIFACTS,
  errorsOf,
  fetchStaged,
  GROUP,
  plannedNames,
  prefixOf,
} from "../support/fetch.ts";
import { runScript } from "../support/script.ts";
import {
  digest,
  listFiles,
  snapshot,
  TempDir,
  writeFiles,
} from "../support/tree.ts";

async function stage(
  temp: TempDir,
  names: readonly string[] = ARTIFACTS,
): Promise<string> {
  const dir = temp.join("staging", prefixOf("7"));
  await writeArchives(dir, names);
  await writeFiles(dir, { [`index-${GROUP}.html`]: "" });
  return dir;
}

/** All archives, each in the directory of its own name. */
function unpackedTrees(names: readonly string[]): Record<string, string> {
  return Object.assign(
    {},
    ...names.map((name) => unpackedTree(name, `${archiveStem(name)}/`)),
  );
}

Deno.test("what post_build_upload staged comes back bit for bit", async (t) => {
  await using temp = await TempDir.make();
  await writeArchives(temp.join("build/artifacts"), ARTIFACTS);
  await writeFiles(temp.join("build"), {
    "logs/a.log": "",
    "base/aux-overlay/build/therock_manifest.json": "{}",
  });
  const published = await runScript("post_build_upload", [
    `--artifact-group=${GROUP}`,
    "--run-id=7",
    "--output-dir=staging",
  ], { cwd: temp.path });
  assertEquals([published.code, published.stderr], [0, ""]);

  await t.step("as archives", async () => {
    const { code, stdout, stderr } = await fetchStaged(temp, ["--no-extract"]);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(await listFiles(temp.join("out")), ARTIFACTS);
    for (const name of ARTIFACTS) {
      assertEquals(
        await digest(temp.join("out", name)),
        await digest(temp.join("build/artifacts", name)),
      );
      assertStringIncludes(stdout, `Downloaded: ${name} (`);
    }
  });
  await t.step("archives that are there are checked, and kept", async () => {
    const before = await snapshot(temp.join("out"));
    const { code, stdout } = await fetchStaged(temp, ["--no-extract"]);
    assertEquals(code, 0);
    for (const name of ARTIFACTS) {
      assertStringIncludes(stdout, `Already there: ${name} (`);
    }
    assertEquals(await snapshot(temp.join("out")), before);
  });
  await t.step("unpacked, with modes and links", async () => {
    const { code, stderr } = await fetchStaged(temp);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(
      await describeTree(temp.join("out")),
      unpackedTrees(ARTIFACTS),
    );
  });
  await t.step("unpacked once more, over what is there", async () => {
    const extra = temp.join("out", archiveStem(ARTIFACTS[0]!), "extra");
    await Deno.writeTextFile(extra, "of an earlier version");
    const { code, stderr } = await fetchStaged(temp);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(
      await describeTree(temp.join("out")),
      unpackedTrees(ARTIFACTS),
    );
  });
});

Deno.test("--flatten merges the listed trees into the output directory", async () => {
  await using temp = await TempDir.make();
  await stage(temp);
  await writeFiles(temp.path, { "out/bin/mine": "", "out/lib/mine": "" });
  const { code, stderr } = await fetchStaged(temp, ["--flatten"]);
  assertEquals([code, stderr], [0, ""]);
  const found = await describeTree(temp.join("out"));
  const mine = ["bin/mine", "lib/mine"];
  for (const path of mine) {
    assert(path in found, path);
    delete found[path];
  }
  assertEquals(
    found,
    Object.assign({}, ...ARTIFACTS.map((name) => flattenedTree(name))),
  );
  // Once more, over what is there.
  assertEquals((await fetchStaged(temp, ["--flatten"])).code, 0);
});

Deno.test("archives are deleted once unpacked, unless they are to stay", async () => {
  await using temp = await TempDir.make();
  await stage(temp, ARTIFACTS.slice(0, 2));
  const archives = async () =>
    (await listFiles(temp.join("out"))).filter((path) => /\.tar\./.test(path));
  for (
    const [args, kept] of [
      [["--no-delete-after-extract"], ARTIFACTS.slice(0, 2)],
      [["--delete-after-extract"], []],
      [["--flatten", "--no-delete-after-extract"], ARTIFACTS.slice(0, 2)],
      [["--flatten"], []],
      [["--no-extract"], ARTIFACTS.slice(0, 2)],
      [[], []],
    ] as const
  ) {
    const { code, stderr } = await fetchStaged(temp, args);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(await archives(), [...kept], args.join());
  }
});

Deno.test("a dry run says what would be fetched, and writes nothing", async () => {
  await using temp = await TempDir.make();
  const dir = await stage(temp);
  await Deno.remove(`${dir}/${ARTIFACTS[0]}.sha256sum`);
  const before = await snapshot(temp.path);
  for (const args of [[], ["--flatten"], ["--no-extract"]]) {
    const result = await fetchStaged(temp, ["--dry-run", ...args], {
      permissions: { write: false },
    });
    assertEquals([result.code, result.stderr], [0, ""]);
    assertEquals(plannedNames(result), ARTIFACTS);
    assertEquals(
      result.stdout.match(/^ .*no digest stored/gm)?.length,
      1,
      result.stdout,
    );
  }
  assertEquals(await snapshot(temp.path), before);
});

Deno.test("names that differ behind a dot never share a directory", async () => {
  await using temp = await TempDir.make();
  const names = [
    "foo-1.2_lib_generic.tar.xz",
    "foo-1.3_lib_generic.tar.xz",
    "foo-1_lib_generic.tar.zst",
  ];
  await stage(temp, names);
  const { code, stderr } = await fetchStaged(temp);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await describeTree(temp.join("out")), unpackedTrees(names));
});

Deno.test("two formats of one artifact are not unpacked over one another", async () => {
  await using temp = await TempDir.make();
  const names = ["foo_lib_generic.tar.xz", "foo_lib_generic.tar.zst"];
  await stage(temp, [...names, "base_run_generic.tar.zst"]);
  const result = await fetchStaged(temp);
  assertEquals(result.code, 1);
  assertStringIncludes(errorsOf(result).join("\n"), names[1]!);
  const kept = (await listFiles(temp.join("out"))).filter((path) =>
    path.startsWith("base_run_generic/")
  );
  assert(kept.length > 0);
  // As archives, they have different names.
  assertEquals((await fetchStaged(temp, ["--no-extract"])).code, 0);
});

Deno.test("a partial file of an earlier run is not taken as complete", async () => {
  await using temp = await TempDir.make();
  const [checked, unchecked] = ARTIFACTS as [string, string];
  const dir = await stage(temp, [checked, unchecked]);
  await Deno.remove(`${dir}/${unchecked}.sha256sum`);
  await Deno.mkdir(temp.join("out"));
  for (const name of [checked, unchecked]) {
    const bytes = await makeArchive(name);
    await Deno.writeFile(temp.join("out", name), bytes.subarray(0, 100));
  }
  const { code, stdout, stderr } = await fetchStaged(temp, ["--no-extract"]);
  assertEquals([code, stderr], [0, ""]);
  for (const name of [checked, unchecked]) {
    assertEquals(
      await digest(temp.join("out", name)),
      sha256(await makeArchive(name)),
    );
    assertStringIncludes(stdout, `Downloaded: ${name}`);
  }
});

Deno.test("what a killed run left behind is neither fetched nor in the way", async () => {
  await using temp = await TempDir.make();
  const name = "base_run_generic.tar.zst";
  const dir = await stage(temp, [name]);
  const left = ".run-outputs-1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed.tmp";
  await writeFiles(dir, { [left]: "half" });
  await writeFiles(temp.join("out"), { [left]: "half" });
  const { code, stderr } = await fetchStaged(temp, ["--no-extract"]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await listFiles(temp.join("out")), [left, name].sort());
});

Deno.test("variables name the run in the staging directory", async () => {
  await using temp = await TempDir.make();
  await writeArchives(temp.join("staging/mine-windows"), ARTIFACTS);
  const result = await runScript("fetch_artifacts", [
    `--artifact-group=${GROUP}`,
    "--no-extract",
  ], {
    cwd: temp.path,
    env: {
      THEROCK_LOCAL_STAGING_DIR: "staging",
      THEROCK_RUN_ID: "mine",
      THEROCK_PLATFORM: "windows",
    },
    permissions: { net: false, sys: false },
  });
  assertEquals([result.code, result.stderr], [0, ""]);
  assertEquals(await listFiles(temp.join("build/artifacts")), ARTIFACTS);
});
