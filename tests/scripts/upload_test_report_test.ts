import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join, toFileUrl } from "@std/path";
import { main } from "../../scripts/upload_test_report.ts";
import { s3Environment } from "../support/buckets.ts";
import {
  assertMistake,
  assertRequired,
  type Mistake,
} from "../support/mistakes.ts";
import {
  freshBucket,
  listAll,
  readObject,
  type S3ForTests,
  s3ForTests,
} from "../support/s3_server.ts";
import { runScript, type ScriptOptions } from "../support/script.ts";
import { canRunShipped, runShipped } from "../support/shipped.ts";
import { listFiles, snapshot, TempDir, writeFiles } from "../support/tree.ts";
import { linksOf } from "./post_build.ts";

const REQUIRED = {
  "run-id": "7",
  "amdgpu-family": "gfx94X-dcgpu",
  "report-path": "reports",
  "log-destination": "logs/gfx94X-dcgpu/tests",
  "index-file-name": "index.html",
};
const RUN = `7-${Deno.build.os}`;
const REPORTS = {
  "hip.html": "<p>hip",
  "c++ #1 100%.html": "<p>c++",
  "nested/deep/blas.html": "<p>blas",
  "nested/index.html": "<p>not the page",
};
const NAMES = [...Object.keys(REPORTS), "index.html"].sort();

function upload(
  cwd: string,
  flags: Readonly<Record<string, string>> = {},
  args: readonly string[] = ["--output-dir=staging"],
  options: ScriptOptions = {},
) {
  const given = Object.entries({ ...REQUIRED, ...flags }).flatMap(
    ([name, value]) => [`--${name}`, value],
  );
  return runScript("upload_test_report", [...given, ...args], {
    cwd,
    ...options,
  });
}

async function writeReports(temp: TempDir): Promise<void> {
  await writeFiles(temp.join("reports"), {
    ...REPORTS,
    "junit.xml": "",
    "style.css": "",
    "hip.html.tmp": "",
  });
}

Deno.test("reports are staged with a page that lists them, but not itself", async () => {
  await using temp = await TempDir.make();
  await writeReports(temp);
  const dir = temp.join("staging", RUN, "logs/gfx94X-dcgpu/tests");
  // The second time, the page is there already.
  for (let i = 0; i < 2; i++) {
    const { code, stderr } = await upload(temp.path, {}, undefined, {
      permissions: { net: false, sys: false },
    });
    assertEquals([code, stderr], [0, ""]);
    assertEquals(
      await listFiles(temp.join("staging")),
      NAMES.map((name) => `${RUN}/logs/gfx94X-dcgpu/tests/${name}`).sort(),
    );
    const page = join(dir, "index.html");
    const html = await Deno.readTextFile(page);
    assertEquals(
      linksOf(html).map((link) => fromFileUrl(new URL(link, toFileUrl(page))))
        .sort(),
      Object.keys(REPORTS).map((name) => join(dir, name)).sort(),
    );
    assertStringIncludes(html, 'href="c%2B%2B%20%231%20100%25.html"');
  }
  assertEquals(
    await Deno.readTextFile(join(dir, "nested/index.html")),
    "<p>not the page",
  );
});

Deno.test("slashes around the destination do not matter", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { "reports/a.html": "" });
  for (const destination of ["tests/hip", "/tests/hip", "//tests/hip//"]) {
    const { code, stdout, stderr } = await upload(
      temp.path,
      { "log-destination": destination },
      ["--dry-run"],
      { permissions: { net: false, sys: false, write: false } },
    );
    assertEquals([code, stderr], [0, ""]);
    const prefix = `s3://therock-ci-artifacts/${RUN}/tests/hip`;
    assertEquals(
      stdout.split("\n").map((line) => / -> (\S+) /.exec(line)?.[1]).sort(),
      [`${prefix}/a.html`, `${prefix}/index.html`, undefined],
    );
  }
  assertEquals(await listFiles(temp.path), ["reports/a.html"]);
});

Deno.test("a page that is no HTML by its name is published all the same", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { "reports/a.html": "" });
  const { code, stderr } = await upload(temp.path, {
    "index-file-name": "overview.htm",
    "log-destination": "t",
  });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await listFiles(temp.join("staging")), [
    `${RUN}/t/a.html`,
    `${RUN}/t/overview.htm`,
  ]);
});

Deno.test("names and destination are text in the page", {
  // Windows has no files with such names.
  ignore: Deno.build.os === "windows",
}, async () => {
  await using temp = await TempDir.make();
  const name = `"><script>alert('x')&amp;.html`;
  const destination = "tests/<b>&";
  await writeFiles(temp.join("reports"), { [name]: "" });
  const { code, stderr } = await upload(temp.path, {
    "log-destination": destination,
  });
  assertEquals([code, stderr], [0, ""]);
  const dir = temp.join("staging", RUN, destination);
  const html = await Deno.readTextFile(join(dir, "index.html"));
  assertEquals(html.match(/<script>/g)?.length, 1, html);
  assert(!html.includes("<b>"), html);
  const [link] = linksOf(html);
  assertEquals(decodeURIComponent(link ?? ""), name);
  assert((await Deno.stat(join(dir, name))).isFile);
});

