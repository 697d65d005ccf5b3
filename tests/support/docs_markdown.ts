/**
 * The documents, and the parts of Markdown that their tests look at.
 *
 * @module
 */

import { assert } from "@std/assert";
import { join, relative, resolve } from "@std/path";
import { walkFiles } from "../../lib/files/walk.ts";

/** The project's directory. */
export const project = resolve(import.meta.dirname ?? ".", "../..");

/** A file of text. */
export interface Document {
  /** Path in the project, with `/`. */
  readonly name: string;
  readonly text: string;
}

/** A fenced block. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Whether it follows another block with nothing between them. */
  readonly follows: boolean;
}

/** All documents. */
export async function readDocuments(): Promise<Document[]> {
  const { files } = await walkFiles(join(project, "docs"), {
    include: ["*.md"],
  });
  const names = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    ...files.map((file) => `docs/${file}`),
  ];
  return await Promise.all(names.map(readDocument));
}

/** The workflows of GitHub Actions. */
export async function readWorkflows(): Promise<Document[]> {
  const dir = ".github/workflows";
  const { files } = await walkFiles(join(project, dir));
  return await Promise.all(files.map((file) => readDocument(`${dir}/${file}`)));
}

async function readDocument(name: string): Promise<Document> {
  const text = await Deno.readTextFile(join(project, name));
  return { name, text: text.replaceAll("\r\n", "\n") };
}

const FENCE = /^(`{3,})(\S*)\n([\s\S]*?)^\1$/gm;

/** The fenced blocks of a document. */
export function blocks(markdown: string): Block[] {
  let end = -1;
  return [...markdown.matchAll(FENCE)].map((match) => {
    const [all, , language = "", text = ""] = match;
    const between = markdown.slice(end, match.index);
    const follows = end >= 0 && between.trim() === "";
    end = match.index + all.length;
    return { language, text, follows };
  });
}

/** Markdown without its fenced blocks. */
export function prose(markdown: string): string {
  return markdown.replace(FENCE, "");
}

/** The text below a heading, to the next one of its level or above. */
export function section(markdown: string, title: string): string {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) =>
    /^#+ /.test(line) && line.replace(/^#+ /, "") === title
  );
  assert(start >= 0, `There is no section ${title}`);
  const level = lines[start]?.indexOf(" ") ?? 0;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => {
    const found = /^(#+) /.exec(line)?.[1]?.length;
    return found !== undefined && found <= level;
  });
  return rest.slice(0, end < 0 ? undefined : end).join("\n");
}

/** What stands in back-quotes at the beginning of each row of a table. */
export function firstCells(markdown: string): string[] {
  return [...markdown.matchAll(/^\| `([^`]+)` /gm)].map(([, cell = ""]) =>
    cell
  );
}

/** The anchors that GitHub gives to headings. */
export function anchors(markdown: string): string[] {
  return [...prose(markdown).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-")
  );
}

/** A path as the project knows it: relative, with `/`. */
export function inProject(path: string): string {
  return relative(project, resolve(project, path)).replaceAll("\\", "/");
}

/** Whether there is anything at a path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
