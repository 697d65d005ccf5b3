import { assertEquals } from "@std/assert";
import {
  type ArtifactRunInfo,
  describeArtifactRun,
} from "../../lib/artifact_run_info.ts";
import { RunOutputRoot } from "../../lib/run_output_root.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const INFO: ArtifactRunInfo = {
  root: new RunOutputRoot({
    bucket: "bucket",
    externalRepo: "a-b/",
    runId: "77",
    platform: "windows",
  }),
  repository: "a/b",
  commit: COMMIT,
  artifactGroup: "gfx94X-dcgpu",
  workflow: "ci.yml",
  runUrl: "https://github.com/a/b/actions/runs/77",
  status: "completed",
  conclusion: "success",
};

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

test("a run is described by where it is and what became of it", () => {
  assertEquals(describeArtifactRun(INFO), [
    ["Repository", "a/b"],
    ["Commit", COMMIT],
    ["Commit URL", `https://github.com/a/b/commit/${COMMIT}`],
    ["Platform", "windows"],
    ["Artifact group", "gfx94X-dcgpu"],
    ["Workflow", "ci.yml"],
    ["Run id", "77"],
    ["Run URL", "https://github.com/a/b/actions/runs/77"],
    ["Status", "completed (success)"],
    ["Bucket", "bucket"],
    ["Path", "a-b/77-windows"],
    [
      "Index URL",
      "https://bucket.s3.amazonaws.com/a-b/77-windows/index-gfx94X-dcgpu.html",
    ],
  ]);
});

test("a run that has not ended has no conclusion", () => {
  const status = (changes: Partial<ArtifactRunInfo>) =>
    new Map(describeArtifactRun({ ...INFO, ...changes })).get("Status");
  assertEquals(
    status({ status: "in_progress", conclusion: null }),
    "in_progress",
  );
  assertEquals(status({ status: null, conclusion: null }), "unknown");
});

test("commits have their page on the server that is named", () => {
  assertEquals(
    new Map(describeArtifactRun(INFO, "https://git.example")).get("Commit URL"),
    `https://git.example/a/b/commit/${COMMIT}`,
  );
});
