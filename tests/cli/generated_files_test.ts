import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { GeneratedFiles } from "../../lib/cli/generated_files.ts";
import { Log } from "../../lib/cli/log.ts";
import { Publication } from "../../lib/cli/publication.ts";
import { OutputLocation } from "../../lib/output_location.ts";
import { MemoryStore } from "../../lib/storage/memory_store.ts";
import { UploadBackend } from "../../lib/upload_backend.ts";
import { fakeHost } from "../support/fake_host.ts";
import { listFiles, snapshot, TempDir, writeFiles } from "../support/tree.ts";

const RUN = new OutputLocation("b", "run");

function generate(
  { dryRun = false, signal = new AbortController().signal } = {},
) {
  const fake = fakeHost();
  const store = new MemoryStore();
  const publication = new Publication(new UploadBackend(store), {
    log: new Log(fake.host),
    signal,
    dryRun,
  });
  const generated = new GeneratedFiles({ publication, dryRun, signal });
  const stored = async (location: OutputLocation) => {
    const { body } = await store.get(location);
    return await new Response(body).text();
  };
  return { ...fake, publication, generated, stored };
}

Deno.test("a page is written into its directory, and uploaded", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { "a.log": "a", "b.txt": "b" });
  const { generated, publication, stored } = generate();
  const page = await generated.makePage(temp.path, "index.html", {
    title: "Logs",
    include: ["*.log"],
  });
  assertEquals(page, temp.join("index.html"));
  const html = await Deno.readTextFile(page);
  assertStringIncludes(html, '<a href="a.log">a.log</a>');
  assertEquals(html.includes("b.txt"), false);
  await generated.upload(page, RUN.child("page.html"));
  assertEquals(await stored(RUN.child("page.html")), html);
  assertEquals(publication.finish(), 0);
});

Deno.test("a page that is made again replaces the one that is there", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { "index.html": "old", "a.log": "a" });
  const { generated } = generate();
  const page = { title: "Logs", include: ["*.log"] };
  await generated.makePage(temp.path, "index.html", page);
  const first = await Deno.readTextFile(temp.join("index.html"));
  await generated.makePage(temp.path, "index.html", page);
  assertEquals(await Deno.readTextFile(temp.join("index.html")), first);
  assertEquals(await listFiles(temp.path), ["a.log", "index.html"]);
});

Deno.test("a dry run uploads what it would write, and writes nothing", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { "a.log": "a" });
  const before = await snapshot(temp.path);
  const { generated, stored } = generate({ dryRun: true });
  const page = await generated.makePage(temp.path, "index.html", {
    title: "Logs",
    include: ["*.log"],
  });
  await generated.make(temp.join("all.tar.gz"), {
    content: () => Promise.resolve("what is known"),
    write: () => Promise.reject(new Error("this writes")),
  });
  await generated.upload(page, RUN.child("page.html"));
  await generated.upload(temp.join("all.tar.gz"), RUN.child("all.tar.gz"));
  assertStringIncludes(await stored(RUN.child("page.html")), "a.log");
  assertEquals(await stored(RUN.child("all.tar.gz")), "what is known");
  assertEquals(await snapshot(temp.path), before);
});

Deno.test("a dry run uploads with a directory what it has not written there", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { "logs/there.html": "old" });
  const { generated, publication } = generate({ dryRun: true });
  const content = () => Promise.resolve("new");
  for (
    const path of ["logs/a.html", "logs/there.html", "b.html", "logs/x/c.html"]
  ) await generated.make(temp.join(path), { content });
  await generated.uploadUnwritten(temp.join("logs"), RUN);
  assertEquals(
    ["a.html", "there.html", "b.html", "c.html"].filter((name) =>
      publication.has(RUN.child(name))
    ),
    // The directory's own upload takes the one that is there.
    ["a.html"],
  );
});

Deno.test("what cannot be made is told once, and is not uploaded", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { "page.html/file": "in the way" });
  const { generated, publication, stderr } = generate();
  const missing = await generated.makePage(temp.join("missing"), "i.html", {
    title: "Logs",
    include: ["*"],
  });
  await generated.make(temp.join("page.html"), {
    content: () => Promise.resolve("new"),
  });
  await generated.upload(missing, RUN.child("i.html"));
  await generated.upload(temp.join("page.html"), RUN.child("page.html"));
  assertEquals([publication.isComplete, publication.isEmpty], [false, true]);
  assertEquals(publication.finish(), 1);
  const errors = stderr().split("\n").filter((line) => line !== "");
  assertEquals(errors.length, 3, stderr());
  assertStringIncludes(stderr(), temp.join("missing"));
  assertStringIncludes(stderr(), temp.join("page.html"));
  assertStringIncludes(stderr(), "0 stored, 2 failed");
  assertEquals(await listFiles(temp.path), ["page.html/file"]);
});

Deno.test("a mistake of the program is no failure of a file", async () => {
  await using temp = await TempDir.make();
  const { generated, publication } = generate();
  await assertRejects(
    () =>
      generated.make(temp.join("a"), {
        content: () => Promise.reject(new TypeError("oops")),
      }),
    TypeError,
    "oops",
  );
  assertEquals(publication.isComplete, true);
});

Deno.test("nothing is made once somebody wants the script to end", async () => {
  await using temp = await TempDir.make();
  const { generated } = generate({ signal: AbortSignal.abort("enough") });
  const error = await generated.make(temp.join("a"), {
    content: () => Promise.resolve("a"),
  }).catch((error) => error);
  assertEquals(error, "enough");
  assertEquals(await listFiles(temp.path), []);
});
