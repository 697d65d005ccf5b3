/**
 * What a script may touch of the machine, as one object: `main` wires the real
 * one, tests wire their own.
 *
 * @module
 */

/** A stream of text that a script writes to. */
export interface TextOutput {
  readonly isTerminal: boolean;
  write(text: string): void;
}

/** The world around a script. */
export interface Host {
  /** Reads an environment variable. */
  env(name: string): string | undefined;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** `linux`, `windows` or `darwin`. */
  readonly platform: string;
  /**
   * Calls a function when somebody wants the script to end, until disposed.
   */
  onInterrupt(handler: (signal: Deno.Signal) => void): Disposable;
}

/** The real world. */
export function denoHost(): Host {
  return {
    env: (name) => Deno.env.get(name),
    stdout: output(Deno.stdout),
    stderr: output(Deno.stderr),
    platform: Deno.build.os,
    onInterrupt,
  };
}

function output(stream: typeof Deno.stdout): TextOutput {
  const encoder = new TextEncoder();
  return {
    isTerminal: stream.isTerminal(),
    write(text) {
      const bytes = encoder.encode(text);
      try {
        for (let written = 0; written < bytes.length;) {
          written += stream.writeSync(bytes.subarray(written));
        }
      } catch (error) {
        // Nobody reads any more, as in `script | head`: the work goes on.
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
  };
}

function onInterrupt(handler: (signal: Deno.Signal) => void): Disposable {
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM"];
  const listeners = signals.map((signal) => {
    const listener = () => handler(signal);
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  return {
    [Symbol.dispose]() {
      for (const { signal, listener } of listeners) {
        Deno.removeSignalListener(signal, listener);
      }
    },
  };
}
