/**
 * What the tests of `fetch_artifacts` share.
 *
 * @module
 */

import type { ScriptResult } from "./script.ts";
import { runScript, type ScriptOptions } from "./script.ts";
import type { TempDir } from "./tree.ts";
import { failure, json, workflowRun } from "./github_server.ts";
import { type ScriptedServer, startScriptedServer } from "./loopback_server.ts";

/** The artifact group that tests fetch. */
export const GROUP = "gfx94X-dcgpu";

/** Artifacts of both formats, generic and of the group. */
export const ARTIFACTS = [
  "amd-llvm_lib_generic.tar.xz",
  "base_run_generic.tar.zst",
  "blas_lib_gfx94X-dcgpu.tar.zst",
  "core-hip_dev_generic.tar.xz",
  "fft_test_gfx94X-dcgpu.tar.xz",
];

/** The prefix of a run on this machine. */
export function prefixOf(runId: string): string {
  return `${runId}-${Deno.build.os}`;
}

/** Fetches the group's artifacts of run 7 from `staging`, without network. */
export function fetchStaged(
  temp: TempDir,
  args: readonly string[] = [],
  options: ScriptOptions = {},
): Promise<ScriptResult> {
  const all = ["--run-id=7", `--artifact-group=${GROUP}`, "--output-dir=out"];
  return runScript("fetch_artifacts", [...all, ...args], {
    cwd: temp.path,
    ...options,
    env: { THEROCK_LOCAL_STAGING_DIR: "staging", ...options.env },
    permissions: { net: false, sys: false, ...asObject(options.permissions) },
  });
}

function asObject(permissions: ScriptOptions["permissions"]) {
  return typeof permissions === "object" ? permissions : {};
}

/** The names in the plan that was printed. */
export function plannedNames({ stdout }: ScriptResult): string[] {
  return [...stdout.matchAll(/^ {2}(\S+) \([^()]*\)$/gm)]
    .map(([, name]) => name ?? "");
}

/** The lines of errors. */
export function errorsOf({ stderr }: ScriptResult): string[] {
  return stderr.split("\n").filter((line) => line.startsWith("Error: "));
}

/** A GitHub that knows these runs of ROCm/TheRock, by their ids. */
export function startGitHub(
  runs: Readonly<Record<string, Record<string, unknown>>>,
): ScriptedServer {
  return startScriptedServer((request) => {
    const id = /^\/repos\/ROCm\/TheRock\/actions\/runs\/(\d+)$/
      .exec(request.target)?.[1];
    const changes = id === undefined ? undefined : runs[id];
    return (changes === undefined
      ? failure(404, "Not Found")
      : json(workflowRun(Number(id), changes)))(request);
  });
}
