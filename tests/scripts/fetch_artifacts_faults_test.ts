import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { archiveStem } from "../../lib/archives/unpack.ts";
import {
  describeTree,
  flattenedTree,
  sha256,
  unpackedTree,
  writeArchives,
} from "../support/artifact_archives.ts";
import {
  ARTIFACTS,
  errorsOf,
  fetchStaged,
  prefixOf,
} from "../support/fetch.ts";
import {
  hardLink,
  member,
  symlink,
  tarOf,
  xz,
  zst,
} from "../support/hostile_archives.ts";
import { unusedEndpoint } from "../support/loopback_server.ts";
import { canRunUnprivileged, runScript } from "../support/script.ts";
import { listFiles, TempDir, writeFiles } from "../support/tree.ts";

const unprivileged = await canRunUnprivileged();
const BAD = "blas_lib_gfx94X-dcgpu.tar.zst";
const OTHERS = ARTIFACTS.filter((name) => name !== BAD);

/** Makes one of five artifacts bad; `dir` is that of the run. */
type Spoil = (dir: string) => Promise<void>;

interface Fault {
  readonly spoil: Spoil;
  /** What the error says. */
  readonly says: RegExp;
}

function digestIs(text: string): Spoil {
  return (dir) => Deno.writeTextFile(join(dir, `${BAD}.sha256sum`), text);
}

/** Other content, with a digest that fits. */
function contentIs(
  bytes: () => Promise<Uint8Array> | Uint8Array,
  name = BAD,
): Spoil {
  return async (dir) => {
    const content = await bytes();
    await Deno.writeFile(join(dir, name), content);
    await writeFiles(dir, { [`${name}.sha256sum`]: sha256(content) });
  };
}

function truncatedTo(share: number): Spoil {
  return async (dir) => {
    await Deno.remove(join(dir, `${BAD}.sha256sum`));
    const path = join(dir, BAD);
    const { size } = await Deno.stat(path);
    await Deno.truncate(path, Math.floor(size * share));
  };
}

function hostile(...members: Uint8Array[]): Spoil {
  const first = member("artifact_manifest.txt", "stage\n");
  return contentIs(() => zst(tarOf(first, ...members)));
}

const FAULTS: Record<string, Fault> = {
  "its digest is another": {
    spoil: digestIs("0".repeat(64)),
    says: /SHA-256 is [0-9a-f]{64}, and should be 0{64}/,
  },
  "its digest file names another": {
    spoil: digestIs(`${"0".repeat(64)}  other.tar.xz\n`),
    says: /no SHA-256 digest of it/,
  },
  "its digest file is empty": {
    spoil: digestIs(""),
    says: /no SHA-256 digest of it/,
  },
  "it is truncated": { spoil: truncatedTo(0.5), says: /Cannot unpack/ },
  "it is empty": { spoil: truncatedTo(0), says: /Cannot unpack/ },
  "it is no archive": {
    spoil: contentIs(() => new TextEncoder().encode("<html>404</html>")),
    says: /Cannot unpack/,
  },
  "it has a name that goes up": {
    spoil: hostile(member("../../evil", "x")),
    says: /evil.*relative path segment/,
  },
  "it writes through a link of its own": {
    spoil: hostile(symlink("up", "../.."), member("up/evil", "x")),
    says: /Cannot unpack/,
  },
  "it links to what is outside": {
    spoil: hostile(hardLink("mine", "../../secret")),
    says: /Cannot unpack/,
  },
};

async function makeRun(temp: TempDir, spoil: Spoil): Promise<void> {
  const dir = temp.join("staging", prefixOf("7"));
  await writeArchives(dir, ARTIFACTS);
  await writeFiles(temp.path, { secret: "secret" });
  await spoil(dir);
}

/** The others are there, unpacked, and nothing of the bad one but its archive. */
async function assertOthers(temp: TempDir): Promise<void> {
  const found = await describeTree(temp.join("out"));
  delete found[BAD];
  const trees = OTHERS.map((name) =>
    unpackedTree(name, `${archiveStem(name)}/`)
  );
  assertEquals(found, Object.assign({}, ...trees));
  assertEquals(await Deno.readTextFile(temp.join("secret")), "secret");
  assertEquals(
    (await Array.fromAsync(Deno.readDir(temp.path))).map(({ name }) => name)
      .sort(),
    ["out", "secret", "staging"],
  );
}

for (const [name, { spoil, says }] of Object.entries(FAULTS)) {
  Deno.test(`four of five artifacts are there when of one ${name}`, async () => {
    await using temp = await TempDir.make();
    await makeRun(temp, spoil);
    const result = await fetchStaged(temp);
    assertEquals(result.code, 1, result.stdout);
    const errors = errorsOf(result);
    assertEquals(errors.length, 2, result.stderr);
    assert(says.test(errors[0]!), errors[0]);
    assertStringIncludes(errors[0]!, BAD);
    assertEquals(
      errors[1],
      `Error: Not everything was fetched: 1 failed: ${BAD}`,
    );
    assertStringIncludes(result.stdout, "Fetched 4 artifacts into out");
    await assertOthers(temp);
  });
}

