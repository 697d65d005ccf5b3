/**
 * The declarations of all scripts, for chores and tests.
 *
 * @module
 */

import type { Flags } from "../lib/cli/flags.ts";
import type { ScriptSpec } from "../lib/cli/declaration.ts";
import { spec as fetchArtifacts } from "../scripts/fetch_artifacts.ts";
import { spec as findArtifactsForCommit } from "../scripts/find_artifacts_for_commit.ts";
import { spec as postBuildUpload } from "../scripts/post_build_upload.ts";
import { spec as uploadPythonPackages } from "../scripts/upload_python_packages.ts";
import { spec as uploadPytorchManifest } from "../scripts/upload_pytorch_manifest.ts";
import { spec as uploadTestReport } from "../scripts/upload_test_report.ts";

/** A script's declaration. */
export interface ScriptModule {
  readonly spec: ScriptSpec<Flags>;
}

/** Every script under `scripts/`. */
export const scripts: readonly ScriptModule[] = [
  { spec: fetchArtifacts },
  { spec: findArtifactsForCommit },
  { spec: postBuildUpload },
  { spec: uploadPythonPackages },
  { spec: uploadPytorchManifest },
  { spec: uploadTestReport },
];
