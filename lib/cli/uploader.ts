/**
 * What all uploaders work with: progress, a backend and a publication.
 *
 * @module
 */

import type { UploadBackend } from "../upload_backend.ts";
import {
  backendFromFlags,
  destinationEnvironment,
  type destinationFlags,
} from "./destination.ts";
import type { Flags } from "./flags.ts";
import { GeneratedFiles } from "./generated_files.ts";
import { ProgressReporter } from "./progress.ts";
import { Publication } from "./publication.ts";
import type { ScriptContext } from "./script.ts";
import type { EnvironmentVariable } from "./declaration.ts";
import { StepReport, stepReportEnvironment } from "./step_report.ts";

/** The variables that all uploaders read. */
export const uploaderEnvironment: readonly EnvironmentVariable[] = [
  ...destinationEnvironment,
  ...stepReportEnvironment,
];

/** Exit codes of all uploaders. */
export const uploaderExitCodes = {
  0: "Everything is published.",
  1: "Something is not published; it is named.",
  2: "The command line or a variable is wrong.",
  130: "Interrupted (SIGINT); 143 with SIGTERM.",
} as const;

/** The uploads of one run of a script. */
export class Uploader implements AsyncDisposable {
  readonly publication: Publication;
  readonly backend: UploadBackend;
  readonly generated: GeneratedFiles;
  readonly #context: ScriptContext<Flags & typeof destinationFlags>;
  readonly #progress: ProgressReporter;

  constructor(context: ScriptContext<Flags & typeof destinationFlags>) {
    const { flags, host, log, signal } = context;
    this.#context = context;
    this.#progress = new ProgressReporter(host, log);
    try {
      this.backend = backendFromFlags(flags, {
        host,
        log,
        progress: this.#progress,
      });
    } catch (error) {
      // Its timer would keep the script from ever ending.
      this.#progress[Symbol.dispose]();
      throw error;
    }
    const dryRun = flags["dry-run"];
    this.publication = new Publication(this.backend, { log, signal, dryRun });
    this.generated = new GeneratedFiles({
      publication: this.publication,
      dryRun,
      signal,
    });
  }

  /**
   * The report of the step: to GitHub's files once something was published to
   * S3, otherwise printed.
   */
  report(): StepReport {
    const { flags, host, log } = this.#context;
    const published = !flags["dry-run"] && flags["output-dir"] === undefined &&
      !this.publication.isEmpty;
    return new StepReport(host, log, published);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#progress[Symbol.dispose]();
    await this.backend[Symbol.asyncDispose]();
  }
}
