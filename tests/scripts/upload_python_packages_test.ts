import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join, toFileUrl } from "@std/path";
import { main } from "../../scripts/upload_python_packages.ts";
import { ensureBucket, freshRunId, s3Environment } from "../support/buckets.ts";
import {
  assertMistake,
  assertRequired,
  type Mistake,
  runMain,
} from "../support/mistakes.ts";
import {
  freshBucket,
  listAll,
  readObject,
  type S3ForTests,
  s3ForTests,
} from "../support/s3_server.ts";
import { runScript, type ScriptOptions } from "../support/script.ts";
import { listFiles, snapshot, TempDir, writeFiles } from "../support/tree.ts";
import { linksOf } from "./post_build.ts";

const GROUP = "gfx94X-dcgpu";
const DIST = {
  "rocm-7.0.0.tar.gz": "sdist",
  "rocm_sdk-7.0.0+abc-py3-none-any.whl": "wheel",
  "nested/rocm_sdk_devel-7.0.0-py3-none-linux_x86_64.whl": "nested",
};
const JUNK = {
  ".DS_Store": "",
  "._rocm_sdk-7.0.0+abc-py3-none-any.whl": "",
  "notes.txt": "",
  "rocm.whl.tmp": "",
  "rocm-7.0.0.zip": "",
  ".cache/index.json": "",
};
const PUBLISHED = [...Object.keys(DIST), "index.html"].sort();

async function writePackages(dir: string): Promise<void> {
  await writeFiles(join(dir, "pkgs/dist"), { ...DIST, ...JUNK });
}

/** As existing workflows call it. */
function upload(
  cwd: string,
  args: readonly string[],
  options: ScriptOptions = {},
) {
  return runScript("upload_python_packages", [
    "--input-packages-dir=pkgs",
    `--artifact-group=${GROUP}`,
    ...args,
  ], { cwd, ...options });
}

function summaryOf(url: string, continued = "\\", shell = "bash"): string {
  return `[ROCm Python packages](${url})\n\n` +
    `\`\`\`${shell}\npip install rocm[libraries,devel] --pre ${continued}\n` +
    `  --find-links=${url}\n\`\`\``;
}

Deno.test("packages and their page are staged, and nothing else", async () => {
  await using temp = await TempDir.make();
  await writePackages(temp.path);
  const files = {
    GITHUB_OUTPUT: temp.join("output"),
    GITHUB_STEP_SUMMARY: temp.join("summary"),
  };
  for (const args of [["--run-id=7"], ["--run-id", "7"]]) {
    const { code, stdout, stderr } = await upload(
      temp.path,
      [...args, "--output-dir", "staging"],
      { env: files, permissions: { net: false, sys: false } },
    );
    assertEquals([code, stderr], [0, ""]);
    assert(!/Step output|Job summary|pip install/.test(stdout), stdout);
  }
  const dir = temp.join("staging", `7-${Deno.build.os}`, "python", GROUP);
  assertEquals(
    await listFiles(temp.join("staging")),
    PUBLISHED.map((path) => `7-${Deno.build.os}/python/${GROUP}/${path}`),
  );
  const page = join(dir, "index.html");
  const html = await Deno.readTextFile(page);
  assertEquals(
    linksOf(html).map((link) => fromFileUrl(new URL(link, toFileUrl(page))))
      .sort(),
    Object.keys(DIST).map((path) => join(dir, path)).sort(),
  );
  assertStringIncludes(html, 'href="rocm_sdk-7.0.0%2Babc-py3-none-any.whl"');
  // The step's files are for what was published to S3.
  const made = (await listFiles(temp.path)).filter((path) =>
    !path.startsWith("staging/") && !path.startsWith("pkgs/")
  );
  assertEquals(made, []);
});

