/**
 * How far the transfers are: a line that is updated in place on a terminal, a
 * heartbeat in a log.
 *
 * @module
 */

import type { UploadProgress } from "../upload_result.ts";
import { sizeText } from "../size_text.ts";
import type { Host } from "./host.ts";
import type { Log } from "./log.ts";

const TERMINAL_INTERVAL = 200;
const HEARTBEAT_INTERVAL = 15_000;

/** Shows progress until it is disposed. */
export class ProgressReporter implements Disposable {
  readonly #verb: string;
  readonly #host: Host;
  readonly #log: Log;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #begun = performance.now();
  #found = { files: 0, bytes: 0 };
  #stored = { files: 0, bytes: 0 };

  /** @param verb What is going on, for the heartbeat. */
  constructor(host: Host, log: Log, verb = "Uploading") {
    this.#verb = verb;
    this.#host = host;
    this.#log = log;
    const { isTerminal } = host.stdout;
    this.#timer = setInterval(
      () => isTerminal ? this.#redraw() : this.#beat(),
      isTerminal ? TERMINAL_INTERVAL : HEARTBEAT_INTERVAL,
    );
    if (isTerminal) log.progressLine = () => host.stdout.write("\r\x1b[K");
  }

  /** Takes note of what an upload backend tells. */
  readonly onProgress = ({ kind, files, bytes }: UploadProgress): void => {
    const sum = kind === "found" ? this.#found : this.#stored;
    sum.files += files;
    sum.bytes += bytes;
  };

  /** Done and total files, bytes and rate. */
  text(): string {
    const seconds = (performance.now() - this.#begun) / 1000;
    const rate = this.#stored.bytes / Math.max(seconds, 0.001);
    return `${this.#stored.files}/${this.#found.files} files, ` +
      `${sizeText(this.#stored.bytes)}/${sizeText(this.#found.bytes)}, ` +
      `${sizeText(Math.round(rate))}/s`;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#host.stdout.isTerminal) {
      this.#host.stdout.write("\r\x1b[K");
      this.#log.progressLine = undefined;
    }
  }

  #beat(): void {
    this.#log.info(`${this.#verb}: ${this.text()}`);
  }

  #redraw(): void {
    if (this.#found.files === 0) return;
    this.#host.stdout.write(`\r\x1b[K${this.text()}`);
  }
}