Deno.test("an artifact that cannot be read keeps back only itself", {
  ignore: !unprivileged,
}, async () => {
  await using temp = await TempDir.make();
  await makeRun(temp, (dir) => Deno.chmod(join(dir, BAD), 0o000));
  const result = await fetchStaged(temp, [], { unprivileged });
  assertEquals(result.code, 1);
  const [error] = errorsOf(result);
  assertStringIncludes(error!, BAD);
  assertStringIncludes(error!, "permission denied");
  await assertOthers(temp);
});

Deno.test("what fails is listed, all of it, and nothing else is hidden", async () => {
  await using temp = await TempDir.make();
  await makeRun(temp, async (dir) => {
    for (const name of OTHERS) {
      await writeFiles(dir, { [`${name}.sha256sum`]: "1".repeat(64) });
    }
  });
  const result = await fetchStaged(temp);
  assertEquals(result.code, 1);
  const errors = errorsOf(result);
  assertEquals(errors.length, 5, result.stderr);
  for (const name of OTHERS) {
    assert(errors.some((line) => line.includes(`${name}: its SHA-256`)), name);
    assertStringIncludes(errors[4]!, name);
  }
  assertStringIncludes(errors[4]!, "4 failed");
  assertEquals(
    await describeTree(temp.join("out")),
    unpackedTree(BAD, `${archiveStem(BAD)}/`),
  );
});

Deno.test("--flatten merges nothing of a bad archive", async () => {
  await using temp = await TempDir.make();
  await makeRun(temp, hostile(symlink("stage/up", "../../../secret")));
  const result = await fetchStaged(temp, ["--flatten"]);
  assertEquals(result.code, 1);
  assertStringIncludes(errorsOf(result)[0]!, BAD);
  const found = await describeTree(temp.join("out"));
  delete found[BAD];
  assertEquals(
    found,
    Object.assign({}, ...OTHERS.map((name) => flattenedTree(name))),
  );
});

Deno.test("--flatten does not write through a link that stands there", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using temp = await TempDir.make();
  await makeRun(temp, () => Promise.resolve());
  await Deno.mkdir(temp.join("elsewhere"));
  await Deno.mkdir(temp.join("out"));
  await Deno.symlink("../elsewhere", temp.join("out/lib"));
  const result = await fetchStaged(temp, ["--flatten"]);
  assertEquals(result.code, 1);
  assertEquals(errorsOf(result).length, ARTIFACTS.length + 1, result.stderr);
  assertEquals(await listFiles(temp.join("elsewhere")), []);
});

Deno.test("--flatten needs a manifest of trees, and refuses one that leads out", async () => {
  await using temp = await TempDir.make();
  for (const manifest of [undefined, "../../x\n", "/etc\n"]) {
    await makeRun(
      temp,
      contentIs(() =>
        xz(tarOf(
          ...manifest === undefined
            ? []
            : [member("artifact_manifest.txt", manifest)],
          member("stage/file", "x"),
        )), "core-hip_dev_generic.tar.xz"),
    );
    const result = await fetchStaged(temp, ["--flatten", "core-hip", "base"]);
    assertEquals(result.code, 1);
    const [error] = errorsOf(result);
    assertStringIncludes(error!, "artifact_manifest.txt");
    assertStringIncludes(error!, "core-hip_dev_generic.tar.xz");
    assertStringIncludes(result.stdout, "Fetched 1 artifact into out");
  }
});

Deno.test("an output directory that cannot be one is told once per artifact", async () => {
  await using temp = await TempDir.make();
  await makeRun(temp, () => Promise.resolve());
  await writeFiles(temp.path, { out: "in the way" });
  const result = await fetchStaged(temp);
  assertEquals(result.code, 1);
  assertEquals(errorsOf(result).length, ARTIFACTS.length + 1);
  assertEquals(await Deno.readTextFile(temp.join("out")), "in the way");
});

Deno.test("a store that is down is not an empty run", async () => {
  await using temp = await TempDir.make();
  const { host } = new URL(unusedEndpoint());
  const { code, stderr } = await runScript("fetch_artifacts", [
    "--run-id=7",
    "--artifact-group=g",
    "--no-look-up-run",
    `--endpoint-url=http://${host}`,
  ], {
    cwd: temp.path,
    env: { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" },
    permissions: { net: host },
  });
  assertEquals(code, 1);
  assert(/^Error: Cannot list s3:\/\/[^\n]+\n$/.test(stderr), stderr);
  assert(!stderr.includes("Nothing matches"), stderr);
  assertEquals(await listFiles(temp.path), []);
});
