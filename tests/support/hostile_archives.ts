/**
 * Archives that no unpacking may trust, made of tar headers that are written by
 * hand: no packer would.
 *
 * Fields and their places: POSIX.1-2017, "pax", "ustar Interchange Format", and
 * the GNU tar manual, "Basic Tar Format".
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { initModule, xzAsync } from "node-liblzma/wasm";

const BLOCK = 512;
const encoder = new TextEncoder();

/** What a header says; sizes that are no numbers are written as they are. */
export interface HeaderFields {
  readonly type?: string;
  readonly linkname?: string;
  readonly mode?: number;
  /** In seconds. */
  readonly mtime?: number;
  /** @default {length of the body} */
  readonly size?: number | Uint8Array;
  readonly prefix?: string;
}

/** A header, and what follows it up to the next one. */
export function member(
  name: string | Uint8Array,
  body: string | Uint8Array = "",
  fields: HeaderFields = {},
): Uint8Array<ArrayBuffer> {
  const content = typeof body === "string" ? encoder.encode(body) : body;
  const { size = content.length } = fields;
  const block = new Uint8Array(BLOCK);
  const put = (offset: number, value: string | Uint8Array) =>
    block.set(
      typeof value === "string" ? encoder.encode(value) : value,
      offset,
    );
  const octal = (value: number, length: number) =>
    `${value.toString(8).padStart(length - 1, "0")}\0`;
  put(0, name);
  put(100, octal(fields.mode ?? 0o644, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, typeof size === "number" ? octal(size, 12) : size);
  put(136, octal(fields.mtime ?? 1_700_000_000, 12));
  put(148, " ".repeat(8));
  put(156, fields.type ?? "0");
  put(157, fields.linkname ?? "");
  put(257, "ustar\x0000");
  put(345, fields.prefix ?? "");
  put(148, `${octal(block.reduce((sum, byte) => sum + byte, 0), 7)} `);
  const padding = new Uint8Array(-content.length & BLOCK - 1);
  return join(block, content, padding);
}

export const directory = (name: string) =>
  member(name, "", { type: "5", mode: 0o755 });

export const symlink = (name: string, linkname: string) =>
  member(name, "", { type: "2", linkname, mode: 0o777 });

export const hardLink = (name: string, linkname: string) =>
  member(name, "", { type: "1", linkname });

/** An extended header for the member that follows it. */
export function pax(
  records: Readonly<Record<string, string>>,
  type = "x",
): Uint8Array<ArrayBuffer> {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = encoder.encode(` ${key}=${value}\n`).length;
    let length = rest;
    while (rest + `${length}`.length !== length) length++;
    return `${length} ${key}=${value}\n`;
  });
  return member("PaxHeader", lines.join(""), { type });
}

/** Members with the end of an archive. */
export function tarOf(...members: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return join(...members, new Uint8Array(2 * BLOCK));
}

export async function zst(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  // With a checksum, as the command `zstd` does and the library does not.
  const params = { [constants.ZSTD_c_checksumFlag]: 1 };
  return new Uint8Array(await promisify(zstdCompress)(bytes, { params }));
}

export async function xz(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  await initModule();
  return new Uint8Array(await xzAsync(Buffer.from(bytes)));
}

export function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

/** An archive to be refused. */
export interface HostileArchive {
  readonly name: string;
  /** Of the tar archive, not compressed. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What the refusal must say. */
  readonly reason: RegExp;
}

const ABSOLUTE = /is absolute/;
const UP = /relative path segment/;
const BACK_SLASH = /back-slash/;
const DRIVE = /drive letter/;
const CONTROL = /control character/;
const EMPTY = /is empty/;
const BELOW = /lies below the (?:link|file)/;
const TWICE = /is there twice/;
const OUT = /leads out/;
const BACK = /goes back out/;
const NO_FILE = /no file before it/;

