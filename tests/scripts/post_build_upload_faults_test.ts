/**
 * Faults of the original that show best where a whole script runs; numbers are
 * those of `spec/known-faults.md`. 3 is in the tests of usage, 6 and 9 in that
 * of dry runs, 13 in those of the store, 2 and 17 in those with S3.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { writeDemoTree } from "../../tools/demo_tree.ts";
import { canRunUnprivileged, runScript } from "../support/script.ts";
import { digest, listFiles, TempDir, writeFiles } from "../support/tree.ts";
import {
  GROUP,
  linksOf,
  postBuild,
  prefixOf,
  publishedFrom,
} from "./post_build.ts";

const LOCAL = ["--output-dir", "staging"];
const PREFIX = prefixOf("local");
const LOGS = `staging/${PREFIX}/logs/${GROUP}`;
const windows = Deno.build.os === "windows";
const unprivileged = await canRunUnprivileged();

/** A small build directory, `build`, in a directory of its own. */
async function smallBuild(): Promise<TempDir> {
  const temp = await TempDir.make();
  await writeDemoTree(temp.join("build"), { artifacts: 2, logs: 2 });
  return temp;
}

Deno.test(
  "fault 4: after a file that fails all others are stored, and each failure is named",
  {
    ignore: windows,
  },
  async () => {
    await using temp = await smallBuild();
    const destination = { prefix: PREFIX, group: GROUP };
    const objects = await publishedFrom(temp.join("build"), destination);
    await writeFiles(temp.join("build"), {
      "artifacts/a\\b.tar.xz": "",
      "artifacts/c\\d.tar.zst": "",
      "logs/e\nError: forged.log": "",
      "logs/f\ng.log": "",
    });
    const { code, stdout, stderr } = await postBuild(temp.path, LOCAL);
    assertEquals(code, 1);
    for (const name of ["a\\b.tar.xz", "c\\d.tar.zst", "forged.log", "g.log"]) {
      assertStringIncludes(stderr, name);
    }
    // No name can forge a line of the log.
    assert(!/^Error: forged/m.test(stderr), stderr);
    assertEquals(
      await listFiles(temp.join("staging")),
      [...objects.keys()].sort(),
    );
    assertEquals(stdout.match(/^\[.*\]\(https:/gm)?.length, 4);
  },
);

Deno.test("fault 5: ninja logs without a logs directory are packed and published", async () => {
  await using temp = await smallBuild();
  await Deno.remove(temp.join("build/logs"), { recursive: true });
  const { code, stderr } = await postBuild(temp.path, LOCAL);
  assertEquals([code, stderr], [0, ""]);
  const staged = await listFiles(temp.join(LOGS));
  assertEquals(staged, ["index.html", "ninja_logs.tar.gz"]);
});

Deno.test("fault 7: $ARTIFACT_GROUP works, and any case of --job-status", async () => {
  await using temp = await smallBuild();
  const { code, stderr } = await runScript("post_build_upload", [
    ...LOCAL,
    "--job-status=SuccesS",
  ], { cwd: temp.path, env: { ARTIFACT_GROUP: GROUP, CI: "" } });
  assertEquals([code, stderr], [0, ""]);
  const staged = await listFiles(temp.join("staging"));
  // Fault 12: `.tar.zst` too, with its checksum.
  for (const end of ["xz", "xz.sha256sum", "zst", "zst.sha256sum"]) {
    assert(staged.some((path) => path.endsWith(`.tar.${end}`)), end);
  }
});

Deno.test("fault 10: no run id or group writes outside its place", async () => {
  await using temp = await smallBuild();
  const before = await listFiles(temp.path);
  for (
    const value of [
      "../x",
      "..",
      ".",
      "",
      "a/b",
      "a\\b",
      "C:x",
      "a\u0001b",
      "/x",
    ]
  ) {
    for (const flag of ["--run-id", "--artifact-group"]) {
      const args = [...LOCAL, `${flag}=${value}`];
      const { code, stderr } = await postBuild(temp.path, args);
      assertEquals(code, 2, `${flag}=${value}`);
      assert(stderr.startsWith(`Error: ${flag}`), stderr);
    }
  }
  assertEquals(await listFiles(temp.path), before);
});

Deno.test("fault 11: links open files with difficult names", async () => {
  await using temp = await smallBuild();
  const names = [
    "a+b.log",
    "a#b.log",
    "100%25.log",
    "sp ace.log",
    "ünï/日本.log",
  ]
    .concat(windows ? [] : ["a?b.log", "step:b&amp;.log"]);
  for (const name of names) {
    await writeFiles(temp.join("build/logs"), { [name]: name });
  }
  const group = "g+1 #2%";
  const { code, stdout, stderr } = await runScript("post_build_upload", [
    ...LOCAL,
    "--artifact-group",
    group,
  ], { cwd: temp.path });
  assertEquals([code, stderr], [0, ""]);
  const base = `https://local.s3.amazonaws.com/${PREFIX}`;
  assertStringIncludes(
    stdout,
    `[Build Logs](${base}/logs/g%2B1%20%232%25/index.html)`,
  );
  const dir = temp.join("staging", PREFIX, "logs", group);
  const html = await Deno.readTextFile(join(dir, "index.html"));
  const contents: string[] = [];
  for (const link of linksOf(html)) {
    const url = new URL(link, "http://host/");
    assertEquals(url.search + url.hash, "", link);
    const path = join(dir, decodeURIComponent(url.pathname));
    contents.push((await Deno.readTextFile(path)).replace(/^\[1\].*/s, ""));
  }
  for (const name of names) assert(contents.includes(name), name);
  const up = /<nav><a href="([^"]*)">/.exec(html)?.[1] ?? "";
  const page = new URL(up, `http://host/${PREFIX}/logs/group/index.html`);
  assertEquals(
    decodeURIComponent(page.pathname),
    `/${PREFIX}/index-${group}.html`,
  );
});

