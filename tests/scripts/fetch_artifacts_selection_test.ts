import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { main } from "../../scripts/fetch_artifacts.ts";
import {
  errorsOf,
  fetchStaged,
  GROUP,
  plannedNames,
  prefixOf,
} from "../support/fetch.ts";
import { assertMistake, type Mistake } from "../support/mistakes.ts";
import { runScript } from "../support/script.ts";
import { canRunShipped, runShipped } from "../support/shipped.ts";
import { listFiles, TempDir, writeFiles } from "../support/tree.ts";

const STAGED = [
  "amd-llvm_dbg_generic.tar.xz",
  "amd-llvm_lib_generic.tar.zst",
  "base_lib_generic.tar.xz",
  "blas_lib_gfx110X-all.tar.xz",
  "blas_lib_gfx942.tar.zst",
  "blas_lib_gfx94X-dcgpu.tar.xz",
  "blas_test_gfx94X-dcgpu.tar.xz",
  "core-hip_dev_generic.tar.xz",
  "core-runtime_lib_generic.tar.xz",
  "sysdeps_lib_generic.tar.xz",
];
const GENERIC = STAGED.filter((name) => name.includes("_generic."));

/** Files that only look like artifacts of the run: plans do not read them. */
async function stage(names: readonly string[] = STAGED): Promise<TempDir> {
  const temp = await TempDir.make();
  const dir = temp.join("staging", prefixOf("7"));
  await writeFiles(dir, Object.fromEntries(names.map((name) => [name, "x"])));
  return temp;
}

function plan(temp: TempDir, args: readonly string[]) {
  return fetchStaged(temp, ["--dry-run", ...args]);
}

Deno.test("the command lines of existing workflows fetch what they mean", async () => {
  await using temp = await stage();
  const env = { THEROCK_LOCAL_STAGING_DIR: "staging" };
  const options = { cwd: temp.path, env, permissions: { net: false } } as const;
  const all = await runScript("fetch_artifacts", [
    "--run-github-repo=ROCm/TheRock",
    "--run-id=7",
    "--artifact-group=gfx94X-dcgpu",
    "--output-dir=artifacts",
    "--dry-run",
  ], options);
  assertEquals([all.code, all.stderr], [0, ""]);
  const isWanted = (name: string) => /_(generic|gfx94X-dcgpu)\./.test(name);
  assertEquals(plannedNames(all), STAGED.filter(isWanted));
  const some = await runScript("fetch_artifacts", [
    "--run-id",
    "7",
    "--artifact-group",
    "gfx110X-all",
    "--output-dir",
    "out",
    "amd-llvm",
    "base",
    "core-(hip|runtime)",
    "sysdeps",
    "--exclude",
    "_dbg_",
    "--dry-run",
  ], options);
  assertEquals([some.code, some.stderr], [0, ""]);
  assertEquals(
    plannedNames(some),
    GENERIC.filter((name) => !name.includes("_dbg_")),
  );
});

Deno.test("expressions may stand anywhere, and be many", async () => {
  await using temp = await stage();
  const cases: [string[], string[]][] = [
    [["blas"], [
      "blas_lib_gfx94X-dcgpu.tar.xz",
      "blas_test_gfx94X-dcgpu.tar.xz",
    ]],
    [["^base_", "\\.zst$"], ["amd-llvm_lib_generic.tar.zst", STAGED[2]!]],
    [
      ["--exclude", "_dbg_", "_test_", "blas", "--exclude=^(core|sys)"],
      ["amd-llvm_lib_generic.tar.zst", "base_lib_generic.tar.xz"],
    ],
  ];
  for (const [args, names] of cases) {
    const result = await plan(temp, args);
    assertEquals([result.code, result.stderr], [0, ""]);
    assertEquals(plannedNames(result), names, args.join(" "));
  }
});

Deno.test("targets are fetched besides the group, and missing ones are said", async () => {
  await using temp = await stage();
  const found = await plan(temp, ["--amdgpu-targets=gfx942", "blas_lib"]);
  assertEquals([found.code, found.stderr], [0, ""]);
  assertEquals(plannedNames(found), [
    "blas_lib_gfx942.tar.zst",
    "blas_lib_gfx94X-dcgpu.tar.xz",
  ]);
  const missing = await plan(temp, [
    "--amdgpu-targets",
    "gfx942, gfx90a,",
    "blas_lib",
  ]);
  assertEquals(missing.code, 0);
  assertEquals(
    missing.stderr,
    "Warning: There are no artifacts of the target gfx90a in " +
      `${join("staging", prefixOf("7"))}.\n`,
  );
  assertEquals(plannedNames(missing), plannedNames(found));
});

