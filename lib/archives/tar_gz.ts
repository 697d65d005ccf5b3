/**
 * Packing files into a `.tar.gz`, the same bytes for the same files.
 *
 * @module
 */

import { createTarPacker, type TarPackController } from "modern-tar";
import { FileSource } from "../files/file_source.ts";
import { TemporaryFile } from "../files/temporary_file.ts";

/** A file that goes into an archive. */
export interface TarMember {
  /** Its path on this machine. */
  readonly path: string;
  /** Its name in the archive, with `/`. */
  readonly name: string;
}

const CHUNK = 1024 * 1024;

/** The last second that an archive's eleven octal digits can hold. */
const LAST_SECOND = 0o77777777777;

/**
 * Writes an archive, whole or not at all. Members keep their order and
 * modification times; owners and modes are fixed.
 *
 * @throws {StorageError} If a member cannot be read, or the archive cannot be
 * written.
 */
export async function writeTarGz(
  archivePath: string,
  members: readonly TarMember[],
): Promise<void> {
  await using archive = await TemporaryFile.create(archivePath);
  const { readable, controller } = createTarPacker();
  const gzip = new CompressionStream("gzip");
  const packing = pack(controller, members);
  packing.catch((error) => controller.error(error));
  await Promise.all([
    packing,
    archive.writeStream(readable.pipeThrough(gzip)),
  ]);
  await archive.commit();
}

async function pack(
  controller: TarPackController,
  members: readonly TarMember[],
): Promise<void> {
  for (const { path, name } of members) {
    await using source = await FileSource.open(path);
    const writer = controller.add({
      name,
      size: source.size,
      mtime: archiveTime(source.modifiedAt),
      mode: 0o644,
      type: "file",
    }).getWriter();
    for (let start = 0; start < source.size; start += CHUNK) {
      const length = Math.min(CHUNK, source.size - start);
      await writer.write(await source.read(start, length));
    }
    await writer.close();
  }
  controller.finalize();
}

/** Whole seconds that fit; what lies outside would spoil the header. */
function archiveTime(time: Date | undefined): Date {
  const seconds = Math.floor((time?.getTime() ?? 0) / 1000);
  return new Date(Math.min(Math.max(seconds, 0), LAST_SECOND) * 1000);
}
