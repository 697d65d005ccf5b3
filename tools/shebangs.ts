/**
 * Writes the first line of every script from its declaration.
 *
 *     deno task shebangs
 *
 * @module
 */

import { join } from "@std/path";
import { shebang } from "../lib/cli/permissions.ts";
import { scripts } from "./scripts.ts";

const scriptsDir = join(import.meta.dirname ?? ".", "..", "scripts");

for (const { spec } of scripts) {
  const path = join(scriptsDir, `${spec.name}.ts`);
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace(/^#!.*/, shebang(spec)));
}
