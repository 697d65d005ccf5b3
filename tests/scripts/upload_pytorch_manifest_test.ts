import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { main } from "../../scripts/upload_pytorch_manifest.ts";
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
import { listFiles, snapshot, TempDir, writeFiles } from "../support/tree.ts";

const FAMILY = "gfx94X-dcgpu";
const NAME = "therock-manifest_torch_py3.11_release-2.7.json";
const MANIFEST = `{"torch": "2.7"}\n`;
const REQUIRED = {
  "dist-dir": "dist",
  "run-id": "12345678901",
  "amdgpu-family": FAMILY,
  "python-version": "py3.11",
  "pytorch-git-ref": "release/2.7",
};

/** As existing workflows call it. */
function upload(
  cwd: string,
  args: readonly string[] = [],
  options: ScriptOptions = {},
) {
  const required = Object.entries(REQUIRED).flatMap(
    ([name, value]) => [`--${name}`, value],
  );
  return runScript("upload_pytorch_manifest", [...required, ...args], {
    cwd,
    ...options,
  });
}

/** Where it goes on this machine. */
function keyOf(name: string): string {
  return `12345678901-${Deno.build.os}/manifests/${FAMILY}/${name}`;
}

Deno.test("the manifest of existing workflows is staged under its name", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, {
    [`dist/manifests/${NAME}`]: MANIFEST,
    "dist/manifests/other.json": "",
    "dist/torch-2.7-cp311-linux_x86_64.whl": "",
  });
  const { code, stderr } = await upload(temp.path, ["--output-dir=staging"], {
    permissions: { net: false, sys: false },
  });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await listFiles(temp.join("staging")), [keyOf(NAME)]);
  assertEquals(
    await Deno.readTextFile(temp.join("staging", keyOf(NAME))),
    MANIFEST,
  );
});

Deno.test("version and reference make the manifest's name", async () => {
  await using temp = await TempDir.make();
  const cases = [
    ["3.11", "nightly", "therock-manifest_torch_py3.11_nightly.json"],
    [" py3.12 ", "a/b/c", "therock-manifest_torch_py3.12_a-b-c.json"],
    ["3.14t", "v2.8.0-rc1", "therock-manifest_torch_py3.14t_v2.8.0-rc1.json"],
  ] as const;
  for (const [version, ref, name] of cases) {
    await writeFiles(temp.path, { [`dist/manifests/${name}`]: MANIFEST });
    const { code, stdout, stderr } = await upload(temp.path, [
      "--python-version",
      version,
      `--pytorch-git-ref=${ref}`,
      "--dry-run",
    ]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(
      stdout,
      ` -> s3://therock-ci-artifacts/${keyOf(name)}`,
    );
  }
});

Deno.test("a missing manifest is told in one line", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { "dist/manifests/other.json": "" });
  const before = await snapshot(temp.path);
  const { code, stdout, stderr } = await upload(temp.path, [
    "--output-dir=staging",
  ]);
  assertEquals([code, stdout], [1, ""]);
  const path = join("dist", "manifests", NAME);
  assertEquals(stderr, `Error: There is no manifest ${path}.\n`);
  assertEquals(await snapshot(temp.path), before);
});

Deno.test("a dry run prints the plan and writes nothing", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { [`dist/manifests/${NAME}`]: MANIFEST });
  const before = await snapshot(temp.path);
  const { code, stdout, stderr } = await upload(temp.path, ["--dry-run"], {
    env: { IS_PR_FROM_FORK: "true" },
    permissions: { net: false, sys: false, write: false },
  });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(
    stdout,
    `${join("dist", "manifests", NAME)} -> ` +
      "s3://therock-ci-artifacts-external/ROCm-TheRock/" +
      `${keyOf(NAME)} (application/json, ${MANIFEST.length} B)\n`,
  );
  assertEquals(await snapshot(temp.path), before);
});

Deno.test("mistakes are told in one line that names the flag", async () => {
  await assertRequired(main, REQUIRED);
  const args = Object.entries(REQUIRED).map(
    ([name, value]) => `--${name}=${value}`,
  );
  const mistakes: Mistake[] = [
    { args: ["--python-version=3.11/../x"], says: "3.11/../x" },
    { args: ["--python-version=3.11\\..\\x"], says: "back-slash" },
    { args: ["--pytorch-git-ref=a\\b"], says: "back-slash" },
    { args: ["--pytorch-git-ref=a\nb"], says: "control character" },
    { args: ["--amdgpu-family=../x"], says: "--amdgpu-family: " },
    { args: ["--run-id=a/b"], says: "--run-id: " },
    { args: ["--bucket=a/b"], says: "--bucket: " },
    {
      args: ["--bucket=b", "--output-dir=o"],
      says: "--bucket and --output-dir exclude each other",
    },
    { args: ["--artifact-group=x"], says: "Unknown flag --artifact-group" },
    { args: ["more"], says: 'Unexpected argument "more"' },
  ];
  for (const mistake of mistakes) {
    await assertMistake(main, { ...mistake, args: [...args, ...mistake.args] });
  }
});

Deno.test("a hostile version leaves nothing outside or inside", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, {
    "dist/manifests/x_release-2.7.json": "secret",
  });
  const before = await snapshot(temp.path);
  const { code, stdout, stderr } = await upload(temp.path, [
    "--python-version=3.11/../x",
    "--output-dir=staging",
  ]);
  assertEquals([code, stdout], [2, ""]);
  assert(/^Error: [^\n]*slash[^\n]*\n$/.test(stderr), stderr);
  assertEquals(await snapshot(temp.path), before);
});

const s3 = await s3ForTests();
if (s3 !== undefined) registerS3Test(s3);

function registerS3Test(s3: S3ForTests): void {
  Deno.test("the manifest is published to S3 as JSON", async () => {
    await using temp = await TempDir.make();
    await writeFiles(temp.path, { [`dist/manifests/${NAME}`]: MANIFEST });
    const bucket = await freshBucket(s3);
    const { code, stderr } = await upload(temp.path, [`--bucket=${bucket}`], {
      env: { ...s3Environment(s3), GITHUB_REPOSITORY: "Some-Org/their.repo" },
      permissions: { net: new URL(s3.endpoint).host },
    });
    assertEquals([code, stderr], [0, ""]);
    const key = `Some-Org-their.repo/${keyOf(NAME)}`;
    assertEquals(await listAll(s3, bucket), [{ key, size: MANIFEST.length }]);
    const { bytes, contentType } = await readObject(s3, bucket, key);
    assertEquals(new TextDecoder().decode(bytes), MANIFEST);
    assertEquals(contentType, "application/json");
  });
}
