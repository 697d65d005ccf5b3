#!/usr/bin/env -S deno run --no-prompt --allow-read --allow-write --allow-env=ARTIFACT_GROUP,AWS_*,BUILD_DIR,CI,GITHUB_*,HOME*,IS_PR_FROM_FORK,NO_COLOR,RELEASE_TYPE,USERPROFILE --allow-net=*.amazonaws.com,169.254.0.0/16 --allow-sys=osRelease,uid
/**
 * Publishes what a build produced: packs ninja logs, writes index pages,
 * uploads artifacts, logs and the manifest, and links them from the job's
 * summary.
 *
 * @module
 */

import { join } from "@std/path";
import { parseBoolean } from "../lib/cli/boolean.ts";
import { destinationFlags, runRootFromFlags } from "../lib/cli/destination.ts";
import { oneOf, switchFlag, valueFlag } from "../lib/cli/flags.ts";
import type { GeneratedFiles } from "../lib/cli/generated_files.ts";
import { denoHost, type Host } from "../lib/cli/host.ts";
import { uploaderPermissions } from "../lib/cli/permissions.ts";
import type { Publication } from "../lib/cli/publication.ts";
import { runScript, type ScriptContext } from "../lib/cli/script.ts";
import type { ScriptSpec } from "../lib/cli/declaration.ts";
import { markdownLink } from "../lib/cli/step_report.ts";
import { printTimeSyncLogs } from "../lib/cli/time_sync_logs.ts";
import {
  Uploader,
  uploaderEnvironment,
  uploaderExitCodes,
} from "../lib/cli/uploader.ts";
import { RunOutputsError } from "../lib/errors.ts";
import { isDirectory, isThere } from "../lib/files/file_type.ts";
import { findNinjaLogs, packNinjaLogs } from "../lib/archives/ninja_logs.ts";
import { encodePath } from "../lib/output_location.ts";
import { checkSegment } from "../lib/path_segment.ts";
import type { RunOutputRoot } from "../lib/run_output_root.ts";

const ARTIFACT_PATTERNS = ["*.tar.xz*", "*.tar.zst*"];
const LOG_PATTERNS = ["*.log", "*.tar.gz"];
const PAGE = "index.html";
const MANIFEST = join("base", "aux-overlay", "build", "therock_manifest.json");

const flags = {
  "artifact-group": valueFlag({
    placeholder: "GROUP",
    env: "ARTIFACT_GROUP",
    required: true,
    help: "Artifact group, as gfx94X-dcgpu.",
    parse: (text: string) => checkSegment(text, "artifact group"),
  }),
  "build-dir": valueFlag({
    placeholder: "DIR",
    env: "BUILD_DIR",
    default: "build",
    help: "Directory of the build.",
  }),
  "run-id": valueFlag({
    placeholder: "ID",
    help: "GitHub Actions run id; required when uploading to S3.",
    parse: (text: string) => checkSegment(text, "run id"),
  }),
  upload: switchFlag({
    help: "Upload, or only write pages and archives.",
    defaultText: "on when $CI is true",
  }),
  "job-status": valueFlag({
    placeholder: "STATUS",
    help: "success, failure or cancelled: artifacts are only uploaded when " +
      "the job did not fail.",
    parse: oneOf(["success", "failure", "cancelled"]),
  }),
  ...destinationFlags,
};

const environment = [
  { name: "CI", help: "true: --upload is on unless told otherwise." },
  ...uploaderEnvironment,
];

/** The declaration of `post_build_upload`. */
export const spec: ScriptSpec<typeof flags> = {
  name: "post_build_upload",
  summary: "Publishes what a build produced: packs ninja logs, writes index " +
    "pages, uploads artifacts, logs and the manifest, and links them from " +
    "the job's summary.",
  flags,
  environment,
  permissions: uploaderPermissions(flags, environment),
  exitCodes: uploaderExitCodes,
  example: "--run-id 12345678901 --artifact-group gfx94X-dcgpu " +
    "--build-dir build --upload --job-status success",
};

type Context = ScriptContext<typeof flags>;

/** Runs the script; returns its exit code. */
export function main(
  args: readonly string[],
  host: Host = denoHost(),
): Promise<number> {
  return runScript(spec, args, run, host);
}

async function run(context: Context): Promise<number> {
  const { flags, host, log } = context;
  const root = isUploading(context)
    ? await runRootFromFlags(flags, flags["run-id"], host)
    : undefined;
  await checkBuildDir(flags["build-dir"]);

  await using uploader = new Uploader(context);
  const { backend, publication } = uploader;
  const job = new PostBuildJob(context, uploader);
  await job.checkDirectories();
  await job.packNinjaLogs();
  await job.writePages();
  if (host.platform === "windows") await printTimeSyncLogs(log);
  if (root === undefined) {
    log.info("Nothing is uploaded: --upload is off.");
    return publication.finish();
  }
  log.info(`Publishing to ${backend.describe(root.root())}`);
  await job.uploadArtifacts(root);
  await job.uploadLogs(root);
  await job.uploadManifest(root);

  await uploader.report().summary(job.summary(root));
  return publication.finish();
}

function isUploading({ flags, host }: Context): boolean {
  if (flags["output-dir"] !== undefined) return true;
  if (flags.upload !== undefined) return flags.upload;
  // Who asks for a plan wants to see that of an upload.
  return flags["dry-run"] || parseBoolean("CI", host.env("CI"));
}

