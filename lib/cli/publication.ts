/**
 * The uploads of one script: all are tried, and what failed is told in the end.
 *
 * @module
 */

import type { OutputLocation } from "../output_location.ts";
import { RunOutputsError } from "../errors.ts";
import { isThere } from "../files/file_type.ts";
import { sizeText } from "../size_text.ts";
import type { UploadBackend } from "../upload_backend.ts";
import {
  type DirectoryUpload,
  IncompleteUploadError,
  type UploadedFile,
  type UploadFailure,
} from "../upload_result.ts";
import { type Log, oneLine } from "./log.ts";
import { EXIT } from "./script.ts";

/** Options of {@linkcode Publication}. */
export interface PublicationOptions {
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly dryRun: boolean;
}

/** Names shown of what failed for one and the same reason. */
const NAMES_SHOWN = 20;

/** Collects what a script has stored, and what it could not store. */
export class Publication {
  readonly #backend: UploadBackend;
  readonly #options: PublicationOptions;
  readonly #uploaded: UploadedFile[] = [];
  readonly #failures: UploadFailure[] = [];

  constructor(backend: UploadBackend, options: PublicationOptions) {
    this.#backend = backend;
    this.#options = options;
  }

  /** Whether an object was stored at this location. */
  has(location: OutputLocation): boolean {
    return this.#uploaded.some((file) =>
      file.location.s3Uri === location.s3Uri
    );
  }

  /** Whether anything was stored. */
  get isEmpty(): boolean {
    return this.#uploaded.length === 0;
  }

  /** Whether everything that was tried was stored. */
  get isComplete(): boolean {
    return this.#failures.length === 0;
  }

  /** Stores one file. */
  async file(source: string, location: OutputLocation): Promise<void> {
    await this.#try(source, location, async () => {
      const { signal } = this.#options;
      const file = await this.#backend.uploadFile(source, location, { signal });
      this.#took([file], source, location);
    });
  }

  /**
   * Stores one file, if there is one. Where that cannot be told, it is a
   * failure.
   */
  async fileIfThere(
    source: string,
    location: OutputLocation,
  ): Promise<"tried" | "absent"> {
    let there = true;
    await this.#try(source, location, async () => {
      there = await isThere(source);
      if (there) await this.file(source, location);
    });
    return there ? "tried" : "absent";
  }

  /** Stores generated content, called `name`. */
  async bytes(
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
    location: OutputLocation,
  ): Promise<void> {
    await this.#try(name, location, async () => {
      const { signal } = this.#options;
      const file = await this.#backend.uploadBytes(name, bytes, location, {
        signal,
      });
      this.#took([file], name, location);
    });
  }

  /** Stores the files of a directory. */
  async directory(
    dir: string,
    location: OutputLocation,
    options: { readonly include?: readonly string[]; exclude?: string[] } = {},
  ): Promise<void> {
    await this.#try(dir, location, async () => {
      const { signal } = this.#options;
      try {
        const result = await this.#backend.uploadDirectory(dir, location, {
          ...options,
          signal,
        });
        this.#tookDirectory(result, dir, location);
      } catch (error) {
        if (!(error instanceof IncompleteUploadError)) throw error;
        this.#tookDirectory(error.result, dir, location);
        this.#failures.push(...error.failures);
      }
    });
  }

  /** Notes a failure that came about before anything could be uploaded. */
  fail(source: string, error: RunOutputsError): void {
    this.#failures.push({ source, location: undefined, error });
  }

  /**
   * Tells what failed, one cause at a time.
   *
   * @returns The exit code.
   */
  finish(): number {
    if (this.isComplete) return EXIT.done;
    const { log } = this.#options;
    for (const [reason, failures] of this.#byReason()) {
      const names = failures.map((failure) => this.#nameOf(failure));
      if (failures.length === 1) {
        log.error(oneLine(failures[0]?.error.message ?? reason));
        continue;
      }
      const more = names.length - NAMES_SHOWN;
      log.error(
        `${names.length} files were not uploaded: ${oneLine(reason)}\n` +
          names.slice(0, NAMES_SHOWN).map((name) => `  ${oneLine(name)}`)
            .join("\n") +
          (more > 0 ? `\n  and ${more} more` : ""),
      );
    }
    log.error(
      `Not everything was published: ${this.#uploaded.length} stored, ` +
        `${this.#failures.length} failed.`,
    );
    return EXIT.failed;
  }

  #nameOf({ source, location }: UploadFailure): string {
    return location === undefined
      ? source
      : `${source} -> ${this.#backend.describe(location)}`;
  }

  async #try(
    source: string,
    location: OutputLocation,
    run: () => Promise<void>,
  ): Promise<void> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    try {
      await run();
    } catch (error) {
      if (signal.aborted || !(error instanceof RunOutputsError)) throw error;
      this.#failures.push({ source, location, error });
    }
  }

  #tookDirectory(
    { uploaded, links, special }: DirectoryUpload,
    dir: string,
    location: OutputLocation,
  ): void {
    this.#took(uploaded, dir, location);
    this.#leftOut(links, "symbolic link", dir);
    this.#leftOut(special, "pipe, socket or device", dir);
  }

  #leftOut(paths: readonly string[], kind: string, dir: string): void {
    if (paths.length === 0) return;
    const more = paths.length - NAMES_SHOWN;
    const names = paths.slice(0, NAMES_SHOWN).map(oneLine).join(", ") +
      (more > 0 ? `, and ${more} more` : "");
    this.#options.log.warning(
      `Left out of ${dir}: ${paths.length} x ${kind}: ${names}`,
    );
  }

  #took(
    files: readonly UploadedFile[],
    source: string,
    location: OutputLocation,
  ): void {
    // One by one: spreading a hundred thousand arguments overflows the stack.
    for (const file of files) this.#uploaded.push(file);
    if (this.#options.dryRun || files.length === 0) return;
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    const count = files.length === 1 ? "1 file" : `${files.length} files`;
    this.#options.log.info(
      `Stored ${count} (${sizeText(bytes)}) from ${source} at ${
        this.#backend.describe(location)
      }`,
    );
  }

  #byReason(): Map<string, UploadFailure[]> {
    const groups = new Map<string, UploadFailure[]>();
    for (const failure of this.#failures) {
      const { error } = failure;
      const reason = "reason" in error && typeof error.reason === "string"
        ? error.reason
        : error.message;
      groups.set(reason, [...groups.get(reason) ?? [], failure]);
    }
    return groups;
  }
}
