/**
 * Style and script of the pages that list files.
 *
 * @module
 */

/** Style sheet: light and dark, narrow and wide. */
export const INDEX_PAGE_STYLE = `:root {
  --ink: #1c2430; --muted: #5a6675; --line: #dde2e8; --paper: #ffffff;
  --stripe: #f6f8fa; --link: #0b5cad;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e9ef; --muted: #9aa7b5; --line: #313a45; --paper: #14191f;
    --stripe: #1b222a; --link: #7db8f5;
  }
}
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif;
}
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { margin: 0; font-size: 1.4rem; overflow-wrap: anywhere; }
header p { margin: 0.2rem 0 0; color: var(--muted); }
nav { margin-top: 0.6rem; }
a { color: var(--link); text-decoration: none; overflow-wrap: anywhere; }
a:hover, a:focus-visible { text-decoration: underline; }
table { width: 100%; margin-top: 1.2rem; border-collapse: collapse; }
th, td { padding: 0.35rem 0.6rem; border-bottom: 1px solid var(--line); text-align: left; }
th { color: var(--muted); font-weight: 600; white-space: nowrap; }
tbody tr:hover { background: var(--stripe); }
td.size, th.size { text-align: right; }
td.size, time { white-space: nowrap; font-variant-numeric: tabular-nums; color: var(--muted); }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
@media (max-width: 36rem) {
  th:last-child, td:last-child { display: none; }
  main { padding: 1rem 0.4rem 2rem; }
}
`;

/** Makes the table's columns sortable. */
export const INDEX_PAGE_SCRIPT = `"use strict";
for (const [column, th] of document.querySelectorAll("th").entries()) {
  const button = document.createElement("button");
  button.append(...th.childNodes);
  th.append(button);
  button.addEventListener("click", () => {
    const down = th.getAttribute("aria-sort") === "ascending";
    for (const other of document.querySelectorAll("th")) other.removeAttribute("aria-sort");
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = document.querySelector("tbody");
    const key = (row) => row.cells[column].dataset.sort ?? "";
    const numeric = th.classList.contains("size");
    const order = (a, b) => numeric ? key(a) - key(b) : key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
    const rows = [...body.rows].sort(order);
    body.append(...(down ? rows.reverse() : rows));
  });
}
`;
