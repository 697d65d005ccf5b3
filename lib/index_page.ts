/**
 * Pages that list files: one self-contained HTML document each, readable
 * without JavaScript, sortable with it.
 *
 * @module
 */

import { escapeUTF8 as escapeHtml } from "entities/escape";
import { encodePath } from "./output_location.ts";
import { INDEX_PAGE_SCRIPT, INDEX_PAGE_STYLE } from "./index_page_assets.ts";
import { sizeText } from "./size_text.ts";

/** A file that a page lists. */
export interface IndexEntry {
  /** Path relative to the page, with `/`. */
  readonly path: string;
  /** In bytes; absent where it is not known yet. */
  readonly size?: number;
  /** Shown in UTC, to the minute; absent where it is not known. */
  readonly modifiedAt?: Date;
}

/** What a page is made of. */
export interface IndexPage {
  /** Heading and title of the document: plain text, it is escaped here. */
  readonly title: string;
  /** URL of the page above, relative to this one. */
  readonly up?: { readonly href: string; readonly text: string };
  /** In the order in which they are shown. */
  readonly entries: readonly IndexEntry[];
}

/**
 * Makes a page. The same input gives the same text, on every machine.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { renderIndexPage } from "./index_page.ts";
 *
 * const html = renderIndexPage({
 *   title: "Logs",
 *   entries: [{ path: "c++ <1>.log", size: 2048 }],
 * });
 * assertStringIncludes(
 *   html,
 *   '<a href="c%2B%2B%20%3C1%3E.log">c++ &lt;1&gt;.log</a>',
 * );
 * ```
 */
export function renderIndexPage(page: IndexPage): string {
  const { title, up, entries } = page;
  const heading = escapeHtml(title);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${heading}</title>
<style>
${INDEX_PAGE_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${heading}</h1>
<p>${countText(entries)}</p>
${
    up
      ? `<nav><a href="${escapeHtml(up.href)}">${
        escapeHtml(up.text)
      }</a></nav>\n`
      : ""
  }</header>
${entries.length === 0 ? "" : renderTable(entries)}</main>
</body>
</html>
`;
}

function renderTable(entries: readonly IndexEntry[]): string {
  return `<table>
<thead>
<tr><th scope="col">Name</th><th scope="col" class="size">Size</th><th scope="col">Modified (UTC)</th></tr>
</thead>
<tbody>
${entries.map(renderRow).join("")}</tbody>
</table>
<script>
${INDEX_PAGE_SCRIPT}</script>
`;
}

function renderRow({ path, size, modifiedAt }: IndexEntry): string {
  const name = `<a href="${encodePath(path)}">${escapeHtml(path)}</a>`;
  const sizeCell = size === undefined
    ? `<td class="size"></td>`
    : `<td class="size" data-sort="${size}" title="${size} bytes">${
      sizeText(size)
    }</td>`;
  return `<tr><td data-sort="${escapeHtml(path)}">${name}</td>` +
    `${sizeCell}${timeCell(modifiedAt)}</tr>\n`;
}

function timeCell(time: Date | undefined): string {
  if (time === undefined) return "<td></td>";
  const iso = `${time.toISOString().slice(0, 19)}Z`;
  return `<td data-sort="${iso}"><time datetime="${iso}">${
    iso.slice(0, 16).replace("T", " ")
  }</time></td>`;
}

function countText(entries: readonly IndexEntry[]): string {
  if (entries.length === 0) return "No files.";
  const bytes = entries.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const files = entries.length === 1 ? "1 file" : `${entries.length} files`;
  return `${files}, ${sizeText(bytes)}`;
}
