import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { ConflictError } from "../../lib/receipts/ledger.ts";
import { UploadBackend } from "../../lib/upload_backend.ts";
import { IncompleteUploadError } from "../../lib/upload_result.ts";
import { faulty, type Operation } from "../storage/faulty_store.ts";
import {
  makeLocalStore,
  makeMemoryStore,
  makeS3Store,
} from "../storage/made_stores.ts";
import type { MadeStore } from "../storage/conformance.ts";
import { s3ForTests } from "../support/s3_server.ts";
import { filesIn, jobOf, receiptsOf, runIn } from "./account.ts";

const s3 = await s3ForTests();

const STORES: Readonly<Record<string, (() => Promise<MadeStore>) | undefined>> =
  {
    memory: makeMemoryStore,
    local: makeLocalStore,
    S3: s3 && (() => makeS3Store(s3)),
  };

type Case = (made: MadeStore, dir: string) => Promise<void>;

const CASES: Readonly<Record<string, Case>> = {
  "a sealed receipt lists everything, with sizes and digests": async (
    { store, bucket },
    dir,
  ) => {
    const root = runIn(bucket);
    const logs = await filesIn(join(dir, "logs"), {
      "a.log": "a",
      "b.log": "",
    });
    const job = await jobOf(store, root, "build");
    await job.uploadDirectory(logs, root.logDir("g"));
    assertEquals((await receiptsOf(store, root)).map((r) => r.state), ["open"]);
    await job.seal();
    const [receipt, ...others] = await receiptsOf(store, root);
    assertEquals(others, []);
    assertEquals(receipt?.state, "sealed");
    assertEquals(receipt?.planned, []);
    assertEquals(
      receipt?.objects.map(({ path, size, sha256 }) => ({
        path,
        size,
        sha256,
      })),
      [{
        path: "logs/g/a.log",
        size: 1,
        sha256:
          "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
      }, {
        path: "logs/g/b.log",
        size: 0,
        sha256:
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      }],
    );
  },

  "what is there with the same content is not sent again": async (
    { store, bucket },
    dir,
  ) => {
    const root = runIn(bucket);
    const logs = await filesIn(join(dir, "logs"), {
      "a.log": "a",
      "b.log": "b",
    });
    const first = await jobOf(store, root, "build");
    await first.uploadDirectory(logs, root.logDir("g"));
    await first.seal();
    const counts = new Map<Operation, number>();
    const counted = faulty(store, (operation, count) => {
      counts.set(operation, count);
    });
    const again = await jobOf(counted, root, "build", { attempt: 2 });
    const { uploaded } = await again.uploadDirectory(logs, root.logDir("g"));
    await again.seal();
    assertEquals(uploaded.map(({ present }) => present), [true, true]);
    // The receipt: opened and sealed.
    assertEquals(counts.get("put"), 2);
    const [receipt] = await receiptsOf(store, root);
    assertEquals(receipt?.attempt, 2);
    assertEquals(receipt?.objects.length, 2);
  },

  "a job replaces its own objects, in a later attempt and after a kill": async (
    { store, bucket },
    dir,
  ) => {
    const root = runIn(bucket);
    const logs = await filesIn(join(dir, "logs"), { "a.log": "first" });
    const killed = await jobOf(store, root, "build");
    await killed.uploadDirectory(logs, root.logDir("g"));
    await filesIn(logs, { "a.log": "second" });
    const next = await jobOf(store, root, "build");
    await next.uploadDirectory(logs, root.logDir("g"));
    await next.seal();
    const { body } = await store.get(root.logFile("g", "a.log"));
    assertEquals(await new Response(body).text(), "second");
  },

  "another job's object is a conflict that names both; others go on": async (
    { store, bucket },
    dir,
  ) => {
    const root = runIn(bucket);
    const ours = await filesIn(join(dir, "ours"), { "a.log": "ours" });
    const theirs = await filesIn(join(dir, "theirs"), {
      "a.log": "theirs",
      "b.log": "b",
    });
    const one = await jobOf(store, root, "one");
    await one.uploadDirectory(ours, root.logDir("g"));
    await one.seal();
    const two = await jobOf(store, root, "two");
    const { failures, result } = await assertRejects(
      () => two.uploadDirectory(theirs, root.logDir("g")),
      IncompleteUploadError,
    );
    assertEquals(failures.length, 1);
    const error = failures[0]?.error;
    assertInstanceOf(error, ConflictError);
    assertStringIncludes(error.message, "post_build_upload-one-");
    assertStringIncludes(error.message, "post_build_upload-two-");
    assertEquals(error.message.match(/[0-9a-f]{64}/g)?.length, 2);
    assertEquals(result.uploaded.map(({ source }) => source), [
      join(theirs, "b.log"),
    ]);
    const { body } = await store.get(root.logFile("g", "a.log"));
    assertEquals(await new Response(body).text(), "ours");
  },

  "what names no writer counts as another job's": async (
    { store, bucket },
    dir,
  ) => {
    const root = runIn(bucket);
    const logs = await filesIn(join(dir, "logs"), { "a.log": "ours" });
    const location = root.logFile("g", "a.log");
    await new UploadBackend(store).uploadBytes(
      "x",
      new TextEncoder().encode("somebody's"),
      location,
    );
    const job = await jobOf(store, root, "build");
    const source = join(logs, "a.log");
    const error = await assertRejects(
      () => job.uploadFile(source, location),
      ConflictError,
    );
    assertStringIncludes(error.message, "an unknown writer");
    const forced = await jobOf(store, root, "build", { ifExists: "replace" });
    await forced.uploadFile(source, location);
    const { body } = await store.get(location);
    assertEquals(await new Response(body).text(), "ours");
  },

  "of two jobs that race for one key, one wins and one is told": async (
    { store, bucket },
    dir,
  ) => {
    const root = runIn(bucket);
    const location = root.logFile("g", "a.log");
    const jobs = await Promise.all(["one", "two"].map(async (name) => {
      const source = await filesIn(join(dir, name), { "a.log": name });
      const job = await jobOf(store, root, name);
      return () => job.uploadFile(join(source, "a.log"), location);
    }));
    const results = await Promise.allSettled(jobs.map((upload) => upload()));
    const won = results.findIndex(({ status }) => status === "fulfilled");
    const [lost] = results.filter((result) => result.status === "rejected");
    assertEquals(results.filter((r) => r.status === "fulfilled").length, 1);
    assertInstanceOf(lost?.reason, ConflictError);
    const { body } = await store.get(location);
    assertEquals(await new Response(body).text(), ["one", "two"][won]);
  },
};

for (const [storeName, make] of Object.entries(STORES)) {
  for (const [sentence, run] of Object.entries(CASES)) {
    Deno.test({
      name: `${storeName}: ${sentence}`,
      ignore: make === undefined,
      async fn() {
        assert(make !== undefined);
        const made = await make();
        const dir = await Deno.makeTempDir({ prefix: "run-outputs-test-" });
        try {
          await run(made, dir);
        } finally {
          await made.store.close();
          await made.cleanup();
          await Deno.remove(dir, { recursive: true });
        }
      },
    });
  }
}
