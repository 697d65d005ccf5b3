/**
 * Which names and links an archive may have. Pure: no file is looked at.
 *
 * @module
 */

import { segmentFault } from "../path_segment.ts";

const REPLACEMENT = "\ufffd";
// What Win32 gives a meaning of its own: "Naming Files, Paths, and Namespaces"
// of Microsoft's documentation. A trailing dot or space is dropped there, so
// that ".. " would be "..".
const WINDOWS_FAULT =
  /[<>:"|?*]|[. ]$|^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?: *\..*)?$/i;

/** The outcome of a check: the text says what is wrong. */
export type Checked<T> =
  | { readonly value: T; readonly fault?: undefined }
  | { readonly fault: string };

/**
 * Checks a relative path with `/` that must stay inside its directory, and
 * hence have no `.`, `..` or empty segment.
 *
 * @param windows Whether it is to be a path on Windows.
 */
export function pathFault(
  path: string,
  windows: boolean = Deno.build.os === "windows",
): string | undefined {
  if (path === "") return "is empty";
  if (path.startsWith("/")) return "is absolute";
  // Bytes that are no UTF-8 have been replaced: the true name is lost.
  if (path.includes(REPLACEMENT)) return "is not valid UTF-8";
  for (const segment of path.split("/")) {
    const fault = nameFault(segment, windows);
    if (fault !== undefined) return `has a segment that ${fault}`;
  }
  return undefined;
}

function nameFault(segment: string, windows: boolean): string | undefined {
  const meansMore = windows && WINDOWS_FAULT.test(segment);
  return segmentFault(segment) ??
    (meansMore ? "means something else on Windows" : undefined);
}

/**
 * Checks the name of an archive's member.
 *
 * `tar` writes a slash behind the names of directories, and `./` before every
 * name when it is told to pack `.`; both are taken off. The value is `""` for
 * the directory itself.
 */
export function memberPath(
  name: string,
  isDirectory: boolean,
  windows?: boolean,
): Checked<string> {
  if (isDirectory && (name === "." || name === "./")) return { value: "" };
  let path = name.startsWith("./") ? name.slice(2) : name;
  if (isDirectory && path.endsWith("/")) path = path.slice(0, -1);
  const fault = pathFault(path, windows);
  return fault === undefined ? { value: path } : { fault };
}

/** Where a symbolic link leads. */
export interface LinkCourse {
  /** Relative to the root directory, `""` for the root itself. */
  readonly destination: string;
  /**
   * Paths that the target goes back out of (`a` in `a/../b`). Each must be a
   * true directory: were it a link, `..` would lead somewhere else.
   */
  readonly left: readonly string[];
}

/**
 * Checks the target of a symbolic link, which must stay inside the root.
 *
 * The target is followed from the link's own directory, which is no link. When
 * every link of a tree passes this check, and every path of `left` is a true
 * directory, no chain of links leads out: after the first `..`s a course only
 * goes down, through true directories and through links that stay inside
 * themselves.
 *
 * @param path Path of the link, relative to the root.
 */
export function linkCourse(
  path: string,
  target: string,
  windows: boolean = Deno.build.os === "windows",
): Checked<LinkCourse> {
  if (target === "") return { fault: "has an empty target" };
  if (target.startsWith("/")) return { fault: "has an absolute target" };
  if (target.includes(REPLACEMENT)) {
    return { fault: "has a target that is not valid UTF-8" };
  }
  const at = path.split("/").slice(0, -1);
  const left: string[] = [];
  let depth = 0;
  for (const segment of target.split("/")) {
    // As the system reads it: "a//b" and "a/./b" are "a/b".
    if (segment === "" || segment === ".") continue;
    if (segment === "..") {
      if (at.length === 0) return { fault: "leads out of the directory" };
      if (depth > 0) {
        left.push(at.join("/"));
        depth--;
      }
      at.pop();
      continue;
    }
    const fault = nameFault(segment, windows);
    if (fault !== undefined) {
      return { fault: `has a target with a segment that ${fault}` };
    }
    at.push(segment);
    depth++;
  }
  return { value: { destination: at.join("/"), left } };
}

/**
 * Says what is wrong with the path of a tree that an archive's manifest lists.
 * A slash behind it does not count.
 */
export function treeFault(path: string): string | undefined {
  return pathFault(treeSegments(path).join("/"));
}

/** The segments of the path of a tree. */
export function treeSegments(path: string): string[] {
  return (path.endsWith("/") ? path.slice(0, -1) : path).split("/");
}
