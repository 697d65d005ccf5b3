/**
 * Small programs with permissions, an environment and limits of their own.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { denoEnvironment } from "../support/script.ts";

/** What became of the operation: nothing of this if it succeeded. */
export interface Report {
  readonly code?: string;
  readonly message?: string;
  readonly retriable?: boolean;
}

/** Options of {@linkcode runScript}. */
export interface ScriptOptions {
  /** All variables that the program sees, besides those of Deno. */
  readonly env?: Readonly<Record<string, string>>;
  /** The largest file that it can write, in blocks of the shell's `ulimit`. */
  readonly fileSizeLimit?: number;
  readonly before?: () => Promise<void>;
}

const PROJECT = join(import.meta.dirname ?? ".", "..", "..");

/**
 * Runs a program that passes one operation to `tell`, and returns what it has
 * told.
 *
 * @param flags Its permissions.
 */
export async function runScript(
  body: string,
  flags: readonly string[],
  { env = {}, fileSizeLimit, before }: ScriptOptions = {},
): Promise<Report> {
  await before?.();
  const dir = await Deno.makeTempDir({ prefix: "run-outputs-test-" });
  try {
    const script = join(dir, "script.ts");
    await Deno.writeTextFile(script, header() + body);
    const args = [
      "run",
      "--quiet",
      "--no-prompt",
      "--cached-only",
      "--no-code-cache",
      `--config=${join(PROJECT, "deno.json")}`,
      ...flags,
      script,
    ];
    const [command, commandArgs] = fileSizeLimit === undefined
      ? [Deno.execPath(), args]
      // The signal would end the program before it can tell.
      : ["sh", [
        "-c",
        `trap '' XFSZ; ulimit -f ${fileSizeLimit}; exec "$0" "$@"`,
        Deno.execPath(),
        ...args,
      ]];
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: commandArgs,
      clearEnv: true,
      env: { ...await denoEnvironment(), ...env },
    }).output();
    const said = new TextDecoder().decode(stderr);
    assertEquals(success, true, `the program failed: ${said}`);
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function header(): string {
  const lib = (path: string) =>
    JSON.stringify(toFileUrl(join(PROJECT, "lib", path)).href);
  return `
    import { OutputLocation } from ${lib("output_location.ts")};
    import { LocalStore } from ${lib("storage/local_store.ts")};
    import { bytesBody } from ${lib("storage/object_store.ts")};
    import { S3Store } from ${lib("storage/s3_store.ts")};
    import { createUploadBackend } from ${lib("upload_backend.ts")};
    const PLAIN = { contentType: "text/plain" };
    async function tell(operation: Promise<unknown>) {
      const report = await operation.then(
        () => ({}),
        ({ code, message, retriable }) => ({ code, message, retriable }),
      );
      console.log(JSON.stringify(report));
    }
  `;
}
