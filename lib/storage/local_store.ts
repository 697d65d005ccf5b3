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
import { TEMPORARY_PREFIX, TemporaryFile } from "../files/temporary_file.ts";
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
  /** @default {8388608} */
  readonly maxPutSize?: number;
}

/** An {@linkcode ObjectStore} in a directory. */
export class LocalStore implements ObjectStore {
  readonly maxPutSize: number;
  readonly #root: string;
  /** Directories that are known to lie in the staging directory. */
  readonly #checked = new Map<string, Promise<void>>();

  /** @param stagingDir Made when the first object is stored. */
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
    const file = await onFile("read", path, () => Deno.open(path));
    try {
      const stat = await file.stat();
      if (!stat.isFile) {
        throw new StorageError("not-found", "it is not a file", {
          operation: "read",
          location: path,
        });
      }
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
      return { info, body: readRange(file, end - start, path) };
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
      if (failure instanceof StorageError && isAbsence(failure)) {
        return undefined;
      }
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
      if (error instanceof StorageError && isAbsence(error)) return [];
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
      await Deno.mkdir(dir, { recursive: true });
      const real = await Deno.realPath(dir);
      const below = relative(await Deno.realPath(this.#root), real);
      if (below.split(SEPARATOR)[0] === "..") {
        throw new StorageError(
          "access-denied",
          `a symbolic link leads out of the staging directory, to ${real}`,
          { operation: "write to", location: dir },
        );
      }
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
  readonly #modifiedAt: Date | undefined;
  /** Parts are written one after the other: a file has one position. */
  #writes: Promise<void> = Promise.resolve();

  constructor(
    file: TemporaryFile,
    partSize: number,
    location: OutputLocation,
    { modifiedAt }: PutOptions,
  ) {
    this.#file = file;
    this.#partSize = partSize;
    this.#location = location;
    this.#modifiedAt = modifiedAt;
  }

  putPart(part: ObjectPart, options: OperationOptions = {}): Promise<void> {
    const write = this.#writes.then(() => {
      options.signal?.throwIfAborted();
      const position = (part.number - 1) * this.#partSize;
      return this.#file.writeAt(position, part.bytes);
    });
    this.#writes = write.catch(() => {});
    return write;
  }

  async complete(options: OperationOptions = {}): Promise<ObjectInfo> {
    options.signal?.throwIfAborted();
    const stat = await this.#file.commit({ modifiedAt: this.#modifiedAt });
    return describeFile(this.#location, stat);
  }

  async abort(): Promise<void> {
    await this.#writes;
    await this.#file[Symbol.asyncDispose]();
  }
}

/** Streams the next bytes of a file, and closes it. */
function readRange(
  file: Deno.FsFile,
  length: number,
  path: string,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = length;
  return new ReadableStream({
    async pull(controller) {
      if (left <= 0) {
        file.close();
        controller.close();
        return;
      }
      const chunk = new Uint8Array(Math.min(left, 256 * 1024));
      const read = await onFile("read", path, () => file.read(chunk));
      if (read === null) {
        file.close();
        throw new StorageError(
          "source-changed",
          "it became shorter while it was read",
          { operation: "read", location: path },
        );
      }
      left -= read;
      controller.enqueue(chunk.subarray(0, read));
    },
    cancel() {
      file.close();
    },
  }, { highWaterMark: 0 });
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

function isAbsence(error: StorageError): boolean {
  return error.code === "not-found" || error.code === "wrong-file-type";
}
