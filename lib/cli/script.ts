/**
 * What all scripts share: the way from arguments to an exit code.
 *
 * @module
 */

import { InvalidValueError, RunOutputsError } from "../errors.ts";
import { permissionHint } from "../files/file_errors.ts";
import { type Flags, type FlagValues, parseFlags } from "./flags.ts";
import { helpText } from "./help.ts";
import { denoHost, type Host } from "./host.ts";
import { Log, oneLine } from "./log.ts";
import type { ScriptSpec } from "./declaration.ts";

/** Exit codes of all scripts. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Exit codes of scripts that were interrupted: 128 and the signal's number. */
const INTERRUPTED: Partial<Record<Deno.Signal, number>> = {
  SIGINT: 130,
  SIGBREAK: 130,
  SIGTERM: 143,
};

/** What a script's own part works with. */
export interface ScriptContext<F extends Flags> {
  readonly flags: FlagValues<F>;
  readonly host: Host;
  readonly log: Log;
  /** Aborted when somebody wants the script to end. */
  readonly signal: AbortSignal;
}

/**
 * Runs a script: parses its arguments, answers `--help`, and turns errors into
 * lines and exit codes.
 *
 * @param run The script's own part; returns its exit code.
 * @returns The exit code.
 */
export async function runScript<F extends Flags>(
  spec: ScriptSpec<F>,
  args: readonly string[],
  run: (context: ScriptContext<F>) => Promise<number>,
  host: Host = denoHost(),
): Promise<number> {
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    host.stdout.write(helpText(spec));
    return EXIT.done;
  }
  const interrupt = new AbortController();
  let interrupted: Deno.Signal | undefined;
  try {
    const log = new Log(host);
    using _listening = host.onInterrupt((signal) => {
      if (interrupted !== undefined) return;
      interrupted = signal;
      log.warning(`Interrupted by ${signal}: ending what is under way.`);
      interrupt.abort(new Interrupted(signal));
    });
    try {
      const flags = parseFlags(spec.flags, args, (name) => host.env(name));
      const context = { flags, host, log, signal: interrupt.signal };
      const code = await run(context);
      return interrupted ? INTERRUPTED[interrupted] ?? EXIT.failed : code;
    } catch (error) {
      if (interrupted) return INTERRUPTED[interrupted] ?? EXIT.failed;
      return report(spec, error, (line) => log.error(line));
    }
  } catch (error) {
    // The log itself needs variables that a missing permission may hide.
    return report(spec, error, (line) => host.stderr.write(`Error: ${line}\n`));
  }
}

/** Somebody wants the script to end. */
class Interrupted extends RunOutputsError {
  override readonly name = "Interrupted";

  constructor(signal: Deno.Signal) {
    super("aborted", `interrupted by ${signal}`);
  }
}

function report(
  spec: ScriptSpec<Flags>,
  error: unknown,
  write: (line: string) => void,
): number {
  if (error instanceof InvalidValueError) {
    const message = error.message.replace(/\.$/, "");
    write(oneLine(`${message}. For help: ${spec.name} --help`));
    return EXIT.usage;
  }
  if (error instanceof RunOutputsError) {
    write(oneLine(error.message));
    return EXIT.failed;
  }
  if (error instanceof Deno.errors.NotCapable) {
    write(oneLine(permissionHint(error)));
    return EXIT.failed;
  }
  throw error;
}
