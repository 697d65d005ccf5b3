import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { shebang } from "../../lib/cli/permissions.ts";
import { scripts } from "../../tools/scripts.ts";
import { writeDemoTree } from "../../tools/demo_tree.ts";
import {
  firstLine,
  type PermissionKind,
  runScript,
} from "../support/script.ts";
import { snapshot, TempDir } from "../support/tree.ts";
import { GROUP, postBuild } from "./post_build.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };
/** Nothing listens there, and none of these tests gets that far. */
const ENDPOINT = "http://127.0.0.1:9";
const UPLOAD = ["--upload", "--run-id=1", `--endpoint-url=${ENDPOINT}`];

Deno.test("the first line of every script is made from its declaration", async () => {
  const files = await Array.fromAsync(
    Deno.readDir(new URL("../../scripts", import.meta.url)),
  );
  assertEquals(
    scripts.map(({ spec }) => `${spec.name}.ts`).sort(),
    files.map(({ name }) => name).sort(),
  );
  for (const { spec } of scripts) {
    const line = await firstLine(spec.name);
    assertEquals(line, shebang(spec), `run tools/shebangs.ts: ${spec.name}`);
    assert(!/--allow-(all|run|ffi)|\s-[A-Za-z]*A/.test(line), line);
  }
});

Deno.test("help needs no permission, and so loads neither SDK nor Octokit", async () => {
  for (const flag of ["--help", "-h"]) {
    const { code, stdout, stderr } = await runScript(
      "post_build_upload",
      ["--upload", flag],
      { permissions: "none" },
    );
    assertEquals([code, stderr], [0, ""]);
    for (
      const part of [
        "Usage: post_build_upload --artifact-group GROUP",
        "--[no-]upload",
        "GITHUB_STEP_SUMMARY",
        "--allow-net=",
        "Exit codes:",
        "Example:",
      ]
    ) assertStringIncludes(stdout, part);
  }
});

// That local and dry runs need no network is proven where they are tested:
// post_build_upload_local_test.ts grants them none.

const WITHOUT: Record<PermissionKind, { args: string[]; flag: string }> = {
  env: { args: ["--output-dir=staging"], flag: "--allow-env=GITHUB_ACTIONS" },
  read: { args: ["--output-dir=staging"], flag: "--allow-read" },
  write: { args: ["--output-dir=staging"], flag: "--allow-write" },
  net: { args: UPLOAD, flag: "--allow-net=127.0.0.1:9" },
  sys: { args: UPLOAD, flag: "--allow-sys=osRelease" },
};

for (const [kind, { args, flag }] of Object.entries(WITHOUT)) {
  Deno.test(`without ${kind} permission, one line names the flag to add`, async () => {
    await using temp = await TempDir.make();
    await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
    const before = await snapshot(temp.path);
    // With sys, the request itself must be allowed to be made.
    const net = kind === "sys" ? { net: "127.0.0.1:9" } : {};
    const { code, stderr } = await postBuild(temp.path, args, {
      env: KEYS,
      permissions: { ...net, [kind]: false },
    });
    assertEquals(code, 1);
    const lines = stderr.split("\n").filter((line) => /^Error: /.test(line))
      .filter((line) => !/Not everything was published/.test(line));
    // Files are written in three places, each with a flag of its own.
    assertEquals(lines.length, kind === "write" ? 3 : 1, stderr);
    for (const line of lines) {
      assertStringIncludes(line, `run again with ${flag}`);
    }
    assert(!/^\s+at |\.tmp/m.test(stderr), stderr);
    if (kind === "write") assertEquals(await snapshot(temp.path), before);
  });
}

Deno.test("without any permission, one line says so", async () => {
  const { code, stdout, stderr } = await runScript("post_build_upload", [
    `--artifact-group=${GROUP}`,
  ], { permissions: "none" });
  assertEquals([code, stdout], [1, ""]);
  assert(
    /^Error: [^\n]*run again with --allow-env[^\n]*\n$/.test(stderr),
    stderr,
  );
});

Deno.test("a name without permission in the shebang is told: --endpoint-url", async () => {
  await using temp = await TempDir.make();
  await writeDemoTree(temp.join("build"), { artifacts: 1, logs: 1 });
  const { code, stderr } = await postBuild(temp.path, UPLOAD, { env: KEYS });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "run again with --allow-net=127.0.0.1:9");
});
