#!/usr/bin/env -S deno run --no-prompt --allow-read --allow-write --allow-env=GITHUB_REPOSITORY,IS_PR_FROM_FORK,RELEASE_TYPE,AWS_*,GITHUB_STEP_SUMMARY,GITHUB_OUTPUT,GITHUB_ACTIONS,NO_COLOR,HOME,HOMEDRIVE,HOMEPATH,USERPROFILE,_X_AMZN_TRACE_ID --allow-net=*.amazonaws.com:443,169.254.169.254:80,169.254.170.2:80,169.254.170.23:80 --allow-sys=osRelease,uid
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
import {
  runScript,
  type ScriptContext,
  type ScriptSpec,
} from "../lib/cli/script.ts";
import {
  Uploader,
  uploaderEnvironment,
  uploaderExitCodes,
} from "../lib/cli/uploader.ts";
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
  await using uploader = new Uploader(context);
  const { publication } = uploader;
  await publication.file(
    join(flags["dist-dir"], "manifests", name),
    destination,
  );
  return publication.finish();
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
