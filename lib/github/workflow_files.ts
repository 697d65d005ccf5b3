/**
 * The files through which a step tells GitHub Actions something.
 *
 * Format: "Workflow commands for GitHub Actions", section "Environment files".
 *
 * @module
 */

import { onFile } from "../files/file_errors.ts";

/**
 * The largest summary of a step, in bytes: GitHub refuses a larger one as a
 * whole ("Adding a job summary").
 */
export const MAX_SUMMARY_SIZE = 1024 * 1024;

/**
 * Adds Markdown to a step's summary, as a paragraph of its own.
 *
 * @returns Whether it was added: not if the summary would become too large.
 * @throws {StorageError} If the file cannot be written.
 */
export async function appendSummary(
  summaryFile: string,
  markdown: string,
): Promise<boolean> {
  const present = await readIfThere(summaryFile);
  const bytes = new TextEncoder().encode(
    `${missingBreaks(present)}${markdown}\n\n`,
  );
  if (present.length + bytes.length > MAX_SUMMARY_SIZE) return false;
  await append(summaryFile, bytes);
  return true;
}

/** What is missing of the blank line that begins a new paragraph. */
function missingBreaks(present: Uint8Array): string {
  const end = new TextDecoder().decode(present.subarray(-2));
  if (end === "" || end.endsWith("\n\n")) return "";
  return end.endsWith("\n") ? "\n" : "\n\n";
}

/**
 * Sets an output or a variable, in the file that `GITHUB_OUTPUT` or
 * `GITHUB_ENV` names.
 *
 * @throws {StorageError} If the file cannot be written.
 */
export async function appendValue(
  file: string,
  name: string,
  value: string,
): Promise<void> {
  await append(file, new TextEncoder().encode(valueLines(name, value)));
}

/**
 * The lines that set a value: `name=value`, or the form with a random
 * delimiter, so that no value with line breaks can set something else.
 */
export function valueLines(name: string, value: string): string {
  if (!/[\r\n]/.test(value)) return `${name}=${value}\n`;
  const delimiter = `ghadelimiter_${crypto.randomUUID()}`;
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}

function append(file: string, bytes: Uint8Array): Promise<void> {
  return onFile(
    "append to",
    file,
    () => Deno.writeFile(file, bytes, { append: true }),
  );
}

function readIfThere(file: string): Promise<Uint8Array> {
  return onFile("read", file, async () => {
    try {
      return await Deno.readFile(file);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return new Uint8Array();
      throw error;
    }
  });
}
