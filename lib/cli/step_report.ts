/**
 * What a step tells GitHub Actions, or prints where there is no GitHub.
 *
 * @module
 */

import { appendSummary, appendValue } from "../github/workflow_files.ts";
import type { Host } from "./host.ts";
import type { Log } from "./log.ts";
import type { EnvironmentVariable } from "./declaration.ts";

/** The variables that {@linkcode StepReport} reads. */
export const stepReportEnvironment: readonly EnvironmentVariable[] = [
  { name: "GITHUB_STEP_SUMMARY", help: "File for the job's summary." },
  { name: "GITHUB_OUTPUT", help: "File for the step's outputs." },
];

/** Job summary and step outputs. */
export class StepReport {
  readonly #host: Host;
  readonly #log: Log;
  readonly #published: boolean;

  /**
   * @param published Whether something was really published to S3: otherwise
   * everything is printed instead.
   */
  constructor(host: Host, log: Log, published: boolean) {
    this.#host = host;
    this.#log = log;
    this.#published = published;
  }

  /** Adds paragraphs to the job's summary. */
  async summary(paragraphs: readonly string[]): Promise<void> {
    if (paragraphs.length === 0) return;
    const markdown = paragraphs.join("\n\n");
    const file = this.#file("GITHUB_STEP_SUMMARY");
    if (file !== undefined && await appendSummary(file, markdown)) return;
    if (file !== undefined) {
      this.#log.warning("The job's summary is full; this is left out of it:");
    }
    this.#log.info(`\nJob summary:\n\n${markdown}\n`);
  }

  /** Sets an output of the step. */
  async output(name: string, value: string): Promise<void> {
    const file = this.#file("GITHUB_OUTPUT");
    if (file === undefined) this.#log.info(`Step output: ${name}=${value}`);
    else await appendValue(file, name, value);
  }

  #file(variable: string): string | undefined {
    return this.#published ? this.#host.env(variable) || undefined : undefined;
  }
}

/** A Markdown link; the text is taken literally. */
export function markdownLink(text: string, url: string): string {
  return `[${text.replace(/[\\[\]]/g, "\\$&")}](${url})`;
}
