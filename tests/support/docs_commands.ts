/**
 * Running the commands of documents, and comparing what they print with what
 * the documents show.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { scripts } from "../../tools/scripts.ts";
import { exists, project } from "./docs_markdown.ts";
import type { Workspace } from "./docs_workspace.ts";

/** Commands that are not run here, with what is checked instead. */
const CHORES: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: /^(?:npx -y deno@[\d.]+|deno) task ([\w-]+)(?: --serve)?$/,
    why: "would run these tests again; the task must exist",
  },
  {
    pattern: /^deno run -A (tools\/[\w/]+\.ts) (?:start|status|stop)$/,
    why: "starts the server of other tests; the file must exist",
  },
];

/** What commands run with. */
export interface Surroundings {
  /** Each block gets a copy of it. */
  readonly workspace: Workspace;
  /** What stands in for GitHub and for Amazon's S3. */
  readonly endpoint: string;
}

/** Runs the commands of a block; what they print. */
export async function runBlock(
  text: string,
  surroundings: Surroundings,
): Promise<string[]> {
  const cwd = await Deno.makeTempDir();
  try {
    await surroundings.workspace.copyTo(cwd);
    const lines = text.replaceAll(/\\\n\s*/g, "").trim().split("\n");
    // What does nothing but fail does not depend on what was before.
    if (lines.every((line) => line.endsWith("# exit 2"))) {
      const all = lines.map((line) => runCommand(line, cwd, surroundings));
      return (await Promise.all(all)).flat();
    }
    const printed: string[] = [];
    for (const line of lines) {
      printed.push(...await runCommand(line, cwd, surroundings));
    }
    return printed;
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

async function runCommand(
  line: string,
  cwd: string,
  { endpoint }: Surroundings,
): Promise<string[]> {
  const [, command = "", expected = "0"] =
    /^(.*?)(?: # exit (\d+))?$/.exec(line) ?? [];
  if (await isChore(command)) return [];

  const words = (command.match(/'[^']*'|\S+/g) ?? [])
    .map((word) => word.replaceAll(/['"]/g, ""));
  const env: Record<string, string> = {};
  for (const word of [...words]) {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) break;
    env[name] = value;
    words.shift();
  }
  const at = words.findIndex((word) => /^scripts\/\w+\.ts$/.test(word));
  const name = words[at];
  assert(name !== undefined, `This command is neither run nor known: ${line}`);
  const script = join(project, name);
  // A script that is run as a file gets the permissions of its first line.
  const flags = at === 0
    ? await shebangFlags(script)
    : words.slice(1, at).map(withTimeSyncLogs);
  if (at > 0) assertEquals(words[0], "deno", line);
  const args = words.slice(at + 1);
  const reads = !/\/(?:upload|post)_/.test(name);
  if (reads) {
    env.GITHUB_API_URL ??= endpoint;
    env.AWS_ENDPOINT_URL_S3 ??= endpoint;
    env.AWS_ACCESS_KEY_ID = env.AWS_SECRET_ACCESS_KEY = "of-no-use";
  }
  if (expected === "0" && movesFiles(name, args, env)) args.push("--dry-run");
  const { code, lines } = await run([
    ...flags.map((flag) => reads ? withStandIn(flag, endpoint) : flag),
    script,
    ...args,
  ], { cwd, env });
  assertEquals(`exit ${code}`, `exit ${expected}`, [line, ...lines].join("\n"));
  return lines.map((text) =>
    text.replaceAll(endpoint, "https://api.github.com")
      .replaceAll(new URL(endpoint).host, "api.github.com:443")
  );
}

/** Whether a command would publish to S3, or fetch from there. */
function movesFiles(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): boolean {
  if (args.includes("--dry-run")) return false;
  if (name.includes("/find_")) return false;
  if (name.includes("/fetch_")) {
    return env.THEROCK_LOCAL_STAGING_DIR === undefined;
  }
  if (args.includes("--output-dir")) return false;
  return !name.includes("/post_build_") || args.includes("--upload");
}

/** Permission to reach the stand-in too. */
function withStandIn(flag: string, endpoint: string): string {
  return flag.startsWith("--allow-net=")
    ? `${flag},${new URL(endpoint).host}`
    : flag;
}

/** On Windows, a narrow `--allow-read` needs more: docs/permissions.md. */
function withTimeSyncLogs(flag: string): string {
  return Deno.build.os === "windows" && flag.startsWith("--allow-read=")
    ? `${flag},H:\\start.log,H:\\time.log`
    : flag;
}

async function isChore(command: string): Promise<boolean> {
  for (const { pattern, why } of CHORES) {
    const [, what] = pattern.exec(command) ?? [];
    if (what === undefined) continue;
    const config = JSON.parse(
      await Deno.readTextFile(join(project, "deno.json")),
    );
    const there = what.includes("/")
      ? await exists(join(project, what))
      : what in config.tasks;
    assert(there, `${command}: there is no ${what} (${why})`);
    return true;
  }
  return false;
}

async function shebangFlags(script: string): Promise<string[]> {
  const [first = ""] = (await Deno.readTextFile(script)).split("\n");
  const [, flags] = /^#!\/usr\/bin\/env -S deno (run .*)$/.exec(first) ?? [];
  assert(flags, `${script} does not begin with its permissions`);
  return flags.trim().split(" ");
}

/** Runs deno, without the variables that scripts read. */
export async function run(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Record<string, string> },
): Promise<{ code: number; lines: string[] }> {
  // Empty counts as absent. Deno's own variables stay: cache, certificates.
  const unset = scripts.flatMap(({ spec }) => [
    ...Object.values(spec.flags).flatMap(({ env }) => env ?? []),
    ...spec.environment.map(({ name }) => name),
  ]).filter((name) => !name.endsWith("*"));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: options.cwd,
    env: {
      ...Object.fromEntries(unset.map((name) => [name, ""])),
      GITHUB_ACTIONS: "",
      NO_COLOR: "1",
      AWS_ENDPOINT_URL: "",
      AWS_ENDPOINT_URL_S3: "",
      ...options.env,
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  return { code, lines: text.split(/\r?\n/) };
}

/** Every line that is shown is among those that were printed. */
export function assertShown(shown: string, printed: readonly string[]): void {
  const found = new Set(printed.map(comparable));
  const missing = shown.trim().split("\n")
    .filter((line) => line !== "..." && !found.has(comparable(line)));
  assertEquals(
    missing,
    [],
    `Not printed; what was printed:\n${printed.join("\n")}`,
  );
}

/** Without what differs from machine to machine: sizes, separators, platform. */
function comparable(line: string): string {
  return line
    .replaceAll("\\", "/")
    .replaceAll(`-${Deno.build.os}`, "-linux")
    .replace(/\d+(\.\d)? (B|KiB)/g, "N B")
    .trim();
}
