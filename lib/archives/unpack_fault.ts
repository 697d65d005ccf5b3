/**
 * What can be wrong with an archive.
 *
 * @module
 */

const SHOWN = 200;

/**
 * An archive that is damaged, or that asks for what no archive may. It does not
 * know the archive's path: whoever does makes a `StorageError` of it.
 */
export class ArchiveFault extends Error {
  override readonly name = "ArchiveFault";
}

/** Refuses a member of an archive. */
export function refuseMember(
  name: string,
  fault: string,
  options?: ErrorOptions,
): never {
  throw new ArchiveFault(`its member ${quote(name)} ${fault}`, options);
}

/** A name from an archive, fit to be shown: whatever its characters or length. */
export function quote(name: string): string {
  return name.length <= SHOWN
    ? JSON.stringify(name)
    : `${JSON.stringify(name.slice(0, SHOWN))}...`;
}
