/**
 * Unpacking artifact archives.
 *
 * @module
 */

import { createTarDecoder } from "modern-tar";
import { InvalidValueError, StorageError } from "../errors.ts";
import { FileSource } from "../files/file_source.ts";
import { ArchiveFault } from "./unpack_fault.ts";
import { ArchiveInput } from "./unpack_input.ts";
import { TemporaryDirectory } from "./unpack_place.ts";
import { guardTar } from "./unpack_tar_guard.ts";
import { UnpackedTree } from "./unpack_tree.ts";
import { unxz } from "./unpack_xz.ts";
import { unzstd } from "./unpack_zstd.ts";

const SUFFIX = /\.tar\.(xz|zst)$/;

/** Options of unpacking. */
export interface UnpackOptions {
  /** Ends the work early, with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * The name of the directory that an archive is unpacked into: its own, without
 * `.tar.xz` or `.tar.zst`, and nothing else taken off.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { archiveStem } from "./unpack.ts";
 *
 * assertEquals(archiveStem("foo-1.2_lib_generic.tar.xz"), "foo-1.2_lib_generic");
 * ```
 */
export function archiveStem(fileName: string): string {
  return fileName.replace(SUFFIX, "");
}

/**
 * Unpacks an archive into a directory, which appears when it is complete and
 * replaces one that is there. Its memory does not grow with the archive's size.
 *
 * Modes (permission bits; a directory always stays open to its owner),
 * modification times, symbolic and hard links are kept. An archive with a
 * member that could reach out of the directory is refused as a whole.
 *
 * Needs `--allow-read` and `--allow-write` without limits for archives with
 * symbolic links, as `Deno.symlink` does.
 *
 * @param archivePath Path of a `.tar.xz` or `.tar.zst`.
 * @param targetDir The directory above it must be there.
 * @throws {StorageError} With code `corrupt` if the archive is damaged, not
 * whole, or refused; with others if it cannot be read, or the directory not
 * written. Nothing has changed then.
 */
export async function unpackArchive(
  archivePath: string,
  targetDir: string,
  options: UnpackOptions = {},
): Promise<void> {
  await using place = await TemporaryDirectory.create(targetDir);
  await unpackInto(archivePath, place.path, targetDir, options);
  await place.commit();
}

/**
 * Unpacks an archive into an empty directory. When it fails, the directory is
 * left with what was unpacked until then.
 *
 * @param finalDir What errors name in place of the directory.
 */
export async function unpackInto(
  archivePath: string,
  emptyDir: string,
  finalDir: string,
  { signal }: UnpackOptions = {},
): Promise<void> {
  const stopping = new AbortController();
  const stop = () => stopping.abort(signal?.reason);
  signal?.addEventListener("abort", stop);
  try {
    signal?.throwIfAborted();
    const tree = new UnpackedTree(emptyDir);
    const decoder = createTarDecoder({ strict: true });
    const feeding = ReadableStream.from(
      guardTar(decompress(archivePath, stopping.signal)),
    )
      .pipeTo(decoder.writable, { signal: stopping.signal });
    // What fails here comes out of the decoder as well.
    feeding.catch(() => {});
    try {
      for await (const entry of decoder.readable) await tree.add(entry);
    } catch (error) {
      stopping.abort(error);
      throw error;
    } finally {
      // The archive's file is closed then.
      await feeding.catch(() => {});
    }
    await tree.finish(signal);
    signal?.throwIfAborted();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw inFinalPlace(inOurForm(error, archivePath), emptyDir, finalDir);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

async function* decompress(
  archivePath: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const format = SUFFIX.exec(archivePath)?.[1];
  if (format === undefined) {
    throw new InvalidValueError(
      `Cannot unpack ${JSON.stringify(archivePath)}: ` +
        "its name ends neither in .tar.xz nor in .tar.zst.",
    );
  }
  await using source = await FileSource.open(archivePath);
  const input = new ArchiveInput(source);
  yield* format === "xz" ? unxz(input, signal) : unzstd(input);
}

/**
 * Faults of the archive are `ArchiveFault`s, or plain `Error`s of modern-tar;
 * anything else does not come from its content.
 */
function inOurForm(error: unknown, archivePath: string): unknown {
  const isFault = error instanceof ArchiveFault;
  const isPlain = error instanceof Error && error.constructor === Error;
  if (!isFault && !isPlain) return error;
  const reason = isFault
    ? error.message
    : `it is no tar archive, or damaged (${error.message.replace(/\.$/, "")})`;
  return new StorageError("corrupt", reason, {
    operation: "unpack",
    location: archivePath,
    cause: error,
  });
}

function inFinalPlace(error: unknown, dir: string, finalDir: string): unknown {
  const isInDir = error instanceof StorageError &&
    error.location.startsWith(dir);
  if (!isInDir) return error;
  return new StorageError(error.code, error.reason, {
    operation: error.operation,
    location: `${finalDir}${error.location.slice(dir.length)}`,
    cause: error,
  });
}
