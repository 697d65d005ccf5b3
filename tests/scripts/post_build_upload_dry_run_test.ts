import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { writeDemoTree } from "../../tools/demo_tree.ts";
import { snapshot, TempDir } from "../support/tree.ts";
import { GROUP, postBuild, prefixOf, publishedFrom } from "./post_build.ts";

const READ_ONLY = { net: false, sys: false, write: false } as const;

Deno.test("fault 6: a dry run prints the whole plan and writes nothing", async () => {
  await using temp = await TempDir.make();
  const build = temp.join("build");
  await writeDemoTree(build, { artifacts: 2, logs: 4 });
  const summary = temp.join("summary.md");
  await Deno.writeTextFile(summary, "");
  const before = await snapshot(temp.path);
  const objects = await publishedFrom(build, {
    prefix: prefixOf("1"),
    group: GROUP,
  });
  for (
    const [base, args] of [
      [join("staging", "/"), ["--output-dir", "staging"]],
      ["s3://therock-ci-artifacts/", ["--upload"]],
    ] as const
  ) {
    const { code, stdout, stderr } = await postBuild(temp.path, [
      ...args,
      "--run-id=1",
      "--dry-run",
    ], {
      env: { GITHUB_STEP_SUMMARY: summary },
      permissions: READ_ONLY,
    });
    assertEquals([code, stderr], [0, ""]);
    const plan = stdout.split("\n").filter((line) => line.includes(" -> "));
    const expected = [...objects].map(([path, source]) =>
      `${source.slice(temp.path.length + 1)} -> ${base}${path}`
    );
    assertEquals(
      plan.map((line) => line.replace(/ \([^()]*\)$/, "")).sort(),
      expected.sort(),
    );
    for (const line of plan) {
      assert(/ \([a-z]+\/[a-z-]+, \d[\d.]* (B|KiB)\)$/.test(line), line);
    }
    assertStringIncludes(stdout, "(application/x-xz, ");
    assertStringIncludes(stdout, "Job summary:\n\n[Build Logs](https://");
  }
  assertEquals(await snapshot(temp.path), before);
});

Deno.test("fault 9: --bucket replaces the bucket and keeps the prefix", async () => {
  await using temp = await TempDir.make();
  await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
  const uri = async (env: Record<string, string>, ...args: string[]) => {
    const { code, stdout, stderr } = await postBuild(temp.path, [
      "--dry-run",
      "--run-id=1",
      ...args,
    ], { env, permissions: READ_ONLY });
    assertEquals([code, stderr], [0, ""]);
    const path = `${prefixOf("1")}/index-${GROUP}.html`;
    const page = stdout.split("\n").find((line) => line.includes(path));
    return page?.split(" ")[2]?.replace(path, "");
  };
  const fork = { GITHUB_REPOSITORY: "Other/repo" };
  assertEquals(await uri({}), "s3://therock-ci-artifacts/");
  assertEquals(
    await uri({ RELEASE_TYPE: "nightly" }),
    "s3://therock-nightly-artifacts/",
  );
  assertEquals(
    await uri(fork),
    "s3://therock-ci-artifacts-external/Other-repo/",
  );
  assertEquals(await uri(fork, "--bucket=mine"), "s3://mine/Other-repo/");
});
