/**
 * Mistakes on the command lines of scripts.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Host } from "../../lib/cli/host.ts";
import { fakeHost, type FakeHostOptions } from "./fake_host.ts";

/** The `main` of a script. */
export type Main = (args: readonly string[], host: Host) => Promise<number>;

/** A command line that cannot be carried out. */
export interface Mistake {
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** What its one line says. */
  readonly says: string;
}

/** What a script wrote and answered. */
export interface MainResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script in this process, with a fake host around it. */
export async function runMain(
  main: Main,
  args: readonly string[],
  options: FakeHostOptions = {},
): Promise<MainResult> {
  const fake = fakeHost(options);
  const code = await main(args, fake.host);
  return { code, stdout: fake.stdout(), stderr: fake.stderr() };
}

/** A mistake is told in one line that names the flag and the way to the help. */
export async function assertMistake(
  main: Main,
  { args, env, says }: Mistake,
): Promise<void> {
  const { code, stdout, stderr } = await runMain(main, args, { env });
  const what = args.join(" ");
  assertEquals([code, stdout], [2, ""], `${what}: ${stderr}`);
  assert(/^Error: [^\n]+\. For help: \w+ --help\n$/.test(stderr), stderr);
  assertStringIncludes(stderr, says, what);
}

/** Each of the flags must be there, and must have a value. */
export async function assertRequired(
  main: Main,
  flags: Readonly<Record<string, string>>,
): Promise<void> {
  for (const left of Object.keys(flags)) {
    const args = Object.entries(flags)
      .filter(([name]) => name !== left)
      .map(([name, value]) => `--${name}=${value}`);
    await assertMistake(main, { args, says: `--${left} is required` });
    const says = `--${left} needs a value`;
    await assertMistake(main, { args: [...args, `--${left}=`], says });
    await assertMistake(main, { args: [...args, `--${left}`], says });
  }
}
