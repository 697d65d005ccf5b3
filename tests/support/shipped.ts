/**
 * Scripts as they are shipped: started by their own first line.
 *
 * @module
 */

import { assertLess } from "@std/assert";
import { resolve } from "@std/path";
import { firstLine, type ScriptResult } from "./script.ts";
import { TempDir } from "./tree.ts";

const scripts = resolve(import.meta.dirname ?? ".", "../../scripts");

/** Whether this system reads first lines: Windows does not. */
export const canRunShipped = Deno.build.os !== "windows";

/** Linux drops what is beyond, without a word: execve(2), "Interpreter scripts". */
const LONGEST_FIRST_LINE = 255;

/** Runs the file `scripts/{name}.ts` as a program. */
export async function runShipped(
  name: string,
  args: readonly string[],
  cwd = ".",
): Promise<ScriptResult> {
  // Where flags are dropped, the script may start all the same, and fail later.
  const { length } = await firstLine(name);
  assertLess(length, LONGEST_FIRST_LINE, "the first line is too long");
  // It names deno, whatever this one is called.
  await using bin = await TempDir.make();
  await Deno.symlink(Deno.execPath(), bin.join("deno"));
  const { code, stdout, stderr } = await new Deno.Command(
    resolve(scripts, `${name}.ts`),
    {
      args: [...args],
      cwd,
      env: { PATH: `${bin.path}:${Deno.env.get("PATH") ?? ""}` },
    },
  ).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
