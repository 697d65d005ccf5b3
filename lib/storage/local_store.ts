/**
 * A store in a directory of this machine: the staging directory.
 *
 * Objects are files below it, at the relative path of their location; the
 * bucket is not part of the path.
 *
 * @module
 */

import { dirname, join, relative, SEPARATOR } from "@std/path";
import { compareCodePoints } from "../code_point_order.ts";
import { inferContentType } from "../content_type.ts";
import { StorageError } from "../errors.ts";
import type { OutputLocation } from "../output_location.ts";
import { readRange } from "../files/read_range.ts";
import { TemporaryFile } from "../files/temporary_file.ts";
import { TEMPORARY_PREFIX } from "../files/temporary_name.ts";
import { segmentFault } from "../path_segment.ts";
import { fromFileError, onFile } from "../files/file_errors.ts";
import type {
  GetOptions,
  ListOptions,
  MultipartUpload,
  ObjectBody,
  ObjectInfo,
  ObjectPart,
  ObjectReader,
  ObjectStore,
  OperationOptions,
  PutOptions,
} from "./object_store.ts";

/** Options of {@linkcode LocalStore}. */
export interface LocalStoreOptions {
  /**
   * Largest object that is written at once, in bytes; what is larger is
   * written in parts. @default {8388608}
   */
  readonly maxPutSize?: number;
}

/**
 * An {@linkcode ObjectStore} in a directory.
 *
 * @example
 * ```ts ignore
 * import { OutputLocation } from "../output_location.ts";
 * import { LocalStore } from "./local_store.ts";
 * import { bytesBody } from "./object_store.ts";
 *
 * const store = new LocalStore("staging");
 * // Becomes staging/123-linux/build.log.
 * await store.put(
 *   new OutputLocation("local", "123-linux/build.log"),
 *   bytesBody("build.log", new TextEncoder().encode("done\n")),
 *   { contentType: "text/plain" },
 * );
 * ```
 */
export class LocalStore implements ObjectStore {
  readonly maxPutSize: number;
  readonly #root: string;
  /** Directories that are known to lie in the staging directory. */
  readonly #checked = new Map<string, Promise<void>>();

  /**
   * Touches nothing yet.
   *
   * @param stagingDir Made when the first object is stored.
   */
  constructor(stagingDir: string, options: LocalStoreOptions = {}) {
    this.#root = stagingDir;
    this.maxPutSize = options.maxPutSize ?? 8 * 1024 * 1024;
  }

