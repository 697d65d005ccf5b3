import { assertEquals, assertRejects } from "@std/assert";
import { OutputLocation } from "../../lib/output_location.ts";
import {
  DryRunStore,
  type PlannedObject,
} from "../../lib/storage/dry_run_store.ts";
import { LocalStore } from "../../lib/storage/local_store.ts";
import { MemoryStore } from "../../lib/storage/memory_store.ts";
import { UploadBackend } from "../../lib/upload_backend.ts";
import { listedKeys, PLAIN, putText, readText } from "./cases.ts";

const RUN = new OutputLocation("bucket", "12345-linux");

Deno.test("dry run: nothing is stored, all is told, and no source is read", async () => {
  const memory = new MemoryStore();
  const planned: PlannedObject[] = [];
  const store = new DryRunStore(memory, (object) => planned.push(object));
  const location = RUN.child("a.log");
  const info = await store.put(location, {
    name: "build/a.log",
    size: 5,
    bytes: () => Promise.reject(new Error("it was read")),
  }, PLAIN);
  assertEquals(info, { location, size: 5, contentType: "text/plain" });
  assertEquals(planned, [{
    source: "build/a.log",
    location,
    destination: "s3://bucket/12345-linux/a.log",
    contentType: "text/plain",
    size: 5,
  }]);
  assertEquals(await listedKeys(memory, RUN), []);
});

Deno.test("dry run: what is there already can be read, looked up and listed", async () => {
  const memory = new MemoryStore();
  const store = new DryRunStore(memory, () => {});
  await putText(memory, RUN.child("x"), "content");
  assertEquals(await readText(store, RUN.child("x")), "content");
  assertEquals((await store.head(RUN.child("x")))?.size, 7);
  assertEquals(await store.head(RUN.child("y")), undefined);
  assertEquals(await listedKeys(store, RUN), ["12345-linux/x"]);
});

Deno.test("dry run: the plan of a directory is complete, large files included", async () => {
  const dir = await Deno.makeTempDir({ prefix: "run-outputs-test-" });
  try {
    await Deno.mkdir(`${dir}/build/sub`, { recursive: true });
    await Deno.writeTextFile(`${dir}/build/b.log`, "12345");
    await Deno.writeTextFile(`${dir}/build/sub/a.tar.xz`, "");
    await Deno.writeTextFile(`${dir}/build/large`, "");
    // Takes no room: it has no content.
    await Deno.truncate(`${dir}/build/large`, 3_000_000_000);
    const staging = `${dir}/staging`;
    const planned: PlannedObject[] = [];
    const store = new DryRunStore(
      new LocalStore(staging),
      (object) => planned.push(object),
    );
    await using backend = new UploadBackend(store);
    const result = await backend.uploadDirectory(`${dir}/build`, RUN);
    planned.sort((a, b) => a.source < b.source ? -1 : 1);
    assertEquals(
      planned,
      [
        ["b.log", "text/plain", 5] as const,
        ["large", "application/octet-stream", 3_000_000_000] as const,
        ["sub/a.tar.xz", "application/x-xz", 0] as const,
      ].map(([path, contentType, size]) => ({
        source: `${dir}/build/${path}`,
        location: RUN.child(path),
        destination: `${staging}/12345-linux/${path}`,
        contentType,
        size,
      })),
    );
    assertEquals(result.uploaded.length, 3);
    await assertRejects(() => Deno.stat(staging), Deno.errors.NotFound);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
