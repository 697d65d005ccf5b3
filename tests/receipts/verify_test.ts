import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { verifyRun } from "../../lib/receipts/verify.ts";
import { bytesBody } from "../../lib/storage/object_store.ts";
import { makeLocalStore, makeMemoryStore } from "../storage/made_stores.ts";
import { filesIn, jobOf, runIn } from "./account.ts";

const PLAIN = { contentType: "text/plain" };

for (const make of [makeMemoryStore, makeLocalStore]) {
  Deno.test(`${make.name}: what is not as the receipts say is found`, async () => {
    const { store, bucket, cleanup } = await make();
    const dir = await Deno.makeTempDir({ prefix: "run-outputs-test-" });
    try {
      const root = runIn(bucket);
      const logs = await filesIn(join(dir, "logs"), {
        "flipped.log": "abc",
        "longer.log": "abc",
        "right.log": "abc",
      });
      const job = await jobOf(store, root, "build");
      await job.uploadDirectory(logs, root.logDir("g"));
      const kinds = async (readData: number) =>
        (await verifyRun(store, root, { readData })).findings
          .map((
            { kind, path },
          ) => [kind, path.replace(/^receipts.*/, "receipt")]);
      assertEquals(await kinds(1), [["open", "receipt"]]);
      await job.seal();
      assertEquals(await kinds(1), []);

      const put = (name: string, content: string) =>
        store.put(
          root.logFile("g", name),
          bytesBody("x", new TextEncoder().encode(content)),
          PLAIN,
        );
      await put("flipped.log", "abd");
      await put("longer.log", "abcd");
      await put("extra.log", "e");
      assertEquals(await kinds(0), [
        ["extra", "logs/g/extra.log"],
        ["size", "logs/g/longer.log"],
      ]);
      assertEquals(await kinds(1), [
        ["extra", "logs/g/extra.log"],
        ["content", "logs/g/flipped.log"],
        ["size", "logs/g/longer.log"],
      ]);
    } finally {
      await store.close();
      await cleanup();
      await Deno.remove(dir, { recursive: true });
    }
  });
}
