import {
  assert,
  assertEquals,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { fromFileUrl } from "@std/path";
import { type IndexPage, renderIndexPage } from "../../lib/index_page.ts";
import { ODD_NAMES } from "./hostile_names.ts";

const BASE = "https://b.s3.amazonaws.com/run/logs/g/index.html";

const HOSTILE: readonly string[] = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  `" autofocus onfocus="alert(1)`,
  `</td></table></script>`,
  `</title><script>alert(1)`,
  `<!-- `,
  `]]>`,
  `javascript:alert(1)`,
  `data:text/html,x`,
  `https:evil.example`,
  `&lt;b&gt;&amp;#39;`,
  `?q=1#frag`,
  `%2e%2e%2fup`,
  `a\u202eb`,
];

const PAGE: IndexPage = {
  title: "Logs of g",
  up: { href: "../../index-g.html", text: "Artifacts" },
  entries: [
    {
      path: "b.log",
      size: 1536,
      modifiedAt: new Date("2025-01-02T03:04:05.678Z"),
    },
    { path: "sub dir/c++.log", size: 0 },
    { path: "unknown.log" },
  ],
};

function hrefs(html: string): string[] {
  return [...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, h]) => h ?? "");
}

/** Start tags with their attributes' names, as a browser would see them. */
function tags(html: string): Set<string> {
  const body = html.slice(html.indexOf("<body>")).replace(
    /<script>.*?<\/script>/s,
    "<script></script>",
  );
  return new Set(
    [...body.matchAll(/<([a-z0-9!]+)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*>/g)].map((
      [, tag, attributes],
    ) =>
      [tag, ...(attributes ?? "").matchAll(/([\w-]+)(?:="[^"]*")?/g)]
        .map((part) => typeof part === "string" ? part : part?.[1]).join(" ")
    ),
  );
}

Deno.test({
  name: "a page shows names, sizes and times",
  permissions: "none",
  fn() {
    const html = renderIndexPage(PAGE);
    assert(html.startsWith("<!DOCTYPE html>\n"));
    assertStringIncludes(html, "<title>Logs of g</title>");
    assertStringIncludes(html, "<h1>Logs of g</h1>");
    assertStringIncludes(html, "<p>3 files, 1.5 KiB</p>");
    assertStringIncludes(
      html,
      `<tr><td data-sort="b.log"><a href="b.log">b.log</a></td>` +
        `<td class="size" data-sort="1536" title="1536 bytes">1.5 KiB</td>` +
        `<td data-sort="2025-01-02T03:04:05Z">` +
        `<time datetime="2025-01-02T03:04:05Z">2025-01-02 03:04</time></td></tr>`,
    );
    assertStringIncludes(
      html,
      `<a href="sub%20dir/c%2B%2B.log">sub dir/c++.log</a>`,
    );
    assertEquals(hrefs(html), [
      "../../index-g.html",
      "b.log",
      "sub%20dir/c%2B%2B.log",
      "unknown.log",
    ]);
  },
});

Deno.test({
  name: "entries keep their order",
  permissions: "none",
  fn() {
    const entries = ["b", "a", "c"].map((path) => ({ path }));
    assertEquals(hrefs(renderIndexPage({ title: "x", entries })), [
      "b",
      "a",
      "c",
    ]);
  },
});

Deno.test({
  name: "a page of nothing or of one file says so",
  permissions: "none",
  fn() {
    const none = renderIndexPage({ title: "x", entries: [] });
    assertStringIncludes(none, "<p>No files.</p>");
    assertNotMatch(none, /<table|<script|<nav/);
    const one = renderIndexPage({
      title: "x",
      entries: [{ path: "a", size: 1 }],
    });
    assertStringIncludes(one, "<p>1 file, 1 B</p>");
  },
});

Deno.test({
  name: "the link up goes where it should",
  permissions: "none",
  fn() {
    const [up] = hrefs(renderIndexPage(PAGE));
    assertEquals(
      new URL(up ?? "", BASE).href,
      "https://b.s3.amazonaws.com/run/index-g.html",
    );
    const hostile = renderIndexPage({
      ...PAGE,
      up: { href: `x"><script>`, text: `<script>` },
    });
    assertEquals(tags(hostile), tags(renderIndexPage(PAGE)));
  },
});

Deno.test({
  name: "every name gives a link that opens that very file",
  permissions: "none",
  fn() {
    const names = [...ODD_NAMES, ...HOSTILE.map((n) => n.replaceAll("/", "_"))];
    for (const name of names) {
      for (const path of [name, `${name}/${name}`]) {
        const html = renderIndexPage({ title: "x", entries: [{ path }] });
        const url = new URL(hrefs(html)[0] ?? "", BASE);
        assertEquals(url.origin, new URL(BASE).origin, path);
        assertEquals([url.search, url.hash], ["", ""], path);
        const below = url.pathname.slice("/run/logs/g/".length);
        assertEquals(below.split("/").map(decodeURIComponent).join("/"), path);
      }
    }
  },
});

Deno.test({
  name: "no name or title can add an element or attribute to a page",
  permissions: "none",
  fn() {
    const expected = tags(renderIndexPage(PAGE));
    for (const name of HOSTILE) {
      const html = renderIndexPage({
        ...PAGE,
        title: name,
        entries: PAGE.entries.map((entry) => ({ ...entry, path: name })),
      });
      assertEquals(tags(html), expected, name);
      assertEquals(html.split("<script").length, 2, name);
      assertEquals(html.split("</script").length, 2, name);
      assertEquals(html.split("<title>").length, 2, name);
      assertEquals(html.split("<!--").length, 1, name);
      if (/[<>"']/.test(name)) assert(!html.includes(name), name);
    }
  },
});

Deno.test({
  name: "a page loads nothing from elsewhere",
  permissions: "none",
  fn() {
    const html = renderIndexPage(PAGE);
    assertNotMatch(html, /\bsrc=|<link|<base|@import|url\(|https?:|<iframe/i);
  },
});

Deno.test("a page is the same in every time zone and language", async () => {
  const module = new URL("../../lib/index_page.ts", import.meta.url);
  const config = new URL("../../deno.json", import.meta.url);
  const file = await Deno.makeTempFile({ suffix: ".mjs" });
  try {
    await Deno.writeTextFile(
      file,
      `const { renderIndexPage } = await import("${module}");
      const path = "a.log";
      const modifiedAt = new Date("2025-01-02T03:04:05.678Z");
      const entries = [{ path, size: 1234567, modifiedAt }];
      const offset = modifiedAt.getTimezoneOffset();
      console.log(offset + "\\n" + renderIndexPage({ title: "x", entries }));`,
    );
    const pages = await Promise.all(
      [["UTC", "C"], ["Asia/Kathmandu", "de_DE.UTF-8"]].map(
        async ([TZ = "", LANG = ""]) => {
          const { stdout } = await new Deno.Command(Deno.execPath(), {
            args: [
              "run",
              "--no-lock",
              "-A",
              "--config",
              fromFileUrl(config),
              file,
            ],
            env: { TZ, LANG, LC_ALL: LANG },
          }).output();
          const [offset, ...page] = new TextDecoder().decode(stdout).split(
            "\n",
          );
          return { offset, page: page.join("\n") };
        },
      ),
    );
    // The zones are really in force.
    assertEquals(pages.map(({ offset }) => offset), ["0", "-345"]);
    assertEquals(pages[0]?.page, pages[1]?.page);
    assertStringIncludes(pages[0]?.page ?? "", "2025-01-02 03:04");
  } finally {
    await Deno.remove(file);
  }
});
