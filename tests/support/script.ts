/**
 * Runs scripts as users do: as processes of their own, with the permissions of
 * their first line.
 *
 * @module
 */

import { join, resolve } from "@std/path";

const project = resolve(import.meta.dirname ?? ".", "../..");

/** Far longer than any script of a test takes, in milliseconds. */
const TIMEOUT = 180_000;

/** Kinds of permissions that scripts ask for. */
export type PermissionKind = "read" | "write" | "env" | "net" | "sys";

/** How to run a script. */
export interface ScriptOptions {
  /** All variables that it sees, besides those that Deno needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** @default The project. */
  readonly cwd?: string;
  /**
   * What differs from the script's first line: a kind with other values, or
   * not granted; `none` for nothing at all.
   */
  readonly permissions?: "none" | PermissionChanges;
  /** Whether modes of files count, as they do not for root. @default {false} */
  readonly unprivileged?: boolean;
  /** What it can read from standard input. */
  readonly stdin?: string;
}

/** Permissions that differ from those of a script's first line. */
export type PermissionChanges = Partial<Record<PermissionKind, string | false>>;

/** What became of a script. */
export interface ScriptResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A script that was started. Wait for its result, or its process is leaked. */
export interface RunningScript {
  readonly pid: number;
  readonly result: Promise<ScriptResult>;
  kill(signal: Deno.Signal): void;
}

/** Takes from root what lets it read and write everything. */
const WITHOUT_PRIVILEGES = [
  "setpriv",
  "--bounding-set=-dac_override,-dac_read_search",
];

/** Whether scripts can run so that the modes of files count. */
export async function canRunUnprivileged(): Promise<boolean> {
  if (Deno.uid() !== 0) return Deno.uid() !== null;
  const [program, ...args] = [...WITHOUT_PRIVILEGES, "true"];
  try {
    return (await new Deno.Command(program ?? "", {
      args,
      stderr: "null",
    }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Runs `scripts/{name}.ts` to its end. */
export async function runScript(
  name: string,
  args: readonly string[],
  options: ScriptOptions = {},
): Promise<ScriptResult> {
  return await (await startScript(name, args, options)).result;
}

/** Starts `scripts/{name}.ts`. */
export async function startScript(
  name: string,
  args: readonly string[],
  options: ScriptOptions = {},
): Promise<RunningScript> {
  const script = join(project, "scripts", `${name}.ts`);
  const flags = permissionFlags(await firstLine(name), options);
  const [program, ...before] = options.unprivileged && Deno.uid() === 0
    ? [...WITHOUT_PRIVILEGES, Deno.execPath()]
    : [Deno.execPath()];
  const process = new Deno.Command(program ?? "", {
    args: [...before, "run", "--no-prompt", ...flags, script, ...args],
    cwd: options.cwd ?? project,
    clearEnv: true,
    env: { ...await denoEnvironment(), ...options.env },
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return {
    pid: process.pid,
    result: finish(process, options.stdin),
    kill: (signal) => process.kill(signal),
  };
}

/** The first line of `scripts/{name}.ts`. */
export async function firstLine(name: string): Promise<string> {
  const path = join(project, "scripts", `${name}.ts`);
  const [line] = (await Deno.readTextFile(path)).split("\n", 1);
  return line ?? "";
}

function permissionFlags(
  shebang: string,
  { permissions = {} }: ScriptOptions,
): string[] {
  if (permissions === "none") return [];
  const granted = shebang.split(" ").filter((word) =>
    word.startsWith("--allow-")
  );
  const changed = Object.entries(permissions);
  const kept = granted.filter((flag) =>
    !changed.some(([kind]) => flag.split("=")[0] === `--allow-${kind}`)
  );
  const given = changed.flatMap(([kind, values]) =>
    values === false ? [] : [`--allow-${kind}=${values}`]
  );
  return [...kept, ...given];
}

async function finish(
  process: Deno.ChildProcess,
  stdin: string | undefined,
): Promise<ScriptResult> {
  if (stdin !== undefined) {
    const writer = process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  // A script that hangs must not hang the tests.
  const timeout = setTimeout(() => process.kill("SIGKILL"), TIMEOUT);
  const { code, stdout, stderr } = await process.output();
  clearTimeout(timeout);
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

let environment: Promise<Record<string, string>> | undefined;

/** What Deno needs to find its cache, and programs on Windows to work. */
export function denoEnvironment(): Promise<Record<string, string>> {
  return environment ??= findDenoEnvironment();
}

async function findDenoEnvironment(): Promise<Record<string, string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
    cwd: project,
  }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  const kept = ["PATH", "SystemRoot", "TEMP", "TMP"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  // Nobody's home: no test may find credentials there.
  const home = join(project, "tests", "no-such-home");
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    USERPROFILE: home,
    DENO_DIR: denoDir,
    DENO_NO_UPDATE_CHECK: "1",
  };
}