Deno.test("a dry run prints plan, output and summary, and writes nothing", async () => {
  await using temp = await TempDir.make();
  await writePackages(temp.path);
  const before = await snapshot(temp.path);
  const { code, stdout, stderr } = await upload(
    temp.path,
    ["--run-id=7", "--dry-run", "--bucket=mine"],
    {
      env: {
        GITHUB_REPOSITORY: "some/where",
        GITHUB_OUTPUT: temp.join("output"),
        GITHUB_STEP_SUMMARY: temp.join("summary"),
      },
      permissions: { net: false, sys: false, write: false },
    },
  );
  assertEquals([code, stderr], [0, ""]);
  const path = `some-where/7-${Deno.build.os}/python/${GROUP}`;
  const plan = stdout.split("\n").filter((line) => line.includes(" -> "))
    .map((line) => /-> (\S+) \((\S+), /.exec(line)?.slice(1).join(" "));
  assertEquals(
    plan.sort(),
    PUBLISHED.map((name) => `s3://mine/${path}/${name} ${contentTypeOf(name)}`)
      .sort(),
  );
  const url = `https://mine.s3.amazonaws.com/${path}/index.html`;
  const text = `Step output: package_find_links_url=${url}\n\n` +
    `Job summary:\n\n${summaryOf(url)}\n\n`;
  assertEquals(stdout.slice(-text.length), text);
  assertEquals(await snapshot(temp.path), before);
});

Deno.test("on Windows the command goes on behind a caret", async () => {
  await using temp = await TempDir.make();
  await writePackages(temp.path);
  const { code, stdout } = await runMain(main, [
    `--input-packages-dir=${temp.join("pkgs")}`,
    `--artifact-group=${GROUP}`,
    "--run-id=7",
    "--dry-run",
  ], { platform: "windows" });
  assertEquals(code, 0);
  const url =
    "https://therock-ci-artifacts.s3.amazonaws.com/7-windows/python/" +
    `${GROUP}/index.html`;
  assertStringIncludes(stdout, `\n\n${summaryOf(url, "^", "bat")}\n\n`);
});

Deno.test("without packages there is an error, and nothing is written", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { "pkgs/dist/index.html": "of an earlier run" });
  await writeFiles(temp.join("pkgs/dist"), JUNK);
  const before = await snapshot(temp.path);
  const args = ["--run-id=7", "--output-dir=staging"];
  const { code, stdout, stderr } = await upload(temp.path, args);
  assertEquals([code, stdout], [1, ""]);
  assertEquals(
    stderr,
    `Error: There are no packages (*.whl, *.tar.gz) in ${
      join("pkgs", "dist")
    }.\n`,
  );
  assertEquals(await snapshot(temp.path), before);
  await Deno.remove(temp.join("pkgs/dist"), { recursive: true });
  const missing = await upload(temp.path, args);
  assertEquals([missing.code, missing.stdout], [1, ""]);
  assert(/^Error: [^\n]+\n$/.test(missing.stderr), missing.stderr);
  assertStringIncludes(missing.stderr, join("pkgs", "dist"));
  assertEquals(await listFiles(temp.path), []);
});

Deno.test("a page never links to what could not be uploaded", {
  // Windows has no files with such names.
  ignore: Deno.build.os === "windows",
}, async () => {
  await using temp = await TempDir.make();
  await writePackages(temp.path);
  await writeFiles(temp.path, { "pkgs/dist/bad\u0007-1.0.whl": "" });
  const { code, stderr } = await upload(temp.path, [
    "--run-id=7",
    "--output-dir=staging",
  ]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "bad\\u0007-1.0.whl");
  assertEquals(
    await listFiles(
      temp.join("staging", `7-${Deno.build.os}`, "python", GROUP),
    ),
    Object.keys(DIST).sort(),
  );
});

Deno.test("mistakes are told in one line that names the flag", async () => {
  const required = {
    "input-packages-dir": "pkgs",
    "artifact-group": GROUP,
    "run-id": "7",
  };
  await assertRequired(main, required);
  const args = Object.entries(required).map(([name, text]) =>
    `--${name}=${text}`
  );
  const mistakes: Mistake[] = [
    {
      args: [...args, "--bucket=b", "--output-dir=o"],
      says: "--bucket and --output-dir exclude each other",
    },
    { args: [...args, "--run-id=../x"], says: "--run-id: " },
    { args: [...args, "--artifact-group=a/b"], says: "--artifact-group: " },
    { args: [...args, "--bucket=a/b"], says: "--bucket: " },
    { args: [...args, "--build-dir=x"], says: "Unknown flag --build-dir" },
  ];
  for (const mistake of mistakes) await assertMistake(main, mistake);
});