/** `OUTSIDE` stands for the absolute path of the directory outside. */
const NAMES: readonly (readonly [string, RegExp, string])[] = [
  ["an absolute name", ABSOLUTE, "OUTSIDE/evil"],
  ["a name that goes up", UP, "../outside/evil"],
  ["a name that goes up later", UP, "a/../../outside/evil"],
  ["a name that goes up behind ./", UP, "./../outside/evil"],
  ["a name that ends in ..", UP, "a/.."],
  ["a name with back-slashes", BACK_SLASH, "..\\outside\\evil"],
  ["a drive letter", DRIVE, "C:/evil"],
  ["a drive letter with a back-slash", BACK_SLASH, "C:\\evil"],
  ["a control character", CONTROL, "evil\x1b[2J"],
  ["a line break", CONTROL, "a\nb"],
  ["a NUL", CONTROL, "a\0b"],
  ["an empty name", EMPTY, ""],
  ["two slashes", EMPTY, "a//evil"],
  ["a dot within", UP, "a/./evil"],
  ["./ and an absolute name", ABSOLUTE, "./OUTSIDE/evil"],
];

const TARGETS: readonly (readonly [string, RegExp, string])[] = [
  ["an absolute target", /absolute target/, "OUTSIDE"],
  ["a target that goes up", OUT, "../outside"],
  ["a target that goes up late", OUT, "a/../../outside"],
  ["a target with back-slashes", BACK_SLASH, "..\\outside"],
  ["a target with a drive letter", DRIVE, "C:/Windows"],
  ["an empty target", /empty target/, ""],
  ["a target with a control character", CONTROL, "a\nb"],
];

/** Members as in {@linkcode shorthand}. */
const TREES: readonly (readonly [string, RegExp, string])[] = [
  ["a dot for a file", UP, "."],
  ["a member below a link out", BELOW, "l -> ../outside, l/evil"],
  ["a member below a link inside", BELOW, "d/, l -> d, l/evil"],
  ["a directory below a link", BELOW, "l -> .., l/evil/"],
  ["a file over a link", TWICE, "l -> ../outside/secret.txt, l"],
  ["a directory over a link", TWICE, "l -> ../outside, l/, l/evil"],
  ["a link over a directory", TWICE, "d/, d -> ../outside, d/evil"],
  ["a link over what has members", TWICE, "d/f, d -> ../outside"],
  ["a link for the root", EMPTY, "./ -> ../outside"],
  ["a chain that leads out", BACK, "d/e/, d/e/l -> ../.., m -> d/e/l/../x"],
  ["a chain up through a link", BACK, "d -> ., e -> d/../outside"],
  ["a chain that a later link opens", BACK, "m -> l/../outside, l -> ."],
  ["a target through what is not there", BACK, "m -> absent/../x"],
  ["a target through a file", BACK, "m -> good/../x"],
  ["two members of one name", TWICE, "f, f"],
  ["two members of one name, one with ./", TWICE, "f, ./f"],
  ["a file for a directory", TWICE, "d/, d"],
  ["a directory for a file", TWICE, "f, f/"],
  ["a member below a file", BELOW, "f, f/evil"],
  ["a hard link to the outside", NO_FILE, "h => ../outside/secret.txt"],
  ["a hard link to an absolute path", NO_FILE, "h => /etc/passwd"],
  ["a hard link to nothing", NO_FILE, "h => absent"],
  ["a hard link to a later member", NO_FILE, "h => later, later"],
  ["a hard link to a directory", NO_FILE, "d/, h => d"],
  ["a hard link to itself", NO_FILE, "h => h"],
  ["a hard link through a link", NO_FILE, "l -> ../outside, h => l/secret"],
  ["a hard link to a link out", OUT, "l -> ../outside/secret.txt, h => l"],
  ["a hard link that moves a link out", OUT, "d/l -> ../good, h => d/l"],
  ["a file over a hard link", TWICE, "h => good, h"],
];

/** `d/` a directory, `l -> t` a symbolic link, `h => t` a hard one. */
function shorthand(members: string): Uint8Array<ArrayBuffer>[] {
  return members.split(", ").map((text) => {
    const [name = "", arrow, target = ""] = text.split(" ");
    if (arrow === "->") return symlink(name, target);
    if (arrow === "=>") return hardLink(name, target);
    return name.endsWith("/") ? directory(name) : member(name, "evil");
  });
}

/**
 * Archives that try to write, or to link, outside of their directory, or to be
 * something else than they seem.
 *
 * @param outside Absolute path of a directory with a file `secret.txt`, beside
 * the directory that is unpacked into.
 */
