import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  ArtifactBackend,
  createArtifactBackend,
} from "../../lib/artifact_backend.ts";
import { StorageError } from "../../lib/errors.ts";
import type { OutputLocation } from "../../lib/output_location.ts";
import { RunOutputRoot } from "../../lib/run_output_root.ts";
import { MemoryStore } from "../../lib/storage/memory_store.ts";
import { bytesBody, type ObjectStore } from "../../lib/storage/object_store.ts";
import { RetryingStore } from "../../lib/storage/retrying_store.ts";
import { S3Store } from "../../lib/storage/s3_store.ts";
import { faulty, final } from "../storage/faulty_store.ts";
import { s3Options } from "../storage/made_stores.ts";
import { sha256 } from "../support/artifact_archives.ts";
import { freshBucket, s3ForTests } from "../support/s3_server.ts";
import { listFiles, TempDir, writeFiles } from "../support/tree.ts";

const NAME = "blas_lib_gfx94X-dcgpu.tar.xz";
const ROOT = rootIn("bucket");

function rootIn(bucket: string): RunOutputRoot {
  return new RunOutputRoot({
    bucket,
    externalRepo: "",
    runId: "12345",
    platform: "linux",
  });
}

async function put(store: ObjectStore, at: OutputLocation, text: string) {
  const body = bytesBody("x", new TextEncoder().encode(text));
  await store.put(at, body, { contentType: "text/plain" });
}

/** What lies beside the artifacts of a run, and must not be taken for one. */
async function addNeighbours(store: ObjectStore, bucket: string) {
  const root = rootIn(bucket);
  for (const runId of ["12345-linux-extra", "123456", "1234"]) {
    const other = new RunOutputRoot({ ...root, runId, platform: "linux" });
    await put(store, other.artifact("other_lib_generic.tar.xz"), "other run");
  }
  for (
    const path of [
      "logs/gfx94X-dcgpu/x_lib_generic.tar.xz",
      "nested/y_lib_generic.tar.zst",
      "index-gfx94X-dcgpu.html",
      "z_lib_generic.tar.gz",
      "too_many_parts_generic.tar.xz",
      "orphan_lib_generic.tar.xz.sha256sum",
    ]
  ) await put(store, root.root().child(path), path);
}

async function assertListing(store: ObjectStore, bucket: string) {
  const root = rootIn(bucket);
  await addNeighbours(store, bucket);
  await put(store, root.artifact(NAME), "four");
  await put(store, root.artifact(`${NAME}.sha256sum`), "x");
  await put(store, root.artifact("a_run_generic.tar.zst"), "");
  const { artifacts, fileNames } = await new ArtifactBackend(store).list(root);
  assertEquals(artifacts, [
    {
      fileName: "a_run_generic.tar.zst",
      name: { name: "a", component: "run", targetFamily: "generic" },
      location: root.artifact("a_run_generic.tar.zst"),
      size: 0,
      digestLocation: undefined,
    },
    {
      fileName: NAME,
      name: { name: "blas", component: "lib", targetFamily: "gfx94X-dcgpu" },
      location: root.artifact(NAME),
      size: 4,
      digestLocation: root.artifact(`${NAME}.sha256sum`),
    },
  ]);
  assertEquals([...fileNames].sort(), [
    "a_run_generic.tar.zst",
    NAME,
    `${NAME}.sha256sum`,
    "index-gfx94X-dcgpu.html",
    "orphan_lib_generic.tar.xz.sha256sum",
    "too_many_parts_generic.tar.xz",
    "z_lib_generic.tar.gz",
  ]);
}

Deno.test("a run's artifacts lie directly below its own prefix", async () => {
  await assertListing(new MemoryStore(), "bucket");
});

const s3 = await s3ForTests();
if (s3 !== undefined) {
  Deno.test("a run's artifacts are found on the real S3 server", async () => {
    const store = new RetryingStore(new S3Store(s3Options(s3)));
    try {
      await assertListing(store, await freshBucket(s3));
      const missing = rootIn("no-such-bucket-anywhere");
      const backend = new ArtifactBackend(store);
      for (
        const ask of [
          () => backend.list(missing),
          () => backend.exists(missing.artifact(NAME)),
        ]
      ) {
        const { code } = await assertRejects(ask, StorageError);
        assertEquals(code, "bucket-not-found");
      }
    } finally {
      await store.close();
    }
  });
}

