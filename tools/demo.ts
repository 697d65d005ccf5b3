/**
 * The main job from end to end, on this machine: makes a small build directory,
 * publishes it into a staging directory with the real script, and shows what
 * came of it.
 *
 *     deno task demo [--serve]
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a chore talks to whoever runs it

import { join, relative } from "@std/path";
import { inferContentType } from "../lib/content_type.ts";
import { walkFiles } from "../lib/files/walk.ts";
import { RunOutputRoot } from "../lib/run_output_root.ts";
import { sizeText } from "../lib/size_text.ts";
import { spec } from "../scripts/post_build_upload.ts";
import { writeDemoTree } from "./demo_tree.ts";

const GROUP = "gfx94X-dcgpu";
const project = join(import.meta.dirname ?? ".", "..");
const demoDir = join(project, ".demo");
const buildDir = join(demoDir, "build");
const stagingDir = join(demoDir, "staging");

async function main(args: readonly string[]): Promise<number> {
  const serves = args.includes("--serve");
  if (args.some((arg) => arg !== "--serve")) {
    console.error("Usage: deno task demo [--serve]");
    return 2;
  }
  await Deno.remove(demoDir, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  heading(`1. A build directory, ${relative(Deno.cwd(), buildDir)}`);
  await writeDemoTree(buildDir);
  await printTree(buildDir);

  heading("2. Published by the real script, without network permission");
  const script = [
    ...spec.permissions
      .map(({ flag }) => flag)
      .filter((flag) => !/^--allow-(net|sys)/.test(flag)),
    "scripts/post_build_upload.ts",
    "--artifact-group",
    GROUP,
    "--build-dir",
    relative(project, buildDir),
    "--output-dir",
    relative(project, stagingDir),
    "--run-id",
    "12345678901",
    "--job-status",
    "success",
  ];
  console.log(`$ deno run ${script.join(" ")}`);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...script],
    cwd: project,
    // What is published must not depend on whose machine this is.
    env: { GITHUB_ACTIONS: "", GITHUB_STEP_SUMMARY: "", GITHUB_OUTPUT: "" },
  }).spawn().status;
  if (code !== 0) return code;

  heading(`3. What is in the staging directory`);
  await printTree(stagingDir);

  heading("4. Looking at the pages");
  const root = RunOutputRoot.forLocal({ runId: "12345678901" });
  if (!serves) {
    console.log("In a browser: deno task demo --serve, or open");
    console.log(`  ${root.artifactIndex(GROUP).localPath(stagingDir)}`);
    return 0;
  }
  const server = serveDirectory(stagingDir);
  const base = `http://127.0.0.1:${server.addr.port}`;
  for (const page of [root.artifactIndex(GROUP), root.logIndex(GROUP)]) {
    console.log(`  ${base}/${page.relativePath}`);
  }
  console.log("Serving until Ctrl-C.");
  await server.finished;
  return 0;
}

function heading(text: string): void {
  console.log(`\n== ${text}\n`);
}

async function printTree(dir: string): Promise<void> {
  const { files } = await walkFiles(dir);
  for (const file of files) {
    const { size } = await Deno.stat(join(dir, file));
    console.log(`${sizeText(size).padStart(10)}  ${file}`);
  }
}

function serveDirectory(dir: string): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname);
    // A file is served only under the very name that the walk finds.
    const { files } = await walkFiles(dir);
    const name = files.find((file) => `/${file}` === path);
    if (name === undefined) return new Response("Not found\n", { status: 404 });
    const file = await Deno.open(join(dir, name));
    return new Response(file.readable, {
      headers: { "content-type": inferContentType(name) },
    });
  });
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
