/**
 * Errors of the file system and of Deno's permissions, as `StorageError`s.
 *
 * @module
 */

import { type ErrorCode, StorageError } from "../errors.ts";
import { withoutTemporaryName } from "./temporary_name.ts";

const BY_ERRNO: Readonly<Record<string, [ErrorCode, string]>> = {
  EACCES: ["access-denied", "permission denied"],
  EPERM: ["access-denied", "operation not permitted"],
  EROFS: ["access-denied", "the file system is read-only"],
  ENOENT: ["not-found", "no such file or directory"],
  ENOTDIR: ["wrong-file-type", "a file stands where a directory should be"],
  EISDIR: ["wrong-file-type", "a directory stands where a file should be"],
  EEXIST: ["wrong-file-type", "something else stands there"],
  ENOTEMPTY: ["wrong-file-type", "a directory stands where a file should be"],
  ENOSPC: ["disk-full", "no space left on the device"],
  EDQUOT: ["disk-full", "the disk quota is used up"],
  EFBIG: ["disk-full", "the file is larger than the file system allows"],
  EMFILE: ["failed", "too many open files"],
  ENAMETOOLONG: ["invalid-value", "the name is too long for the file system"],
  ELOOP: ["wrong-file-type", "too many symbolic links"],
  EBUSY: ["failed", "the file is in use"],
  ETXTBSY: ["failed", "the file is being executed"],
  ENXIO: ["failed", "the device or pipe is not there"],
  EIO: ["failed", "input/output error of the device"],
};

/** The error that the operating system or Deno gave, in a form of ours. */
export function fromFileError(
  error: unknown,
  operation: string,
  path: string,
): unknown {
  if (error instanceof Deno.errors.NotCapable) {
    return new StorageError("not-permitted", permissionHint(error), {
      operation,
      location: path,
      cause: error,
    });
  }
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const [code, reason] = BY_ERRNO[errno] ?? ["failed", `${errno}`];
  return new StorageError(code, reason, {
    operation,
    location: path,
    cause: error,
  });
}

/** Runs an operation on a file, with its errors in our form. */
export async function onFile<T>(
  operation: string,
  path: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw fromFileError(error, operation, path);
  }
}

/**
 * What to do about a missing permission, from the words in which Deno reports
 * it: `Requires net access to "host:80", run again with the --allow-net flag`.
 */
export function permissionHint(error: Error): string {
  const match =
    /^Requires (.+?) access(?: to (?:"(.*)"|(.*)))?, run again with the (--allow-[\w-]+) flag/
      .exec(error.message);
  const [, kind, quoted, bare, flag] = match ?? [];
  if (!kind || !flag) return error.message;
  // The user knows the directory, not the temporary name in it.
  const what = withoutTemporaryName(quoted ?? bare ?? "<all>");
  const narrow = !what.startsWith("<") && flag !== "--allow-all";
  return `Deno has no permission for ${kind} access` +
    (narrow
      ? ` to ${what}: run again with ${flag}=${what}`
      : `: run again with ${flag}`);
}

function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" && /^E[A-Z0-9]+$/.test(code)) return code;
  // Deno gives no code for some errors, only the system's number.
  const number = /\(os error (\d+)\)/.exec(error.message)?.[1];
  if (number === undefined) return undefined;
  const name = Deno.build.os === "windows" ? undefined : POSIX_ERRNO[number];
  return name ?? `os error ${number}`;
}

/** Numbers that Linux and macOS share. */
const POSIX_ERRNO: Readonly<Record<string, string>> = {
  6: "ENXIO",
  26: "ETXTBSY",
  27: "EFBIG",
};