Deno.test("fault 15: what cannot be read is named, and the rest is published", {
  ignore: !unprivileged,
}, async () => {
  await using temp = await smallBuild();
  await writeFiles(temp.join("build/logs"), {
    "secret/a.log": "",
    "b.log": "",
  });
  const hidden = ["secret", "b.log", "therock-build-prof"];
  for (const name of hidden) {
    await Deno.chmod(temp.join("build/logs", name), 0o000);
  }
  const { code, stdout, stderr } = await postBuild(temp.path, LOCAL, {
    unprivileged,
  });
  // Others could not remove it either.
  for (const name of hidden) {
    await Deno.chmod(temp.join("build/logs", name), 0o700);
  }
  assertEquals(code, 1);
  for (const name of hidden) {
    assertStringIncludes(stderr, join("build/logs", name));
  }
  assertStringIncludes(stderr, "permission denied");
  const staged = await listFiles(temp.join("staging"));
  assert(staged.includes(`${PREFIX}/manifests/${GROUP}/therock_manifest.json`));
  assert(staged.includes(`${PREFIX}/logs/${GROUP}/amd-llvm_build.log`));
  assertStringIncludes(stdout, "[TheRock Manifest](");
});

Deno.test("fault 16: a name that is not valid UTF-8 keeps back only itself", {
  // Other systems do not allow such names.
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using temp = await smallBuild();
  const { success } = await new Deno.Command("sh", {
    args: ["-c", "echo x >\"$(printf 'bad\\377name.log')\""],
    cwd: temp.join("build/logs"),
  }).output();
  assert(success);
  const { code, stderr } = await postBuild(temp.path, LOCAL);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "bad\ufffdname.log");
  assertStringIncludes(stderr, "not valid UTF-8");
  const html = await Deno.readTextFile(temp.join(LOGS, "index.html"));
  assertEquals(linksOf(html), [
    "amd-llvm_build.log",
    "ninja_logs.tar.gz",
    "rocBLAS_configure.log",
  ]);
});

Deno.test(
  "faults 14 and 19: pages list exactly what is uploaded, and escape it",
  {
    ignore: windows,
  },
  async () => {
    await using temp = await smallBuild();
    const logs = temp.join("build/logs");
    await writeFiles(temp.path, { "outside/secret.log": "secret" });
    await writeFiles(logs, {
      "directory.log/inner.log": "",
      "read-only.log": "",
      "<img src=x>&'\".log": "",
    });
    await Deno.chmod(join(logs, "read-only.log"), 0o400);
    await Deno.symlink(temp.join("outside"), join(logs, "linked"));
    await Deno.symlink(join(logs, "read-only.log"), join(logs, "link.log"));
    await Deno.symlink("nowhere", join(logs, "dangling.log"));
    const { code, stderr } = await postBuild(temp.path, LOCAL);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "3 x symbolic link: ");
    const html = await Deno.readTextFile(temp.join(LOGS, "index.html"));
    const staged = (await listFiles(temp.join(LOGS))).filter((path) =>
      /\.log$|\.tar\.gz$/.test(path)
    );
    assertEquals(linksOf(html).map(decodeURIComponent).sort(), staged);
    assertEquals(staged, [
      "<img src=x>&'\".log",
      "amd-llvm_build.log",
      "directory.log/inner.log",
      "ninja_logs.tar.gz",
      "read-only.log",
      "rocBLAS_configure.log",
    ]);
    assert(!html.includes("<img"));
    assertStringIncludes(html, ">&lt;img src=x&gt;&amp;");
  },
);

Deno.test("fault 20: pages and archives are the same on every machine", async () => {
  const seen = new Set<string>();
  for (
    const [TZ, LC_ALL, group] of [
      ["UTC", "C", ["base", "math-libs/BLAS", "."]],
      ["Asia/Kolkata", "de_DE.UTF-8", [".", "math-libs/BLAS", "base"]],
    ] as const
  ) {
    await using temp = await TempDir.make();
    const build = temp.join("build");
    const time = new Date("2024-02-29T23:30:15Z");
    const files = { "logs/a.log": "a", "artifacts/b.tar.xz": "b" };
    await writeFiles(build, files);
    // Directories list their entries in the order of creation, or about so.
    for (const dir of group) {
      await writeFiles(build, { [`${dir}/.ninja_log`]: dir });
    }
    for (const path of await listFiles(build)) {
      await Deno.utime(join(build, path), time, time);
    }
    const env = { TZ, LC_ALL, LANG: LC_ALL };
    const { code, stderr } = await postBuild(temp.path, ["--no-upload"], {
      env,
    });
    assertEquals([code, stderr], [0, ""]);
    const page = await Deno.readTextFile(join(build, "artifacts/index.html"));
    assertStringIncludes(page, ">2024-02-29 23:30<");
    seen.add([
      await digest(join(build, "logs/ninja_logs.tar.gz")),
      await digest(join(build, "artifacts/index.html")),
    ].join());
  }
  assertEquals(seen.size, 1);
});
