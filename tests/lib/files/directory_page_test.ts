import { assert, assertEquals, assertRejects } from "@std/assert";
import { StorageError } from "../../../lib/errors.ts";
import { renderDirectoryPage } from "../../../lib/files/directory_page.ts";
import { walkFiles } from "../../../lib/files/walk.ts";
import { renderIndexPage } from "../../../lib/index_page.ts";
import { makeTree, tempDir, write } from "./temp_tree.ts";

const MODIFIED = new Date("2025-01-02T03:04:05Z");

/** The links of a page, as paths. */
function links(html: string): string[] {
  return [...html.matchAll(/<a href="([^"]*)"/g)]
    .map(([, href]) => decodeURIComponent(href ?? ""));
}

Deno.test("a page is that of the files, with their sizes and times", async () => {
  await using dir = await tempDir();
  await write(dir.at("b.log"), "12345");
  await write(dir.at("sub", "a.log"), "");
  await write(dir.at("other.txt"));
  for (const name of ["b.log", "sub/a.log"]) {
    await Deno.utime(dir.at(name), MODIFIED, MODIFIED);
  }
  const page = { title: "Logs <g>", up: { href: "../x", text: "Up" } };
  assertEquals(
    await renderDirectoryPage(dir.path, { ...page, include: ["*.log"] }),
    renderIndexPage({
      ...page,
      entries: [
        { path: "b.log", size: 5, modifiedAt: MODIFIED },
        { path: "sub/a.log", size: 0, modifiedAt: MODIFIED },
      ],
    }),
  );
});

Deno.test({
  name: "a page lists what an upload takes: no links, pipes or directories " +
    "(POSIX)",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await tempDir();
    await makeTree(dir.path, [
      { path: "a.log", type: "file" },
      { path: "sub/b.log", type: "file" },
      { path: "link.log", type: "symlink", target: "a.log" },
      { path: "dangling.log", type: "symlink", target: "nope" },
      { path: "dir.log", type: "dir" },
      { path: "linked.log", type: "symlink", target: "sub" },
      { path: "pipe.log", type: "fifo" },
      { path: "hard.log", type: "hardlink", target: "a.log" },
      { path: "bad\\name.log", type: "file" },
    ]);
    const include = ["*.log"];
    const html = await renderDirectoryPage(dir.path, { title: "x", include });
    const { files } = await walkFiles(dir.path, { include });
    assertEquals(links(html), [...files]);
    assertEquals(files, ["a.log", "hard.log", "sub/b.log"]);
  },
});

Deno.test("a page lists files that are read-only", async () => {
  await using dir = await tempDir();
  await write(dir.at("a.log"));
  if (Deno.build.os !== "windows") await Deno.chmod(dir.at("a.log"), 0o444);
  const html = await renderDirectoryPage(dir.path, {
    title: "x",
    include: ["*.log"],
  });
  assertEquals(links(html), ["a.log"]);
});

Deno.test("a page of nothing says so", async () => {
  await using dir = await tempDir();
  const html = await renderDirectoryPage(dir.path, {
    title: "x",
    include: ["*"],
  });
  assert(html.includes("No files."));
});

Deno.test("a page of a directory that is not there is an error", async () => {
  await using dir = await tempDir();
  const error = await assertRejects(
    () => renderDirectoryPage(dir.at("absent"), { title: "x", include: ["*"] }),
    StorageError,
  );
  assertEquals(error.code, "not-found");
});
