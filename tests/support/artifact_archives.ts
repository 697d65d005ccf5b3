/**
 * Artifact archives with everything that they may hold: programs, symbolic
 * and hard links, empty directories; and what must come out of them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { dirname, join } from "@std/path";
import { packTar, type TarEntry } from "modern-tar";
import { initModule, xzAsync } from "node-liblzma/wasm";
import { digest } from "./tree.ts";

/** Without a time of its own, no two archives would be alike. */
const MTIME = new Date(1_700_000_000_000);

const encoder = new TextEncoder();
const isWindows = Deno.build.os === "windows";

/** The tree that the manifest of an artifact lists. */
export function treeOf(fileName: string): string {
  return `components/${nameOf(fileName)}/stage`;
}

function nameOf(fileName: string): string {
  return fileName.split("_")[0] ?? fileName;
}

function entriesOf(fileName: string): TarEntry[] {
  const tree = treeOf(fileName);
  const name = nameOf(fileName);
  const file = (path: string, content: string, mode = 0o644): TarEntry => ({
    header: {
      name: path,
      type: "file",
      size: encoder.encode(content).length,
      mode,
      mtime: MTIME,
    },
    body: content,
  });
  const special = (
    path: string,
    type: "symlink" | "link" | "directory",
    linkname?: string,
  ): TarEntry => ({
    header: { name: path, type, linkname, size: 0, mode: 0o750, mtime: MTIME },
  });
  return [
    file("artifact_manifest.txt", `${tree}\n`),
    file(`${tree}/bin/${name}`, `#!/bin/sh\necho ${fileName}\n`, 0o755),
    file(`${tree}/lib/lib${name}.so.1`, `${fileName}\n`.repeat(2000)),
    special(`${tree}/lib/lib${name}.so`, "symlink", `lib${name}.so.1`),
    special(`${tree}/lib/${name}`, "symlink", `../bin/${name}`),
    special(
      `${tree}/lib/lib${name}.so.1.0`,
      "link",
      `${tree}/lib/lib${name}.so.1`,
    ),
    special(`${tree}/share/${name}`, "directory"),
    file(`${tree}/share/shared-${name}.txt`, "read-only\n", 0o444),
  ];
}

/** What `describeTree` says of an unpacked archive, below a path. */
export function unpackedTree(
  fileName: string,
  below = "",
): Record<string, string> {
  const described: Record<string, string> = {};
  const contents = new Map<string, string>();
  const at = (path: string) => `${below}${path}`;
  for (const { header, body } of entriesOf(fileName)) {
    const { name, type, mode = 0, linkname = "" } = header;
    for (let dir = dirname(name); dir !== "."; dir = dirname(dir)) {
      described[at(dir)] ??= describe("directory", 0o755, "");
    }
    if (type === "symlink") {
      described[at(name)] = `link to ${linkname}`;
    } else if (type === "link") {
      described[at(name)] = described[at(linkname)] ?? "";
    } else if (type === "directory") {
      described[at(name)] = describe("directory", mode, "");
    } else {
      contents.set(name, String(body));
      described[at(name)] = describe("file", mode, sha256(String(body)));
    }
  }
  if (below !== "") {
    described[below.slice(0, -1)] = describe("directory", 0o755, "");
  }
  return described;
}

/** What `describeTree` says of the listed tree alone, merged into a directory. */
export function flattenedTree(fileName: string): Record<string, string> {
  const tree = `${treeOf(fileName)}/`;
  return Object.fromEntries(
    Object.entries(unpackedTree(fileName)).filter(([path]) =>
      path.startsWith(tree)
    ).map(([path, text]) => [path.slice(tree.length), text]),
  );
}

/** Everything below a directory: kinds, modes, digests, targets of links. */
export async function describeTree(
  dir: string,
  prefix = "",
): Promise<Record<string, string>> {
  const described: Record<string, string> = {};
  for await (const entry of Deno.readDir(join(dir, prefix))) {
    const path = `${prefix}${entry.name}`;
    const full = join(dir, path);
    const mode = (await Deno.lstat(full)).mode ?? 0;
    if (entry.isSymlink) {
      const target = await Deno.readLink(full);
      described[path] = `link to ${target.replaceAll("\\", "/")}`;
    } else if (entry.isDirectory) {
      described[path] = describe("directory", mode, "");
      Object.assign(described, await describeTree(dir, `${path}/`));
    } else {
      described[path] = describe("file", mode, await digest(full));
    }
  }
  return described;
}

function describe(kind: string, mode: number, content: string): string {
  // Windows has no such modes.
  const bits = isWindows ? "" : (mode & 0o777).toString(8);
  return [kind, bits, content].filter((word) => word !== "").join(" ");
}

/** A true archive of an artifact, compressed as its name says. */
export async function makeArchive(
  fileName: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const tar = await packTar(entriesOf(fileName));
  if (fileName.endsWith(".zst")) {
    return new Uint8Array(await promisify(zstdCompress)(tar));
  }
  await initModule();
  return new Uint8Array(await xzAsync(Buffer.from(tar)));
}

/** Writes archives into a directory, each with its digest file beside it. */
export async function writeArchives(
  dir: string,
  fileNames: readonly string[],
): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  for (const fileName of fileNames) {
    const bytes = await makeArchive(fileName);
    await Deno.writeFile(join(dir, fileName), bytes);
    await Deno.writeTextFile(
      join(dir, `${fileName}.sha256sum`),
      `${sha256(bytes)}  ${fileName}\n`,
    );
  }
}

/** SHA-256 in hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
