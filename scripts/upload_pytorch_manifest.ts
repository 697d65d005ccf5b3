#!/usr/bin/env -S deno run --no-prompt --allow-read --allow-write --allow-env=AWS_*,GITHUB_*,HOME*,IS_PR_FROM_FORK,NO_COLOR,RELEASE_TYPE,USERPROFILE --allow-net=*.amazonaws.com,169.254.0.0/16 --allow-sys=osRelease,uid
/**
 * Publishes the manifest of a PyTorch build.
 *
 * @module
 */

import { join } from "@std/path";
import {
  requiredAmdgpuFamily,
  requiredRunId,
} from "../lib/cli/common_flags.ts";
import { destinationFlags, runRootFromFlags } from "../lib/cli/destination.ts";
import { valueFlag } from "../lib/cli/flags.ts";
import { denoHost, type Host } from "../lib/cli/host.ts";
import { uploaderPermissions } from "../lib/cli/permissions.ts";
import { runScript, type ScriptContext } from "../lib/cli/script.ts";
import type { ScriptSpec } from "../lib/cli/declaration.ts";
import {
  Uploader,
  uploaderEnvironment,
  uploaderExitCodes,
} from "../lib/cli/uploader.ts";
import { RunOutputsError } from "../lib/errors.ts";
import { isThere } from "../lib/files/file_type.ts";
import { manifestFileName } from "../lib/manifest_name.ts";

const flags = {
  "dist-dir": valueFlag({
    placeholder: "DIR",
    required: true,
    help: "Directory that holds manifests/.",
  }),
  "run-id": requiredRunId,
  "amdgpu-family": requiredAmdgpuFamily,
  "python-version": valueFlag({
    placeholder: "VERSION",
    required: true,
    help: "As 3.11 or py3.11.",
  }),
  "pytorch-git-ref": valueFlag({
    placeholder: "REF",
    required: true,
    help: "As nightly or release/2.7.",
  }),
  ...destinationFlags,
};

/** The declaration of `upload_pytorch_manifest`. */
export const spec: ScriptSpec<typeof flags> = {
  name: "upload_pytorch_manifest",
  summary: "Publishes the manifest of a PyTorch build.",
  flags,
  environment: uploaderEnvironment,
  permissions: uploaderPermissions(flags, uploaderEnvironment),
  exitCodes: uploaderExitCodes,
  example: "--dist-dir dist --run-id 12345678901 " +
    "--amdgpu-family gfx94X-dcgpu --python-version 3.11 " +
    "--pytorch-git-ref release/2.7",
};

/** Runs the script; returns its exit code. */
export function main(
  args: readonly string[],
  host: Host = denoHost(),
): Promise<number> {
  return runScript(spec, args, run, host);
}

async function run(
  context: ScriptContext<typeof flags>,
): Promise<number> {
  const { flags, host } = context;
  const root = await runRootFromFlags(flags, flags["run-id"], host);
  const name = manifestFileName(
    flags["python-version"],
    flags["pytorch-git-ref"],
  );
  const destination = root.manifestFile(flags["amdgpu-family"], name);
  const manifest = join(flags["dist-dir"], "manifests", name);
  if (!await isThere(manifest)) {
    throw new RunOutputsError("not-found", `There is no manifest ${manifest}.`);
  }
  await using uploader = new Uploader(context);
  const { publication } = uploader;
  await publication.file(manifest, destination);
  return publication.finish();
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