Deno.test("a missing report directory is reported, and is no failure", async () => {
  await using temp = await TempDir.make();
  const { code, stdout, stderr } = await upload(temp.path);
  assertEquals([code, stdout], [0, ""]);
  assertEquals(
    stderr,
    "Warning: There is no report directory reports: the tests may not have " +
      "run.\n",
  );
  assertEquals(await listFiles(temp.path), []);
});

Deno.test("a file in place of the report directory is a failure", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { reports: "" });
  const { code, stdout, stderr } = await upload(temp.path);
  assertEquals([code, stdout], [1, ""]);
  assertEquals(stderr, "Error: The report directory reports is a file.\n");
  assertEquals(await listFiles(temp.path), ["reports"]);
});

Deno.test("a report directory without reports gets a page that says so", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { "reports/junit.xml": "" });
  const { code, stderr } = await upload(temp.path, { "log-destination": "t" });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await listFiles(temp.join("staging")), [`${RUN}/t/index.html`]);
  assertStringIncludes(
    await Deno.readTextFile(temp.join("staging", RUN, "t/index.html")),
    "No files.",
  );
});

Deno.test("a dry run writes nothing", async () => {
  await using temp = await TempDir.make();
  await writeReports(temp);
  const before = await snapshot(temp.path);
  const { code, stdout, stderr } = await upload(temp.path, {}, [
    "--dry-run",
    "--bucket=mine",
  ], {
    env: { IS_PR_FROM_FORK: "true" },
    permissions: { net: false, sys: false, write: false },
  });
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.length, NAMES.length);
  for (const line of lines) {
    assertStringIncludes(line, ` -> s3://mine/ROCm-TheRock/${RUN}/logs/`);
    assertStringIncludes(line, "(text/html, ");
  }
  assertEquals(await snapshot(temp.path), before);
});

Deno.test("mistakes are told in one line", async () => {
  await assertRequired(main, REQUIRED);
  const args = Object.entries(REQUIRED).map(
    ([name, value]) => `--${name}=${value}`,
  );
  const mistakes: Mistake[] = [
    { args: ["--log-destination=../x"], says: "relative path segment" },
    { args: ["--log-destination=logs/../../x"], says: "relative path segment" },
    { args: ["--log-destination=a\\..\\x"], says: "back-slash" },
    { args: ["--log-destination=a//b"], says: "is empty" },
    { args: ["--log-destination=/"], says: "is empty" },
    { args: ["--index-file-name=../x.html"], says: "--index-file-name: " },
    { args: ["--index-file-name=a/x.html"], says: "--index-file-name: " },
    { args: ["--amdgpu-family=../x"], says: "--amdgpu-family: " },
    { args: ["--run-id=.."], says: "--run-id: " },
    {
      args: ["--bucket=b", "--output-dir=o"],
      says: "--bucket and --output-dir exclude each other",
    },
    { args: ["--artifact-group=x"], says: "Unknown flag --artifact-group" },
  ];
  for (const mistake of mistakes) {
    await assertMistake(main, { ...mistake, args: [...args, ...mistake.args] });
  }
});

Deno.test("it starts as it is shipped", {
  ignore: !canRunShipped,
}, async () => {
  await using temp = await TempDir.make();
  await writeReports(temp);
  const { code, stderr } = await runShipped("upload_test_report", [
    ...Object.entries(REQUIRED).map(([name, value]) => `--${name}=${value}`),
    "--output-dir=staging",
  ], temp.path);
  assertEquals([code, stderr], [0, ""]);
  assertEquals((await listFiles(temp.join("staging"))).length, NAMES.length);
});

const s3 = await s3ForTests();
if (s3 !== undefined) registerS3Test(s3);

function registerS3Test(s3: S3ForTests): void {
  Deno.test("reports are published to S3 as HTML", async () => {
    await using temp = await TempDir.make();
    await writeReports(temp);
    const bucket = await freshBucket(s3);
    const { code, stderr } = await upload(
      temp.path,
      {
        "log-destination": "/logs/tests/",
      },
      [`--bucket=${bucket}`],
      {
        env: { ...s3Environment(s3), GITHUB_REPOSITORY: "Some-Org/their.repo" },
        permissions: { net: new URL(s3.endpoint).host },
      },
    );
    assertEquals([code, stderr], [0, ""]);
    const prefix = `Some-Org-their.repo/${RUN}/logs/tests`;
    assertEquals(
      (await listAll(s3, bucket)).map(({ key }) => key),
      NAMES.map((name) => `${prefix}/${name}`),
    );
    for (const name of NAMES) {
      const object = await readObject(s3, bucket, `${prefix}/${name}`);
      assertEquals(object.contentType, "text/html", name);
    }
  });
}