async function checkBuildDir(buildDir: string): Promise<void> {
  if (await isDirectory(buildDir)) return;
  if (await isThere(buildDir)) {
    throw new RunOutputsError(
      "wrong-file-type",
      `The build directory ${buildDir} is a file.`,
    );
  }
  throw new RunOutputsError(
    "not-found",
    `There is no build directory ${buildDir}: the job may have been ` +
      "cancelled before the build began.",
  );
}

/** The steps of the script, for one build directory. */
class PostBuildJob {
  readonly #context: Context;
  readonly #publication: Publication;
  readonly #generated: GeneratedFiles;
  readonly #group: string;
  readonly #buildDir: string;
  readonly #logsDir: string;
  readonly #artifactsDir: string;

  constructor(context: Context, { publication, generated }: Uploader) {
    this.#context = context;
    this.#publication = publication;
    this.#generated = generated;
    this.#group = context.flags["artifact-group"];
    this.#buildDir = context.flags["build-dir"];
    this.#logsDir = join(this.#buildDir, "logs");
    this.#artifactsDir = join(this.#buildDir, "artifacts");
  }

  /** A directory may be missing, but nothing else may stand in its place. */
  async checkDirectories(): Promise<void> {
    for (const dir of [this.#logsDir, this.#artifactsDir]) {
      if (await isDirectory(dir) || !await isThere(dir)) continue;
      this.#publication.fail(
        dir,
        new RunOutputsError(
          "wrong-file-type",
          `${dir} is a file, where a directory should be.`,
        ),
      );
    }
  }

  async packNinjaLogs(): Promise<void> {
    const { log, signal } = this.#context;
    const found = await findNinjaLogs(this.#buildDir, { signal });
    for (const { path, error } of found.failures) {
      this.#publication.fail(join(this.#buildDir, path), error);
    }
    const count = found.files.length;
    log.info(
      count === 0
        ? `No ninja logs in ${this.#buildDir}.`
        : `Ninja logs: ${count} found in ${this.#buildDir}.`,
    );
    const isBlocked = await isThere(this.#logsDir) &&
      !await isDirectory(this.#logsDir);
    if (count === 0 || isBlocked) return;
    await this.#generated.make(join(this.#logsDir, "ninja_logs.tar.gz"), {
      content: () => Promise.resolve(""),
      write: (path) => packNinjaLogs(this.#buildDir, found.files, path),
    });
  }

  async writePages(): Promise<void> {
    if (await isDirectory(this.#logsDir)) {
      const index = encodePath(`index-${this.#group}.html`);
      await this.#generated.makePage(this.#logsDir, PAGE, {
        title: `Logs of ${this.#group}`,
        include: LOG_PATTERNS,
        up: { href: `../../${index}`, text: "Artifacts" },
      });
    }
    if (await isDirectory(this.#artifactsDir)) {
      await this.#generated.makePage(this.#artifactsDir, PAGE, {
        title: `Artifacts of ${this.#group}`,
        include: ARTIFACT_PATTERNS,
      });
    }
  }

  async uploadArtifacts(root: RunOutputRoot): Promise<void> {
    if (this.#jobFailed) {
      this.#context.log.info("The job did not succeed: no artifacts uploaded.");
      return;
    }
    if (!await this.#isPresent(this.#artifactsDir, "artifacts")) return;
    await this.#publication.directory(this.#artifactsDir, root.root(), {
      include: ARTIFACT_PATTERNS,
    });
    await this.#generated.upload(
      join(this.#artifactsDir, PAGE),
      root.artifactIndex(this.#group),
    );
  }

  async uploadLogs(root: RunOutputRoot): Promise<void> {
    const logDir = root.logDir(this.#group);
    if (await this.#isPresent(this.#logsDir, "logs")) {
      await this.#publication.directory(this.#logsDir, logDir);
    }
    await this.#generated.uploadUnwritten(this.#logsDir, logDir);
    for (const name of ["comp-summary.html", "comp-summary.md"]) {
      const summary = join(this.#logsDir, "therock-build-prof", name);
      await this.#publication.fileIfThere(summary, logDir.child(name));
    }
  }

  async uploadManifest(root: RunOutputRoot): Promise<void> {
    const manifest = join(this.#buildDir, MANIFEST);
    const isMissing = await this.#publication
      .fileIfThere(manifest, root.manifest(this.#group)) === "absent";
    if (!isMissing) return;
    const message = `There is no manifest ${manifest}`;
    if (this.#jobFailed) {
      this.#context.log.warning(`${message}.`);
    } else {
      this.#publication.fail(
        manifest,
        new RunOutputsError("not-found", `${message}: did the build end?`),
      );
    }
  }

  /** The paragraphs of the job's summary: links to what was published. */
  summary(root: RunOutputRoot): string[] {
    const group = this.#group;
    const links = [
      { text: "Build Logs", to: root.logIndex(group) },
      { text: "Build Observability", to: root.buildObservability(group) },
      { text: "Artifacts", to: root.artifactIndex(group) },
      { text: "TheRock Manifest", to: root.manifest(group) },
    ];
    return links
      .filter(({ to }) => this.#publication.has(to))
      .map(({ text, to }) => markdownLink(text, to.httpsUrl));
  }

  get #jobFailed(): boolean {
    return (this.#context.flags["job-status"] ?? "success") !== "success";
  }

  async #isPresent(dir: string, what: string): Promise<boolean> {
    if (await isDirectory(dir)) return true;
    if (!await isThere(dir)) {
      this.#context.log.info(`There is no ${dir}: no ${what} to publish.`);
    }
    return false;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
