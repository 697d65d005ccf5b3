/**
 * What the tests of `post_build_upload` share.
 *
 * @module
 */

import { join } from "@std/path";
import {
  runScript,
  type ScriptOptions,
  type ScriptResult,
} from "../support/script.ts";
import { listFiles } from "../support/tree.ts";

/** The artifact group that tests publish. */
export const GROUP = "gfx94X-dcgpu";

/** The prefix of a run on this machine. */
export function prefixOf(runId: string): string {
  return `${runId}-${Deno.build.os}`;
}

/** Runs `post_build_upload` for the tests' group in a directory. */
export function postBuild(
  cwd: string,
  args: readonly string[],
  options: ScriptOptions = {},
): Promise<ScriptResult> {
  const group = ["--artifact-group", GROUP];
  return runScript("post_build_upload", [...group, ...args], {
    cwd,
    ...options,
  });
}

/** The paragraphs of a job's summary, as they are written. */
export function summaryOf(
  base: string,
  titles: readonly string[] = [
    "Build Logs",
    "Build Observability",
    "Artifacts",
    "TheRock Manifest",
  ],
): string {
  const pages: Record<string, string> = {
    "Build Logs": `logs/${GROUP}/index.html`,
    "Build Observability": `logs/${GROUP}/build_observability.html`,
    "Artifacts": `index-${GROUP}.html`,
    "TheRock Manifest": `manifests/${GROUP}/therock_manifest.json`,
  };
  return titles.map((title) => `[${title}](${base}/${pages[title]})`)
    .join("\n\n");
}

/** Where a build's outputs go. */
export interface Destination {
  /** As `12345678901-linux`. */
  readonly prefix: string;
  readonly group: string;
}

/**
 * What `post_build_upload` must publish of a build directory, as
 * `spec/layout.md` and `spec/scripts.md` say: object paths, and the file that
 * each is made of. Files that the script makes are among them.
 */
export async function publishedFrom(
  buildDir: string,
  { prefix, group }: Destination,
): Promise<Map<string, string>> {
  const objects = new Map<string, string>();
  const artifacts = join(buildDir, "artifacts");
  const logs = join(buildDir, "logs");
  for (const path of await listFiles(artifacts)) {
    if (/\.tar\.(xz|zst)[^/]*$/.test(path)) {
      objects.set(`${prefix}/${path}`, join(artifacts, path));
    }
  }
  objects.set(`${prefix}/index-${group}.html`, join(artifacts, "index.html"));
  const generated = ["index.html", "ninja_logs.tar.gz"];
  for (const path of [...await listFiles(logs), ...generated]) {
    objects.set(`${prefix}/logs/${group}/${path}`, join(logs, path));
  }
  for (const name of ["comp-summary.html", "comp-summary.md"]) {
    objects.set(
      `${prefix}/logs/${group}/${name}`,
      join(logs, "therock-build-prof", name),
    );
  }
  objects.set(
    `${prefix}/manifests/${group}/therock_manifest.json`,
    join(buildDir, "base/aux-overlay/build/therock_manifest.json"),
  );
  return objects;
}

/** The links of a page's table, as they are written. */
export function linksOf(html: string): string[] {
  return [...html.matchAll(/<td[^>]*><a href="([^"]*)">/g)]
    .map(([, href]) => href ?? "");
}