Deno.test("a run without outputs has no artifacts", async () => {
  const backend = new ArtifactBackend(new MemoryStore());
  const { artifacts, fileNames } = await backend.list(ROOT);
  assertEquals([artifacts.length, fileNames.size], [0, 0]);
});

Deno.test("a store that cannot be asked is no empty run", async () => {
  for (const operation of ["list", "next", "head"] as const) {
    const store = new MemoryStore();
    await put(store, ROOT.artifact(NAME), "x");
    await using backend = new ArtifactBackend(faulty(store, (asked) => {
      if (asked === operation) throw final();
    }));
    await assertRejects(
      async () => {
        await backend.list(ROOT);
        await backend.exists(ROOT.artifact(NAME));
      },
      StorageError,
      "it is a test",
    );
  }
});

Deno.test("an object is there or is not", async () => {
  const store = new MemoryStore();
  await put(store, ROOT.artifactIndex("g"), "x");
  const backend = new ArtifactBackend(store);
  assertEquals(await backend.exists(ROOT.artifactIndex("g")), true);
  assertEquals(await backend.exists(ROOT.artifactIndex("h")), false);
});

async function download(
  objects: Readonly<Record<string, string>>,
  temp: TempDir,
): Promise<string> {
  const store = new MemoryStore();
  for (const [name, text] of Object.entries(objects)) {
    await put(store, ROOT.artifact(name), text);
  }
  const backend = new ArtifactBackend(store);
  const { artifacts } = await backend.list(ROOT);
  for (const artifact of artifacts) {
    await backend.download(artifact, temp.join(artifact.fileName));
  }
  return await Deno.readTextFile(temp.join(NAME));
}

Deno.test("an artifact is checked by the digest beside it, in either form", async () => {
  await using temp = await TempDir.make();
  const digest = sha256("content");
  for (
    const text of [digest, `${digest}\n`, `${digest}  ${NAME}\n`, undefined]
  ) {
    const objects: Record<string, string> = { [NAME]: "content" };
    if (text !== undefined) objects[`${NAME}.sha256sum`] = text;
    assertEquals(await download(objects, temp), "content");
    await Deno.remove(temp.join(NAME));
  }
});

Deno.test("an artifact whose digest is wrong or unreadable is not there", async () => {
  await using temp = await TempDir.make();
  for (
    const [text, says] of [
      [sha256("other"), "SHA-256 is"],
      ["", "has no SHA-256 digest"],
      [`${sha256("content")}  other.tar.xz\n`, "has no SHA-256 digest"],
      [" ".repeat(70_000), "larger than"],
    ] as const
  ) {
    const error = await assertRejects(
      () => download({ [NAME]: "content", [`${NAME}.sha256sum`]: text }, temp),
      StorageError,
      says,
    );
    assertEquals(error.code, "corrupt");
    assertStringIncludes(error.message, ROOT.artifact(NAME).s3Uri);
    assertEquals(await listFiles(temp.path), []);
  }
});

Deno.test("what was uploaded is downloaded again, from a staging directory", async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.path, { [NAME]: "content" });
  await using backend = createArtifactBackend({
    stagingDir: temp.join("staging"),
  });
  const uploaded = await backend.upload(
    temp.join(NAME),
    ROOT.artifact(NAME),
  );
  assertEquals(uploaded.contentType, "application/x-xz");
  assertEquals(
    backend.describe(uploaded.location),
    temp.join("staging", "12345-linux", NAME),
  );
  const [artifact] = (await backend.list(ROOT)).artifacts;
  assertEquals(
    await backend.download(artifact!, temp.join("fetched")),
    { size: 7, kind: "downloaded" },
  );
  assertEquals(await Deno.readTextFile(temp.join("fetched")), "content");
});