Deno.test("a group of which nothing exists is said, and is a failure", async () => {
  await using temp = await stage();
  const result = await plan(temp, ["--artifact-group=gfx1201"]);
  assertEquals(result.code, 1);
  assertEquals(errorsOf(result), [
    "Error: There are no artifacts of the group gfx1201 in " +
    `${join("staging", prefixOf("7"))}.`,
  ]);
  assertEquals(plannedNames(result), GENERIC);
  // What there is, is fetched all the same.
  const fetched = await fetchStaged(temp, [
    "--artifact-group=gfx1201",
    "--no-extract",
  ]);
  assertEquals(fetched.code, 1);
  assertEquals(await listFiles(temp.join("out")), GENERIC);
});

Deno.test("a group with a page and generic artifacts alone is there", async () => {
  await using temp = await stage([...GENERIC, "index-gfx1201.html"]);
  const result = await plan(temp, ["--artifact-group=gfx1201"]);
  assertEquals([result.code, result.stderr], [0, ""]);
});

Deno.test("nothing that matches is a failure", async () => {
  await using temp = await stage();
  for (const args of [["no-such-thing"], ["--exclude", "."]]) {
    for (const mode of [["--dry-run"], []]) {
      const result = await fetchStaged(temp, [...args, ...mode]);
      assertEquals(result.code, 1);
      const [error, ...others] = errorsOf(result);
      assertEquals(others, []);
      assertStringIncludes(error!, "Nothing matches");
    }
  }
  const empty = await plan(temp, ["--run-id=8"]);
  assertEquals(empty.code, 1);
  assertStringIncludes(empty.stderr, "There are no artifacts of the group");
  assertStringIncludes(empty.stderr, "Nothing matches");
  assertEquals((await listFiles(temp.path)).length, STAGED.length);
});

Deno.test("neighbours of the run and what lies deeper are not taken", async () => {
  await using temp = await stage(["a_lib_generic.tar.xz"]);
  const prefix = prefixOf("7");
  await writeFiles(temp.join("staging"), {
    [`${prefix}-extra/b_lib_${GROUP}.tar.xz`]: "",
    [`${prefix}/logs/g/x_lib_generic.tar.xz`]: "",
    [`${prefix}/${GROUP}/y_lib_${GROUP}.tar.xz`]: "",
    [`1${prefix}/z_lib_${GROUP}.tar.xz`]: "",
  });
  const result = await plan(temp, []);
  assertEquals(result.code, 1);
  assertEquals(plannedNames(result), ["a_lib_generic.tar.xz"]);
  assertStringIncludes(result.stderr, `no artifacts of the group ${GROUP}`);
});

Deno.test("mistakes are told in one line that names the flag", async () => {
  const id = "--run-id=7";
  const group = `--artifact-group=${GROUP}`;
  const both = [id, group];
  const mistakes: Mistake[] = [
    { args: [id], says: "--artifact-group is required" },
    { args: [group], says: "--run-id is required" },
    { args: [group, "--run-id=../x"], says: "--run-id: " },
    { args: [id, "--artifact-group=a/b"], says: "--artifact-group: " },
    { args: [...both, "--run-github-repo=x"], says: "--run-github-repo: " },
    { args: [...both, "--no-look-up-run", "--bucket=a/b"], says: "--bucket: " },
    { args: [...both, "--no-look-up-run", "--platform=.."], says: "platform" },
    { args: [...both, "--download-concurrency=0"], says: "--download-concur" },
    { args: [...both, "--extract-concurrency=x"], says: "--extract-concur" },
    {
      args: [...both, "--flatten", "--no-extract"],
      says: "--flatten and --no-extract exclude each other",
    },
    { args: [...both, "core-(hip"], says: '"core-(hip" is not a regular' },
    { args: [...both, "--exclude", "["], says: '"[" is not a regular' },
    { args: [...both, "--extract=no"], says: "--extract takes no value" },
    { args: [...both, "--frobnicate"], says: "Unknown flag --frobnicate" },
    { args: [...both, "--endpoint-url=x"], says: "--endpoint-url: " },
    {
      args: [...both, "--no-look-up-run"],
      env: { RELEASE_TYPE: "weekly" },
      says: '"weekly": it must be one of',
    },
  ];
  for (const mistake of mistakes) await assertMistake(main, mistake);
});

Deno.test("it starts as it is shipped", {
  ignore: !canRunShipped,
}, async () => {
  const { code, stdout, stderr } = await runShipped("fetch_artifacts", [
    "--help",
  ]);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "Usage: fetch_artifacts ");
});
