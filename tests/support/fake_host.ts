/**
 * A host for scripts under test: variables, platform and terminal are those
 * that the test names, never the machine's, and what is written is kept.
 *
 * @module
 */

import type { Host, TextOutput } from "../../lib/cli/host.ts";

/** What a fake host pretends. */
export interface FakeHostOptions {
  /** All variables that are set. @default {{}} */
  readonly env?: Readonly<Record<string, string>>;
  /** @default {"linux"} */
  readonly platform?: string;
  /** Whether both streams are terminals. @default {false} */
  readonly isTerminal?: boolean;
}

/** A host, and what a test can see of it and do to it. */
export interface FakeHost {
  readonly host: Host;
  /** What was written to standard output so far. */
  stdout(): string;
  /** What was written to standard error so far. */
  stderr(): string;
  /** Does what a user's Ctrl-C or a runner's cancellation does. */
  interrupt(signal: Deno.Signal): void;
  /** How many handlers of interrupts there are now. */
  handlers(): number;
}

/** Makes a fake host. */
export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const { env = {}, platform = "linux", isTerminal = false } = options;
  const handlers = new Set<(signal: Deno.Signal) => void>();
  const written = { stdout: "", stderr: "" };
  const output = (stream: keyof typeof written): TextOutput => ({
    isTerminal,
    write: (text) => void (written[stream] += text),
  });
  return {
    host: {
      env: (name) => Object.hasOwn(env, name) ? env[name] : undefined,
      stdout: output("stdout"),
      stderr: output("stderr"),
      platform,
      onInterrupt(handler) {
        handlers.add(handler);
        return { [Symbol.dispose]: () => void handlers.delete(handler) };
      },
    },
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    interrupt(signal) {
      for (const handler of handlers) handler(signal);
    },
    handlers: () => handlers.size,
  };
}
