/**
 * Every gate that a change must pass, or with arguments just those tests.
 *
 *     deno task test [FILE|FLAG ...]
 *
 * Starts the S3 server that the tests need, unless `S3_TEST_ENDPOINT` names
 * one.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a chore talks to whoever runs it

import { join } from "node:path";
import { startS3Server, testEnvironment } from "./s3_server.ts";

const project = join(import.meta.dirname ?? ".", "..");
const COVERAGE_DIR = ".coverage";

interface Gate {
  readonly name: string;
  readonly args: readonly string[];
}

const STATIC_GATES: readonly Gate[] = [
  { name: "format", args: ["fmt", "--check", "--quiet"] },
  { name: "lint", args: ["lint", "--quiet"] },
  {
    name: "types",
    args: ["check", "--quiet", "mod.ts", "scripts", "tools", "tests"],
  },
  { name: "documentation lint", args: ["doc", "--lint", "--quiet", "mod.ts"] },
];

async function main(args: readonly string[]): Promise<number> {
  const begun = performance.now();
  const failed: string[] = [];
  const gate = async ({ name, args }: Gate, env?: Record<string, string>) => {
    const start = performance.now();
    const code = await deno(args, env);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (code !== 0) failed.push(name);
  };
  if (args.length === 0) {
    for (const entry of STATIC_GATES) await gate(entry);
  }

  await using s3 = await s3Server();
  const test = ["test", "--allow-all", "--quiet"];
  if (args.length > 0) {
    return await deno([...test, ...args], s3.env);
  }
  await gate({
    name: "documentation tests",
    args: [...test, "--doc", "mod.ts", "lib"],
  });
  await removeIfThere(join(project, COVERAGE_DIR));
  await gate({
    name: "tests",
    args: [...test, "--parallel", `--coverage=${COVERAGE_DIR}`, "tests"],
  }, s3.env);

  const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
  console.log(`All gates together took ${minutes} minutes.`);
  if (s3.missing !== undefined) {
    console.log(`The tests of the S3 store did not run: ${s3.missing}`);
    if (Deno.env.get("CI") === "true") failed.push("tests of the S3 store");
  }
  for (const name of failed) console.log(`FAILED: ${name}`);
  return failed.length === 0 ? 0 : 1;
}

/** Runs deno with what it prints shown; returns its exit code. */
async function deno(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: project,
    env,
  }).spawn();
  return (await child.status).code;
}

interface TestServer extends AsyncDisposable {
  readonly env: Record<string, string>;
  /** Why there is no server. */
  readonly missing?: string;
}

async function s3Server(): Promise<TestServer> {
  const nothing = async () => {};
  if (Deno.env.get("S3_TEST_ENDPOINT")) {
    return { env: {}, [Symbol.asyncDispose]: nothing };
  }
  try {
    const server = await startS3Server();
    return {
      env: testEnvironment(server),
      [Symbol.asyncDispose]: () => server.stop(),
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return {
      env: {},
      missing: error.message,
      [Symbol.asyncDispose]: nothing,
    };
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
