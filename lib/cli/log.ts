/**
 * The one log style of all scripts: plain lines that read well in a CI page.
 *
 * Ordinary lines go to standard output, warnings and errors to standard error.
 * Inside GitHub Actions they become annotations, and groups fold.
 *
 * @module
 */

import type { Host } from "./host.ts";
import type { EnvironmentVariable } from "./declaration.ts";

/** GitHub shows ten annotations of each kind per step and drops the rest. */
const ANNOTATIONS_PER_STEP = 10;

/** The variables that the log of every script reads. */
export const logEnvironment: readonly EnvironmentVariable[] = [
  {
    name: "GITHUB_ACTIONS",
    help: "true: errors become annotations, and groups fold.",
  },
  { name: "NO_COLOR", help: "Set: no colour on a terminal." },
];

/** Writes a script's lines. */
export class Log {
  readonly #host: Host;
  readonly #inActions: boolean;
  readonly #colour: boolean;
  #annotations = { error: 0, warning: 0 };
  /** Erases the progress line of a terminal before something is written. */
  #clearProgress: (() => void) | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#inActions = host.env("GITHUB_ACTIONS") === "true";
    this.#colour = host.stderr.isTerminal && !host.env("NO_COLOR");
  }

  /** An ordinary line. */
  info(text: string): void {
    this.#clearProgress?.();
    this.#host.stdout.write(`${printable(text)}\n`);
  }

  /** Something that the user should know, and that is no failure. */
  warning(text: string): void {
    this.#annotate("warning", "Warning", "33", text);
  }

  /** A failure. */
  error(text: string): void {
    this.#annotate("error", "Error", "31", text);
  }

  /** Lines that belong together under a title, folded in GitHub Actions. */
  async group<T>(title: string, body: () => Promise<T>): Promise<T> {
    this.info(this.#inActions ? `::group::${escapeData(title)}` : title);
    try {
      return await body();
    } finally {
      if (this.#inActions) this.info("::endgroup::");
    }
  }

  /**
   * Lets a progress line stand below the other lines of a terminal: it is
   * erased before each of them.
   */
  set progressLine(clear: (() => void) | undefined) {
    this.#clearProgress = clear;
  }

  #annotate(
    kind: "error" | "warning",
    label: string,
    colour: string,
    text: string,
  ): void {
    this.#clearProgress?.();
    const line = `${label}: ${printable(text)}`;
    if (this.#inActions && ++this.#annotations[kind] <= ANNOTATIONS_PER_STEP) {
      this.#host.stdout.write(`::${kind}::${escapeData(printable(text))}\n`);
    } else if (this.#colour) {
      this.#host.stderr.write(`\x1b[${colour}m${line}\x1b[0m\n`);
    } else {
      this.#host.stderr.write(`${line}\n`);
    }
  }
}

/**
 * Text with its control characters made visible, so that a name cannot move
 * the cursor, hide text or forge another line.
 */
export function printable(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex -- control characters are what it is for
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The same for text that must stay in one line, as a name. */
export function oneLine(text: string): string {
  return printable(text).replaceAll("\n", "\\n");
}

/** "Workflow commands for GitHub Actions": data is percent-encoded so. */
function escapeData(text: string): string {
  return text
    .replaceAll("%", "%25")
    .replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A");
}
