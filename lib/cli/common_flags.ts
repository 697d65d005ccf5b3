/**
 * Flags that several scripts have.
 *
 * @module
 */

import { checkSegment } from "../path_segment.ts";
import { type Flag, valueFlag } from "./flags.ts";

/** `--run-id`, which must be given. */
export const requiredRunId: Flag<string> = valueFlag({
  placeholder: "ID",
  required: true,
  help: "GitHub Actions run id.",
  parse: (text: string) => checkSegment(text, "run id"),
});

/** `--artifact-group`, which must be given. */
export const requiredArtifactGroup: Flag<string> = valueFlag({
  placeholder: "GROUP",
  required: true,
  help: "Artifact group, as gfx94X-dcgpu.",
  parse: (text: string) => checkSegment(text, "artifact group"),
});

/** `--amdgpu-family`, which must be given. */
export const requiredAmdgpuFamily: Flag<string> = valueFlag({
  placeholder: "FAMILY",
  required: true,
  help: "GPU family, as gfx94X-dcgpu.",
  parse: (text: string) => checkSegment(text, "GPU family"),
});
