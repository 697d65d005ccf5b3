import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { OutputLocation } from "../../lib/output_location.ts";
import { MemoryStore } from "../../lib/storage/memory_store.ts";
import { UploadBackend } from "../../lib/upload_backend.ts";
import vectors from "../data/vectors/directory_upload.json" with {
  type: "json",
};
import { listedKeys } from "./cases.ts";
import { buildTree, type TreeEntry, withDir, writeFiles } from "./tree.ts";

const RUN = new OutputLocation("bucket", "12345-linux");

for (const [tree, entries] of Object.entries(vectors.trees)) {
  Deno.test({
    name: `upload: of the tree "${tree}" the same files are taken as ever`,
    // Names and things that there are none of on Windows.
    ignore: Deno.build.os === "windows",
    fn: () =>
      withDir(async (dir) => {
        await writeFiles(dir, { "outside/x.log": "x", "nothing": "" });
        await buildTree(join(dir, "tree"), entries as TreeEntry[]);
        const cases = vectors.cases.filter((c) => c.tree === tree);
        assert(cases.length > 0);
        for (const { include, keys } of cases) {
          const store = new MemoryStore();
          const backend = new UploadBackend(store);
          const { uploaded } = await backend
            .uploadDirectory(join(dir, "tree"), RUN, { include });
          assertEquals(
            uploaded.map(({ location }) =>
              location.relativePath.slice("12345-linux/".length)
            ),
            keys,
            `include: ${include}`,
          );
          const stored = await listedKeys(store, RUN);
          assertEquals(stored.length, keys.length);
        }
      }),
  });
}
