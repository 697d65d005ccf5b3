/**
 * Writing the members of an archive into a directory of their own.
 *
 * The directory is new, and until every file is written there is no symbolic
 * link in it: so nothing is ever written through one.
 *
 * @module
 */

import { lutimes } from "node:fs/promises";
import { join } from "@std/path";
import type { ParsedTarEntry } from "modern-tar";
import { onFile } from "../files/file_errors.ts";
import { ArchiveFault, quote, refuseMember } from "./unpack_fault.ts";
import { linkCourse, memberPath } from "./unpack_names.ts";

type TarHeader = ParsedTarEntry["header"];
type Kind = "file" | "directory" | "link";

interface DirectoryTraits {
  readonly mode: number;
  readonly mtime: Date;
}

interface PendingLink {
  readonly name: string;
  readonly target: string;
  readonly mtime: Date;
}

const PERMISSIONS = 0o777;
const OWNER_ALL = 0o700;
const isWindows = Deno.build.os === "windows";

/** The members of one archive, below an empty directory. */
export class UnpackedTree {
  readonly #root: string;
  /** Everything that there is, by its path. */
  readonly #kinds = new Map<string, Kind>([["", "directory"]]);
  readonly #directories = new Map<string, DirectoryTraits>();
  readonly #links = new Map<string, PendingLink>();

