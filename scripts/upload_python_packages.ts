#!/usr/bin/env -S deno run --no-prompt --allow-read --allow-write --allow-env=AWS_*,GITHUB_*,HOME*,IS_PR_FROM_FORK,NO_COLOR,RELEASE_TYPE,USERPROFILE --allow-net=*.amazonaws.com,169.254.0.0/16 --allow-sys=osRelease,uid
/**
 * Publishes Python packages with a page that `pip install --find-links` takes.
 *
 * @module
 */

import { join } from "@std/path";
import {
  requiredArtifactGroup,
  requiredRunId,
} from "../lib/cli/common_flags.ts";
import { destinationFlags, runRootFromFlags } from "../lib/cli/destination.ts";
import { valueFlag } from "../lib/cli/flags.ts";
import { denoHost, type Host } from "../lib/cli/host.ts";
import { uploaderPermissions } from "../lib/cli/permissions.ts";
import { runScript, type ScriptContext } from "../lib/cli/script.ts";
import type { ScriptSpec } from "../lib/cli/declaration.ts";
import { markdownLink } from "../lib/cli/step_report.ts";
import {
  Uploader,
  uploaderEnvironment,
  uploaderExitCodes,
} from "../lib/cli/uploader.ts";
import { RunOutputsError } from "../lib/errors.ts";
import { walkFiles } from "../lib/files/walk.ts";

/** Not what is hidden, as `._x.whl` that macOS puts beside `x.whl`. */
const PACKAGE_PATTERNS = ["[!.]*.whl", "[!.]*.tar.gz"];

const flags = {
  "input-packages-dir": valueFlag({
    placeholder: "DIR",
    required: true,
    help: "Directory whose dist/ holds *.whl and *.tar.gz.",
  }),
  "artifact-group": requiredArtifactGroup,
  "run-id": requiredRunId,
  ...destinationFlags,
};

/** The declaration of `upload_python_packages`. */
export const spec: ScriptSpec<typeof flags> = {
  name: "upload_python_packages",
  summary: "Publishes Python packages with a page that pip install " +
    "--find-links takes.",
  flags,
  environment: uploaderEnvironment,
  permissions: uploaderPermissions(flags, uploaderEnvironment),
  exitCodes: uploaderExitCodes,
  example: "--input-packages-dir packages --artifact-group gfx94X-dcgpu " +
    "--run-id 12345678901",
};

/** Runs the script; returns its exit code. */
export function main(
  args: readonly string[],
  host: Host = denoHost(),
): Promise<number> {
  return runScript(spec, args, run, host);
}

async function run(context: ScriptContext<typeof flags>): Promise<number> {
  const { flags, host, signal } = context;
  const root = await runRootFromFlags(flags, flags["run-id"], host);
  const destination = root.pythonPackages(flags["artifact-group"]);
  const dist = join(flags["input-packages-dir"], "dist");
  // An installer would find nothing behind a page without packages.
  const found = await walkFiles(dist, { include: PACKAGE_PATTERNS, signal });
  if (found.files.length === 0 && found.failures.length === 0) {
    throw new RunOutputsError(
      "not-found",
      `There are no packages (*.whl, *.tar.gz) in ${dist}.`,
    );
  }

  await using uploader = new Uploader(context);
  const { generated, publication } = uploader;
  const page = await generated.makePage(dist, "index.html", {
    title: `Python packages of ${flags["artifact-group"]}`,
    include: PACKAGE_PATTERNS,
  });
  await publication.directory(dist, destination, { include: PACKAGE_PATTERNS });
  const index = destination.child("index.html");
  // The page goes last, and only when everything that it links to is there.
  if (publication.isComplete) await generated.upload(page, index);
  if (publication.isComplete && flags["output-dir"] === undefined) {
    const report = uploader.report();
    await report.output("package_find_links_url", index.httpsUrl);
    await report.summary([
      markdownLink("ROCm Python packages", index.httpsUrl),
      installCommand(index.httpsUrl, host.platform),
    ]);
  }
  return publication.finish();
}

/** The command that installs the packages, as Markdown. */
function installCommand(url: string, platform: string): string {
  const [shell, continued] = platform === "windows"
    ? ["bat", "^"]
    : ["bash", "\\"];
  return [
    `\`\`\`${shell}`,
    `pip install rocm[libraries,devel] --pre ${continued}`,
    `  --find-links=${url}`,
    "```",
  ].join("\n");
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
