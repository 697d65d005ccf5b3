import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Log } from "../../lib/cli/log.ts";
import { Publication } from "../../lib/cli/publication.ts";
import { OutputLocation } from "../../lib/output_location.ts";
import { MemoryStore } from "../../lib/storage/memory_store.ts";
import { UploadBackend } from "../../lib/upload_backend.ts";
import { fakeHost } from "../support/fake_host.ts";
import { makeTree, tempDir, write } from "../lib/files/temp_tree.ts";

const RUN = new OutputLocation("b", "run");

function publish() {
  const fake = fakeHost();
  const publication = new Publication(new UploadBackend(new MemoryStore()), {
    log: new Log(fake.host),
    signal: new AbortController().signal,
    dryRun: false,
  });
  return { ...fake, publication };
}

Deno.test("all is tried, what failed is named, and the exit code is 1", async () => {
  await using dir = await tempDir();
  for (const name of ["a", "c"]) await write(dir.at(name));
  const { publication, stdout, stderr } = publish();
  for (const name of ["a", "absent1", "absent2", "c"]) {
    await publication.file(dir.at(name), RUN.child(name));
  }
  assertEquals([publication.isComplete, publication.isEmpty], [false, false]);
  assert(publication.has(RUN.child("a")) && publication.has(RUN.child("c")));
  assert(!publication.has(RUN.child("absent1")));
  assertEquals(publication.finish(), 1);
  for (const name of ["absent1", "absent2"]) {
    assertStringIncludes(stderr(), dir.at(name));
  }
  assertStringIncludes(stderr(), "2 stored, 2 failed");
  assertEquals(stdout().split("Stored 1 file").length, 3);
});

Deno.test("nothing failed: exit code 0 and nothing on standard error", async () => {
  await using dir = await tempDir();
  await write(dir.at("a"));
  const { publication, stderr } = publish();
  await publication.directory(dir.path, RUN);
  assertEquals([publication.finish(), stderr()], [0, ""]);
});

Deno.test({
  name: "links that are left out are counted, and no name forges a line " +
    "(POSIX)",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await tempDir();
    await makeTree(dir.path, [
      { path: "x\n::error::forged", type: "symlink", target: "y" },
      { path: "z", type: "symlink", target: "y" },
    ]);
    const { publication, stdout, stderr } = publish();
    await publication.directory(dir.path, RUN);
    assertEquals(publication.finish(), 0);
    assertStringIncludes(stderr(), "2 x symbolic link");
    const lines = (stdout() + stderr()).split("\n");
    assertEquals(lines.filter((line) => line.startsWith("::")), []);
  },
});
