/**
 * The declarations of all scripts, for chores and tests.
 *
 * @module
 */

import type { Flags } from "../lib/cli/flags.ts";
import type { ScriptSpec } from "../lib/cli/script.ts";
import { spec as postBuildUpload } from "../scripts/post_build_upload.ts";

/** A script's declaration. */
export interface ScriptModule {
  readonly spec: ScriptSpec<Flags>;
}

/** Every script under `scripts/`. */
export const scripts: readonly ScriptModule[] = [
  { spec: postBuildUpload },
];
