/**
 * The declaration of a script: help, shebang and documents are made from it or
 * compared with it.
 *
 * @module
 */

import type { Flags } from "./flags.ts";

/** A flag of Deno's that a script needs, and what for. */
export interface Permission {
  /** As `--allow-read`. */
  readonly flag: string;
  readonly reason: string;
}

/** A variable that a script reads. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly help: string;
}

/** The declaration of a script. */
export interface ScriptSpec<F extends Flags> {
  /** File name without `.ts`. */
  readonly name: string;
  /** What it is for, in one sentence. */
  readonly summary: string;
  readonly flags: F;
  /** Variables that are read, besides those that flags name. */
  readonly environment: readonly EnvironmentVariable[];
  readonly permissions: readonly Permission[];
  /** Exit codes, in words. */
  readonly exitCodes: Readonly<Record<number, string>>;
  /** Arguments of an example command. */
  readonly example: string;
}