  /** @param root An empty directory. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Writes a member, except for symbolic links and the traits of directories,
   * which wait for {@linkcode finish}.
   *
   * @throws {ArchiveFault} If it must not be in an archive.
   * @throws {StorageError} If it cannot be written.
   */
  async add({ header, body }: ParsedTarEntry): Promise<void> {
    const { name, type } = header;
    const checked = memberPath(name, type === "directory");
    if (checked.fault !== undefined) {
      refuseMember(name, `has a name that ${checked.fault}`);
    }
    const path = checked.value;
    if (!Number.isFinite(header.mtime?.getTime())) {
      refuseMember(name, "has an impossible modification time");
    }
    if (path !== "") await this.#addParents(path, name);
    if (type === "directory") {
      await this.#addDirectory(path, header);
      // Of a file that is called `directory/`: modern-tar takes it for one.
      await body.cancel();
      return;
    }
    if (this.#kinds.has(path)) refuseMember(name, "is there twice");
    if (type === "file") {
      await this.#addFile(path, header, body);
    } else if (type === "symlink") {
      this.#addLink(path, header, header.linkname ?? "");
    } else if (type === "link") {
      await this.#addHardLink(path, header);
    } else {
      refuseMember(name, `is a ${type}, which no artifact has`);
    }
  }

  /** Makes the symbolic links, and gives directories their modes and times. */
  async finish(signal?: AbortSignal): Promise<void> {
    for (const [path, link] of this.#links) {
      signal?.throwIfAborted();
      await this.#makeLink(path, link);
    }
    // The deepest first: whatever is made in a directory changes its time.
    const directories = [...this.#directories].sort(([a], [b]) =>
      b.length - a.length
    );
    for (const [path, { mode, mtime }] of directories) {
      signal?.throwIfAborted();
      const full = join(this.#root, path);
      await onFile("write", full, async () => {
        // Its owner can always merge, replace and remove it.
        if (!isWindows) await Deno.chmod(full, mode & PERMISSIONS | OWNER_ALL);
        await Deno.utime(full, new Date(), mtime);
      });
    }
  }

  async #addParents(path: string, name: string): Promise<void> {
    for (
      let end = path.indexOf("/");
      end > 0;
      end = path.indexOf("/", end + 1)
    ) {
      const parent = path.slice(0, end);
      const kind = this.#kinds.get(parent);
      if (kind === undefined) {
        await this.#makeDirectory(parent, name);
      } else if (kind !== "directory") {
        refuseMember(name, `lies below the ${kind} ${quote(parent)}`);
      }
    }
  }

  async #addDirectory(path: string, header: TarHeader): Promise<void> {
    const kind = this.#kinds.get(path);
    if (kind === undefined) {
      await this.#makeDirectory(path, header.name);
    } else if (kind !== "directory") {
      refuseMember(header.name, "is there twice");
    }
    this.#directories.set(path, {
      mode: header.mode ?? 0o755,
      mtime: timeOf(header),
    });
  }

  async #makeDirectory(path: string, name: string): Promise<void> {
    const full = join(this.#root, path);
    await newName(name, full, () => Deno.mkdir(full));
    this.#kinds.set(path, "directory");
  }

  async #addFile(
    path: string,
    header: TarHeader,
    body: ParsedTarEntry["body"],
  ): Promise<void> {
    const full = join(this.#root, path);
    using file = await newName(
      header.name,
      full,
      () => Deno.open(full, { write: true, createNew: true, mode: 0o600 }),
    );
    this.#kinds.set(path, "file");
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      await onFile("write", full, async () => {
        for (let written = 0; written < chunk.length;) {
          written += await file.write(chunk.subarray(written));
        }
      });
    }
    if (size !== header.size) refuseMember(header.name, "is truncated");
    await onFile("write", full, async () => {
      // Never setuid, setgid or sticky.
      const mode = (header.mode ?? 0o644) & PERMISSIONS;
      if (!isWindows) await Deno.chmod(full, mode);
      await file.utime(new Date(), timeOf(header));
    });
  }

  /** A hard link to a symbolic link is a symbolic link of the same text. */
  async #addHardLink(path: string, header: TarHeader): Promise<void> {
    const { name, linkname = "" } = header;
    const checked = memberPath(linkname, false);
    const target = checked.fault === undefined ? checked.value : undefined;
    const kind = target === undefined ? undefined : this.#kinds.get(target);
    if (target === undefined || kind === undefined || kind === "directory") {
      refuseMember(
        name,
        `is a hard link to ${quote(linkname)}, which is no file before it`,
      );
    }
    const link = this.#links.get(target);
    if (link !== undefined) {
      this.#addLink(path, header, link.target);
      return;
    }
    const full = join(this.#root, path);
    await newName(
      name,
      full,
      () => Deno.link(join(this.#root, target), full),
    );
    this.#kinds.set(path, "file");
  }

  #addLink(path: string, header: TarHeader, target: string): void {
    this.#kinds.set(path, "link");
    this.#links.set(path, { name: header.name, target, mtime: timeOf(header) });
  }

  async #makeLink(
    path: string,
    { name, target, mtime }: PendingLink,
  ): Promise<void> {
    const course = linkCourse(path, target);
    if (course.fault !== undefined) {
      refuseMember(name, `${course.fault}: ${quote(target)}`);
    }
    const { destination, left } = course.value;
    for (const directory of left) {
      if (this.#kinds.get(directory) !== "directory") {
        refuseMember(
          name,
          `has a target that goes back out of what is no directory: ` +
            quote(target),
        );
      }
    }
    const full = join(this.#root, path);
    const isDirectory = this.#kinds.get(destination) === "directory";
    await newName(name, full, () =>
      Deno.symlink(
        isWindows ? target.replaceAll("/", "\\") : target,
        full,
        // Windows has two kinds, and does not look for itself.
        { type: isDirectory ? "dir" : "file" },
      ));
    if (!isWindows) {
      await onFile("write", full, () => lutimes(full, new Date(), mtime));
    }
  }
}

function timeOf(header: TarHeader): Date {
  return header.mtime ?? new Date(0);
}

/**
 * Makes something under a name that no member before had. Where something stands
 * there all the same, the file system holds two names for one, as those that
 * differ in case only.
 */
function newName<T>(
  name: string,
  path: string,
  run: () => Promise<T>,
): Promise<T> {
  return onFile("write", path, async () => {
    try {
      return await run();
    } catch (cause) {
      if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
      const fault = "has the name of another on this file system";
      throw new ArchiveFault(`its member ${quote(name)} ${fault}`, { cause });
    }
  });
}