  describe(location: OutputLocation): string {
    return location.localPath(this.#root);
  }

  async put(
    location: OutputLocation,
    body: ObjectBody,
    options: PutOptions,
  ): Promise<ObjectInfo> {
    const upload = await this.beginMultipart(location, body.size, options);
    try {
      const bytes = await body.bytes();
      await upload.putPart({ number: 1, bytes }, options);
      return await upload.complete(options);
    } catch (error) {
      await upload.abort();
      throw error;
    }
  }

  async beginMultipart(
    location: OutputLocation,
    partSize: number,
    options: PutOptions,
  ): Promise<MultipartUpload> {
    options.signal?.throwIfAborted();
    const path = this.describe(location);
    await this.#prepareDirectory(dirname(path));
    const file = await TemporaryFile.create(path);
    return new LocalUpload(file, partSize, location, options);
  }

  async get(
    location: OutputLocation,
    options: GetOptions = {},
  ): Promise<ObjectReader> {
    options.signal?.throwIfAborted();
    const path = this.describe(location);
    const file = await onFile("read", path, () => Deno.open(path))
      .catch((error) => {
        throw isAbsence(error) ? notFound(path, error) : error;
      });
    try {
      const stat = await file.stat();
      if (!stat.isFile) throw notFound(path);
      const info = describeFile(location, stat);
      if (options.ifMatch !== undefined && options.ifMatch !== info.etag) {
        throw new StorageError(
          "precondition-failed",
          "it has changed meanwhile",
          { operation: "read", location: path },
        );
      }
      const start = options.start ?? 0;
      const end = Math.min(options.end ?? info.size, info.size);
      await file.seek(start, Deno.SeekMode.Start);
      return {
        info,
        body: readRange(file, end - start, path, options.signal),
      };
    } catch (error) {
      file.close();
      throw fromFileError(error, "read", path);
    }
  }

  async head(
    location: OutputLocation,
    options: OperationOptions = {},
  ): Promise<ObjectInfo | undefined> {
    options.signal?.throwIfAborted();
    const path = this.describe(location);
    try {
      const stat = await Deno.stat(path);
      return stat.isFile ? describeFile(location, stat) : undefined;
    } catch (error) {
      const failure = fromFileError(error, "read", path);
      if (isAbsence(failure)) return undefined;
      throw failure;
    }
  }

  async *list(
    below: OutputLocation,
    options: ListOptions = {},
  ): AsyncIterable<ObjectInfo> {
    const names: string[] = [];
    for await (const name of this.#walk(this.describe(below), "", options)) {
      names.push(name);
    }
    const objects = names.map((name) => below.child(name));
    objects.sort((a, b) => compareCodePoints(a.relativePath, b.relativePath));
    for (const location of objects) {
      if (
        options.startAfter !== undefined &&
        compareCodePoints(location.relativePath, options.startAfter) <= 0
      ) continue;
      const info = await this.head(location, options);
      if (info !== undefined) yield info;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async *#walk(
    dir: string,
    prefix: string,
    options: ListOptions,
  ): AsyncIterable<string> {
    options.signal?.throwIfAborted();
    const entries = await onFile(
      "list",
      dir,
      () => Array.fromAsync(Deno.readDir(dir)),
    ).catch((error) => {
      if (isAbsence(error)) return [];
      throw error;
    });
    for (const entry of entries) {
      // What cannot be the name of an object was not put there by this store.
      if (segmentFault(entry.name) !== undefined) continue;
      if (entry.isFile && !entry.name.startsWith(TEMPORARY_PREFIX)) {
        yield prefix + entry.name;
      } else if (entry.isDirectory && !options.shallow) {
        yield* this.#walk(
          join(dir, entry.name),
          `${prefix}${entry.name}/`,
          options,
        );
      }
    }
  }

  /**
   * Makes a directory, and makes sure that no symbolic link leads it out of
   * the staging directory.
   */
  #prepareDirectory(dir: string): Promise<void> {
    const known = this.#checked.get(dir);
    if (known !== undefined) return known;
    const prepared = onFile("create", dir, async () => {
      await Deno.mkdir(this.#root, { recursive: true });
      // Before it is made: nothing must be made outside either.
      const real = await realPathOfNearest(dir);
      const below = relative(await Deno.realPath(this.#root), real);
      if (below.split(SEPARATOR)[0] === "..") {
        throw new StorageError(
          "access-denied",
          `a symbolic link leads out of the staging directory, to ${real}`,
          { operation: "write to", location: dir },
        );
      }
      await Deno.mkdir(dir, { recursive: true });
    });
    this.#checked.set(dir, prepared);
    prepared.catch(() => this.#checked.delete(dir));
    return prepared;
  }
}

/** An object that is written into a temporary file. */
class LocalUpload implements MultipartUpload {
  readonly #file: TemporaryFile;
  readonly #partSize: number;
  readonly #location: OutputLocation;
  readonly #options: PutOptions;
  /** What became of it, once it is completed. */
  #stored: ObjectInfo | undefined;

  constructor(
    file: TemporaryFile,
    partSize: number,
    location: OutputLocation,
    options: PutOptions,
  ) {
    this.#file = file;
    this.#partSize = partSize;
    this.#location = location;
    this.#options = options;
  }

  async putPart(
    part: ObjectPart,
    options: OperationOptions = {},
  ): Promise<void> {
    options.signal?.throwIfAborted();
    const position = (part.number - 1) * this.#partSize;
    await this.#file.writeAt(position, part.bytes);
  }

  async complete(options: OperationOptions = {}): Promise<ObjectInfo> {
    options.signal?.throwIfAborted();
    if (this.#stored === undefined) {
      const { condition, modifiedAt } = this.#options;
      const replace = condition === undefined || "ifMatch" in condition;
      if (condition !== undefined && "ifMatch" in condition) {
        await this.#checkEtag(condition.ifMatch);
      }
      const stat = await this.#file.commit({ modifiedAt, replace });
      this.#stored = describeFile(this.#location, stat);
    }
    return this.#stored;
  }

  async abort(): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }

  async #checkEtag(etag: string): Promise<void> {
    const { path } = this.#file;
    const stat = await onFile("read", path, () => Deno.stat(path))
      .catch((error) => {
        if (isAbsence(error)) return undefined;
        throw error;
      });
    if (stat && describeFile(this.#location, stat).etag === etag) return;
    throw new StorageError("precondition-failed", "it has changed meanwhile", {
      operation: "write",
      location: path,
    });
  }
}

/** Where a directory really is, or the nearest one above it that exists. */
async function realPathOfNearest(dir: string): Promise<string> {
  for (let path = dir;; path = dirname(path)) {
    try {
      return await Deno.realPath(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function describeFile(
  location: OutputLocation,
  stat: Deno.FileInfo,
): ObjectInfo {
  return {
    location,
    size: stat.size,
    etag: `"${stat.ino ?? 0}-${stat.size}-${stat.mtime?.getTime() ?? 0}"`,
    contentType: inferContentType(location.name),
    modifiedAt: stat.mtime ?? undefined,
  };
}

/** Also where a file stands in the way: below it there is no object. */
function isAbsence(error: unknown): boolean {
  return error instanceof StorageError &&
    (error.code === "not-found" || error.code === "wrong-file-type");
}

function notFound(path: string, cause?: unknown): StorageError {
  return new StorageError("not-found", "no such file", {
    operation: "read",
    location: path,
    cause,
  });
}
