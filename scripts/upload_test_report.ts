#!/usr/bin/env -S deno run --no-prompt --allow-read --allow-write --allow-env=AWS_*,GITHUB_*,HOME*,IS_PR_FROM_FORK,NO_COLOR,RELEASE_TYPE,USERPROFILE --allow-net=*.amazonaws.com,169.254.0.0/16 --allow-sys=osRelease,uid
/**
 * Publishes the HTML reports of a test job, with a page that lists them.
 *
 * @module
 */

import {
  requiredAmdgpuFamily,
  requiredRunId,
} from "../lib/cli/common_flags.ts";
import { destinationFlags, runRootFromFlags } from "../lib/cli/destination.ts";
import { valueFlag } from "../lib/cli/flags.ts";
import { denoHost, type Host } from "../lib/cli/host.ts";
import { uploaderPermissions } from "../lib/cli/permissions.ts";
import { EXIT, runScript, type ScriptContext } from "../lib/cli/script.ts";
import type { ScriptSpec } from "../lib/cli/declaration.ts";
import {
  Uploader,
  uploaderEnvironment,
  uploaderExitCodes,
} from "../lib/cli/uploader.ts";
import { RunOutputsError } from "../lib/errors.ts";
import { isDirectory, isThere } from "../lib/files/file_type.ts";
import { checkSegment } from "../lib/path_segment.ts";

const flags = {
  "run-id": requiredRunId,
  "amdgpu-family": requiredAmdgpuFamily,
  "report-path": valueFlag({
    placeholder: "DIR",
    required: true,
    help: "Directory that holds the reports.",
  }),
  "log-destination": valueFlag({
    placeholder: "SUBDIR",
    required: true,
    help: "Where the reports go below the run, as logs/gfx94X-dcgpu/tests.",
    parse: (text: string) => text.replace(/^\/+|\/+$/g, ""),
  }),
  "index-file-name": valueFlag({
    placeholder: "NAME",
    required: true,
    help: "Name of the page that lists the reports.",
    parse: (text: string) => checkSegment(text, "file name"),
  }),
  ...destinationFlags,
};

/** The declaration of `upload_test_report`. */
export const spec: ScriptSpec<typeof flags> = {
  name: "upload_test_report",
  summary: "Publishes the HTML reports of a test job, with a page that lists " +
    "them.",
  flags,
  environment: uploaderEnvironment,
  permissions: uploaderPermissions(flags, uploaderEnvironment),
  exitCodes: {
    ...uploaderExitCodes,
    0: "Everything is published, or there are no reports.",
  },
  example: "--run-id 12345678901 --amdgpu-family gfx94X-dcgpu " +
    "--report-path reports --log-destination logs/gfx94X-dcgpu/tests " +
    "--index-file-name index.html",
};

/** Runs the script; returns its exit code. */
export function main(
  args: readonly string[],
  host: Host = denoHost(),
): Promise<number> {
  return runScript(spec, args, run, host);
}

async function run(context: ScriptContext<typeof flags>): Promise<number> {
  const { flags, host, log } = context;
  const root = await runRootFromFlags(flags, flags["run-id"], host);
  const destination = root.root().child(flags["log-destination"]);
  const reports = flags["report-path"];
  if (!await isDirectory(reports)) {
    if (await isThere(reports)) {
      throw new RunOutputsError(
        "wrong-file-type",
        `The report directory ${reports} is a file.`,
      );
    }
    log.warning(
      `There is no report directory ${reports}: the tests may not have run.`,
    );
    return EXIT.done;
  }
  const index = flags["index-file-name"];
  await using uploader = new Uploader(context);
  const { generated, publication } = uploader;
  const include = ["*.html"];
  const page = await generated.makePage(reports, index, {
    title: `Test reports: ${flags["log-destination"]}`,
    include,
    omit: index,
  });
  await publication.directory(reports, destination, { include });
  // The directory's upload took the page if it was written and is named *.html.
  const pageLocation = destination.child(index);
  if (!publication.has(pageLocation)) {
    await generated.upload(page, pageLocation);
  }
  return publication.finish();
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
