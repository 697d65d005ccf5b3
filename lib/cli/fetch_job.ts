/**
 * Fetching artifacts: downloads and unpacking overlap, all are tried, and what
 * failed is told in the end.
 *
 * @module
 */

import { join } from "@std/path";
import pLimit from "p-limit";
import type { ArtifactBackend, StoredArtifact } from "../artifact_backend.ts";
import { RunOutputsError, StorageError } from "../errors.ts";
import { onFile } from "../files/file_errors.ts";
import { archiveStem, unpackArchive } from "../archives/unpack.ts";
import { unpackFlattened } from "../archives/unpack_flattened.ts";
import { sizeText } from "../size_text.ts";
import type { Host } from "./host.ts";
import type { Log } from "./log.ts";
import { ProgressReporter } from "./progress.ts";
import { EXIT } from "./script.ts";

/** Options of {@linkcode FetchJob}. */
export interface FetchJobOptions {
  readonly host: Host;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly outputDir: string;
  /**
   * `keep` archives as they are; `extract` each into a directory of its own;
   * `flatten` all into the output directory.
   */
  readonly mode: "keep" | "extract" | "flatten";
  /** Delete archives once they are unpacked. */
  readonly deleteArchives: boolean;
  /** Downloads at once. */
  readonly downloads: number;
  /** Archives unpacked at once. */
  readonly extractions: number;
}

/** Fetches artifacts and keeps account of them. */
export class FetchJob {
  readonly #backend: ArtifactBackend;
  readonly #options: FetchJobOptions;
  readonly #failures: { fileName: string; error: RunOutputsError }[] = [];
  /** Which archive is unpacked into a directory, by its name. */
  readonly #directories = new Map<string, string>();
  #fetched = 0;

  constructor(backend: ArtifactBackend, options: FetchJobOptions) {
    this.#backend = backend;
    this.#options = options;
  }

  /** Tries all artifacts; none is still under way when it is done. */
  async fetch(artifacts: readonly StoredArtifact[]): Promise<void> {
    const { host, log, downloads, extractions } = this.#options;
    using progress = new ProgressReporter(host, log, "Fetching");
    const downloading = pLimit(downloads);
    const unpacking = pLimit(extractions);
    for (const { size } of artifacts) {
      progress.onProgress({ kind: "found", files: 1, bytes: size });
    }
    const outcomes = await Promise.allSettled(
      artifacts.map((artifact) =>
        this.#try(artifact, async () => {
          this.#claimDirectory(artifact);
          const path = join(this.#options.outputDir, artifact.fileName);
          await downloading(() => this.#download(artifact, path, progress));
          await unpacking(() => this.#unpack(artifact, path));
          progress.onProgress({ kind: "stored", files: 1, bytes: 0 });
        })
      ),
    );
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
  }

  /**
   * Tells what was fetched and what was not.
   *
   * @returns The exit code.
   */
  finish(): number {
    const { log, outputDir } = this.#options;
    const count = this.#fetched === 1
      ? "1 artifact"
      : `${this.#fetched} artifacts`;
    log.info(`Fetched ${count} into ${outputDir}`);
    for (const { error } of this.#failures) log.error(error.message);
    if (this.#failures.length === 0) return EXIT.done;
    log.error(
      `Not everything was fetched: ${this.#failures.length} failed: ` +
        this.#failures.map(({ fileName }) => fileName).join(", "),
    );
    return EXIT.failed;
  }

  /** `x.tar.xz` and `x.tar.zst` would both become the directory `x`. */
  #claimDirectory({ fileName }: StoredArtifact): void {
    if (this.#options.mode !== "extract") return;
    const directory = archiveStem(fileName);
    const other = this.#directories.get(directory);
    if (other !== undefined) {
      throw new StorageError(
        "failed",
        `${other} has the same directory. Leave one of them out (--exclude)`,
        { operation: "unpack", location: fileName },
      );
    }
    this.#directories.set(directory, fileName);
  }

  async #download(
    artifact: StoredArtifact,
    path: string,
    progress: ProgressReporter,
  ): Promise<void> {
    const { log, signal } = this.#options;
    signal.throwIfAborted();
    const { kind, size } = await this.#backend.download(artifact, path, {
      signal,
      onBytes: (bytes) =>
        progress.onProgress({ kind: "stored", files: 0, bytes }),
    });
    const done = kind === "present" ? "Already there" : "Downloaded";
    log.info(`${done}: ${artifact.fileName} (${sizeText(size)})`);
  }

  async #unpack({ fileName }: StoredArtifact, path: string): Promise<void> {
    const { log, mode, outputDir, deleteArchives, signal } = this.#options;
    if (mode === "keep") return;
    signal.throwIfAborted();
    if (mode === "extract") {
      await unpackArchive(path, join(outputDir, archiveStem(fileName)), {
        signal,
      });
    } else {
      const { ignored } = await unpackFlattened(path, outputDir, { signal });
      if (ignored > 0) {
        log.warning(
          `${fileName}: ${ignored} files lie outside the trees that its ` +
            "artifact_manifest.txt lists, and were left out.",
        );
      }
    }
    log.info(`Unpacked: ${fileName}`);
    if (deleteArchives) await onFile("remove", path, () => Deno.remove(path));
  }

  async #try(
    { fileName }: StoredArtifact,
    run: () => Promise<void>,
  ): Promise<void> {
    try {
      await run();
      this.#fetched++;
    } catch (error) {
      if (this.#options.signal.aborted || !(error instanceof RunOutputsError)) {
        throw error;
      }
      this.#failures.push({ fileName, error });
    }
  }
}
