import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidValueError } from "../../lib/errors.ts";
import type { OutputLocation } from "../../lib/output_location.ts";
import { RunOutputRoot } from "../../lib/run_output_root.ts";
import vectors from "../data/vectors/paths.json" with { type: "json" };
import { HOSTILE_NAMES, ODD_NAMES } from "./hostile_names.ts";

const INIT = { bucket: "b", externalRepo: "", runId: "1", platform: "linux" };

/** The methods of the layout, called as the vectors want them. */
const METHODS: Record<
  keyof typeof vectors.cases[0]["locations"],
  (root: RunOutputRoot, group: string, fileName: string) => OutputLocation
> = {
  root: (root) => root.root(),
  artifact: (root, _group, fileName) => root.artifact(fileName),
  artifactIndex: (root, group) => root.artifactIndex(group),
  logDir: (root, group) => root.logDir(group),
  logFile: (root, group, fileName) => root.logFile(group, fileName),
  logIndex: (root, group) => root.logIndex(group),
  buildObservability: (root, group) => root.buildObservability(group),
  manifestDir: (root, group) => root.manifestDir(group),
  manifest: (root, group) => root.manifest(group),
  pythonPackages: (root, group) => root.pythonPackages(group),
};

for (const [index, vector] of vectors.cases.entries()) {
  const { bucket, externalRepo, runId, platform, group, fileName } = vector;
  Deno.test({
    name: `all locations of run ${externalRepo}${runId}-${platform} in ` +
      `${bucket} are right (case ${index}: ${group}, ${fileName})`,
    permissions: "none",
    fn() {
      const root = new RunOutputRoot({ bucket, externalRepo, runId, platform });
      assertEquals(root.prefix, vector.prefix);
      assertEquals(
        Object.keys(vector.locations).sort(),
        Object.keys(METHODS).sort(),
      );
      for (const [name, method] of Object.entries(METHODS)) {
        const expected = vector.locations[name as keyof typeof METHODS];
        const location = method(root, group, fileName);
        assertEquals(location.bucket, bucket, name);
        assertEquals(location.relativePath, expected.relativePath, name);
        assertEquals(location.s3Uri, expected.s3Uri, name);
        assertEquals(location.httpsUrl, expected.httpsUrl, name);
        // The vectors have local paths of a POSIX system.
        if (Deno.build.os !== "windows") {
          const local = location.localPath("/tmp/staging");
          assertEquals(local, expected.localPath, name);
        }
      }
    },
  });
}

Deno.test({
  name: "a manifest file lies beside the manifest",
  permissions: "none",
  fn() {
    const root = new RunOutputRoot(INIT);
    assertEquals(
      root.manifestFile("g", "x.json").relativePath,
      "1-linux/manifests/g/x.json",
    );
    assertEquals(
      root.manifest("g").relativePath,
      root.manifestFile("g", "therock_manifest.json").relativePath,
    );
  },
});

Deno.test({
  name: "a root refuses parts that would leave their own segment",
  permissions: "none",
  fn() {
    for (const [what, name] of Object.entries(HOSTILE_NAMES)) {
      for (const part of ["bucket", "runId", "platform"]) {
        assertThrows(
          () => new RunOutputRoot({ ...INIT, [part]: name }),
          InvalidValueError,
          "Invalid ",
          `${part}: ${what}`,
        );
      }
      // An empty one is what most runs have.
      if (name === "") continue;
      for (const externalRepo of [name, `${name}/`]) {
        if (externalRepo === "a/") continue;
        assertThrows(
          () => new RunOutputRoot({ ...INIT, externalRepo }),
          InvalidValueError,
          "external repository",
          what,
        );
      }
    }
    for (const externalRepo of ["/", "a", "a//", "a/b/", "../"]) {
      assertThrows(
        () => new RunOutputRoot({ ...INIT, externalRepo }),
        InvalidValueError,
        "external repository",
      );
    }
    for (const platform of ["Linux", "WINDOWS"]) {
      assertThrows(
        () => new RunOutputRoot({ ...INIT, platform }),
        InvalidValueError,
        "lower-case",
      );
    }
  },
});

Deno.test({
  name: "all methods refuse groups and file names that would leave their " +
    "own segment",
  permissions: "none",
  fn() {
    const root = new RunOutputRoot(INIT);
    const calls: Record<string, (name: string) => OutputLocation> = {
      artifact: (name) => root.artifact(name),
      artifactIndex: (name) => root.artifactIndex(name),
      logDir: (name) => root.logDir(name),
      "logFile's group": (name) => root.logFile(name, "x"),
      "logFile's file": (name) => root.logFile("g", name),
      logIndex: (name) => root.logIndex(name),
      buildObservability: (name) => root.buildObservability(name),
      manifestDir: (name) => root.manifestDir(name),
      manifest: (name) => root.manifest(name),
      "manifestFile's group": (name) => root.manifestFile(name, "x"),
      "manifestFile's file": (name) => root.manifestFile("g", name),
      pythonPackages: (name) => root.pythonPackages(name),
    };
    for (const [method, call] of Object.entries(calls)) {
      for (const [what, name] of Object.entries(HOSTILE_NAMES)) {
        const message = `${method}: ${what}`;
        assertThrows(() => call(name), InvalidValueError, "Invalid", message);
      }
      for (const name of ODD_NAMES) {
        assert(call(name).relativePath.startsWith("1-linux/"), method);
        assert(call(name).relativePath.includes(name), method);
      }
    }
  },
});

Deno.test({
  name: "a root cannot be changed",
  permissions: "none",
  fn() {
    const root = new RunOutputRoot(INIT);
    assert(Object.isFrozen(root));
    assertThrows(() => Object.assign(root, { runId: ".." }), TypeError);
    assertEquals(root.prefix, "1-linux");
  },
});

Deno.test({
  name: "a local root has defaults that need no CI",
  permissions: "none",
  fn() {
    const root = RunOutputRoot.forLocal();
    assertEquals(
      [root.bucket, root.externalRepo, root.runId, root.platform],
      ["local", "", "local", Deno.build.os],
    );
    const other = RunOutputRoot.forLocal({
      runId: "7",
      platform: "windows",
      bucket: "mine",
    });
    assertEquals(other.root().s3Uri, "s3://mine/7-windows");
    assertThrows(
      () => RunOutputRoot.forLocal({ runId: "" }),
      InvalidValueError,
    );
    assertThrows(
      () => RunOutputRoot.forLocal({ runId: "../x" }),
      InvalidValueError,
    );
  },
});