export function hostileArchives(outside: string): HostileArchive[] {
  const bad: HostileArchive[] = [];
  // A good member first: what was unpacked before must go too.
  const add = (name: string, reason: RegExp, ...members: Uint8Array[]) =>
    bad.push({ name, reason, bytes: tarOf(member("good"), ...members) });
  const x = member("x", "data");

  for (const [name, reason, text] of NAMES) {
    const path = text.replace("OUTSIDE", outside);
    add(`${name}, of a file`, reason, pax({ path }), x);
    add(`${name}, of a directory`, reason, pax({ path }), directory("x"));
    // A NUL ends a name there, and not every name fits.
    if (path.length > 99 || path.includes("\0")) continue;
    add(`${name}, in the header itself`, reason, member(path, "evil"));
    const long = member("././@LongLink", `${path}\0`, { type: "L" });
    add(`${name}, as a GNU long name`, reason, long, x);
  }
  for (const [name, reason, text] of TARGETS) {
    const linkpath = text.replace("OUTSIDE", outside);
    const link = symlink("l", "x");
    add(`a link with ${name}`, reason, pax({ linkpath }), link);
    const long = member("././@LongLink", `${linkpath}\0`, { type: "K" });
    add(`a GNU link with ${name}`, reason, directory("a"), long, link);
  }
  for (const [name, reason, members] of TREES) {
    add(name, reason, ...shorthand(members));
  }
  const prefixed = member("evil", "x", { prefix: "../outside" });
  add("a prefix that goes up", UP, prefixed);
  const latin1 = member(new Uint8Array([0x66, 0xfc, 0x72]));
  add("a name that is not UTF-8", /not valid UTF-8/, latin1);
  addTypes(add);
  addNumbers(add);
  addExtended(add);

  add("an impossible time", /modification time/, pax({ mtime: "1e300" }), x);
  add("a second archive behind the end", /Invalid EOF/, tarOf(), tarOf(x));
  const forged = x.slice();
  forged[0] = 0x79;
  add("a header with a wrong checksum", /checksum/, forged);
  return bad;
}

type Add = (name: string, reason: RegExp, ...members: Uint8Array[]) => void;

function addTypes(add: Add): void {
  const of = (type: string) => member("f", "", { type });
  add("a character device", /is a character-device/, of("3"));
  add("a block device", /is a block-device/, of("4"));
  add("a named pipe", /is a fifo/, of("6"));
  for (const type of ["V", "M", "D", "N", "A", "Z", "8"]) {
    add(`the type ${type}`, /unknown type/, of(type));
  }
  add("a sparse file of the old GNU format", /sparse/, of("S"));
  const sparse = pax({ "GNU.sparse.major": "1", "GNU.sparse.name": "f" });
  add("a sparse file of the PAX format", /sparse/, sparse, of("0"));
}

function addNumbers(add: Add): void {
  const of = (size: Uint8Array) => member("f", "", { size });
  const impossible = /negative or impossible/;
  add("a negative size", impossible, of(new Uint8Array(12).fill(0xff)));
  const huge = new Uint8Array(12).fill(0xff, 4);
  huge[0] = 0x80;
  add("a size beyond numbers", impossible, of(huge));
  const tooLarge = new Uint8Array([0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  add("a size beyond the archive", /truncated/i, of(tooLarge));
  const signed = encoder.encode("-0000000010\0");
  add("a size with a sign", /no tar archive/, of(signed));
  for (const size of ["-512", "1e3", "99999999999999999999", "0x10", ""]) {
    const name = `an extended size ${JSON.stringify(size)}`;
    add(name, /of the size/, pax({ size }), member("f", "data"));
  }
}

function addExtended(add: Add): void {
  const f = member("f", "data");
  for (const key of ["path", "linkpath", "size"]) {
    const global = pax({ [key]: "1" }, "g");
    add(`a global ${key}`, /global header sets/, global, f);
  }
  const bodies = "99 path=x\n|10 path=x |path=x\n|0 path=x\n|-9 path=x\n|" +
    "9 path:x\n|9 =pathx\n";
  for (const body of bodies.split("|")) {
    const name = `the extended header ${JSON.stringify(body)}`;
    const header = member("PaxHeader", body, { type: "x" });
    add(name, /cannot be read/, header, f);
  }
  const [dropped, kept] = [pax({ path: "a" }), pax({ mtime: "1" })];
  add("an extended header that is dropped", /no known order/, dropped, kept, f);
  const large = member("PaxHeader", new Uint8Array(2 ** 20 + 1), { type: "x" });
  add("an extended header beyond measure", /more than 1 MiB/, large, f);
}
