/**
 * Files that a script makes beside what it publishes: pages and archives.
 *
 * @module
 */

import { dirname, join } from "@std/path";
import { RunOutputsError } from "../errors.ts";
import {
  type DirectoryPage,
  renderDirectoryPage,
} from "../files/directory_page.ts";
import { isFile } from "../files/file_type.ts";
import { writeFileWhole } from "../files/temporary_file.ts";
import type { OutputLocation } from "../output_location.ts";
import type { Publication } from "./publication.ts";

/** How a file is made. */
export interface Generator {
  /** Its content as far as it can be told without writing; for dry runs. */
  readonly content: () => Promise<string>;
  /** Writes it, whole or not at all. @default The content is written. */
  readonly write?: (path: string) => Promise<void>;
}

/** Options of {@linkcode GeneratedFiles}. */
export interface GeneratedFilesOptions {
  /** Where failures are noted and uploads go. */
  readonly publication: Publication;
  /** Write nothing; what would be written can be "uploaded" nevertheless. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** Makes files, and uploads them: in a dry run from memory. */
export class GeneratedFiles {
  readonly #options: GeneratedFilesOptions;
  /** What a dry run did not write, by path. */
  readonly #unwritten = new Map<string, string>();
  /** What could not be made: that is noted already. */
  readonly #failed = new Set<string>();

  constructor(options: GeneratedFilesOptions) {
    this.#options = options;
  }

  /** Makes a file. A failure is noted, and does not end the script. */
  async make(path: string, { content, write }: Generator): Promise<void> {
    const { dryRun, publication, signal } = this.#options;
    signal.throwIfAborted();
    try {
      if (dryRun) this.#unwritten.set(path, await content());
      else if (write !== undefined) await write(path);
      else await writeFileWhole(path, encode(await content()));
    } catch (error) {
      if (!(error instanceof RunOutputsError)) throw error;
      this.#failed.add(path);
      publication.fail(path, error);
    }
  }

  /** Makes the page of a directory in it; returns the page's path. */
  async makePage(
    dir: string,
    fileName: string,
    page: DirectoryPage,
  ): Promise<string> {
    const path = join(dir, fileName);
    await this.make(path, { content: () => renderDirectoryPage(dir, page) });
    return path;
  }

  /** Uploads a file that was made. */
  async upload(path: string, to: OutputLocation): Promise<void> {
    if (this.#failed.has(path)) return;
    const { publication } = this.#options;
    const content = this.#unwritten.get(path);
    if (content === undefined) await publication.file(path, to);
    else await publication.bytes(path, encode(content), to);
  }

  /**
   * Uploads what an upload of a directory did not find because a dry run has
   * not written it.
   */
  async uploadUnwritten(dir: string, to: OutputLocation): Promise<void> {
    for (const path of this.#unwritten.keys()) {
      if (dirname(path) !== dir || await isFile(path)) continue;
      await this.upload(path, to.child(path.slice(dir.length + 1)));
    }
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