function contentTypeOf(name: string): string {
  if (name.endsWith(".html")) return "text/html";
  return name.endsWith(".whl") ? "application/zip" : "application/gzip";
}

const s3 = await s3ForTests();
if (s3 !== undefined) registerS3Tests(s3);

function registerS3Tests(s3: S3ForTests): void {
  const options = (env: Record<string, string> = {}): ScriptOptions => ({
    env: { ...s3Environment(s3), ...env },
    // A request to GitHub would fail.
    permissions: { net: new URL(s3.endpoint).host },
  });

  Deno.test("packages are published to S3, with output and summary", async () => {
    await using temp = await TempDir.make();
    await writePackages(temp.path);
    await writeFiles(temp.path, { output: "a=b\n", summary: "Before.\n" });
    const bucket = await freshBucket(s3);
    const { code, stderr } = await upload(
      temp.path,
      [
        "--run-id=7",
        `--bucket=${bucket}`,
      ],
      options({
        GITHUB_REPOSITORY: "Some-Org/their.repo",
        GITHUB_OUTPUT: temp.join("output"),
        GITHUB_STEP_SUMMARY: temp.join("summary"),
      }),
    );
    assertEquals([code, stderr], [0, ""]);
    const prefix = `Some-Org-their.repo/7-${Deno.build.os}/python/${GROUP}`;
    const found = (await listAll(s3, bucket)).map(({ key }) => key);
    assertEquals(found, PUBLISHED.map((name) => `${prefix}/${name}`));
    for (const name of PUBLISHED) {
      const object = await readObject(s3, bucket, `${prefix}/${name}`);
      assertEquals(object.contentType, contentTypeOf(name), name);
      const source = temp.join("pkgs/dist", name);
      assertEquals(object.bytes, await Deno.readFile(source), name);
    }
    const url = `https://${bucket}.s3.amazonaws.com/${prefix}/index.html`;
    assertEquals(
      await Deno.readTextFile(temp.join("output")),
      `a=b\npackage_find_links_url=${url}\n`,
    );
    assertEquals(
      await Deno.readTextFile(temp.join("summary")),
      `Before.\n\n${summaryOf(url)}\n\n`,
    );
  });

  Deno.test("a pull request from a fork publishes to the external bucket", async () => {
    await using temp = await TempDir.make();
    await writePackages(temp.path);
    const run = freshRunId();
    const cases: [string, string, string][] = [
      ["true", "therock-ci-artifacts-external", "ROCm-TheRock/"],
      ["false", "therock-ci-artifacts", ""],
    ];
    for (const [IS_PR_FROM_FORK, bucket, repo] of cases) {
      await ensureBucket(s3, bucket);
      const { code, stderr } = await upload(
        temp.path,
        [`--run-id=${run}`],
        options({ IS_PR_FROM_FORK }),
      );
      assertEquals([code, stderr], [0, ""]);
      const key = `${repo}${run}-${Deno.build.os}/python/${GROUP}/index.html`;
      assert((await readObject(s3, bucket, key)).bytes.length > 0);
    }
  });

  Deno.test("what S3 refuses leaves no output and no summary", async () => {
    await using temp = await TempDir.make();
    await writePackages(temp.path);
    const { code, stdout, stderr } = await upload(temp.path, [
      "--run-id=7",
      "--bucket=no-such-bucket-anywhere",
    ], options({ GITHUB_OUTPUT: temp.join("output") }));
    assertEquals(code, 1);
    assertStringIncludes(stderr, "3 files were not uploaded: no such bucket");
    assertStringIncludes(stderr, "0 stored, 3 failed");
    assert(!/Step output|Job summary/.test(stdout), stdout);
    assert(!(await listFiles(temp.path)).includes("output"));
  });
}
