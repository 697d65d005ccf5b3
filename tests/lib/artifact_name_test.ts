import { assert, assertEquals } from "@std/assert";
import { parseArtifactName } from "../../lib/artifact_name.ts";
import vectors from "../data/vectors/artifact_names.json" with { type: "json" };

Deno.test({
  name: "every file name of the vectors is read as it should be",
  permissions: "none",
  fn() {
    assert(vectors.cases.length > 0);
    for (const { fileName, out } of vectors.cases) {
      assertEquals(
        parseArtifactName(fileName),
        out ?? undefined,
        JSON.stringify(fileName),
      );
    }
  },
});

Deno.test({
  name: "nothing may stand around an artifact's name",
  permissions: "none",
  fn() {
    const names = [
      "a_b_c.tar.xz\n",
      "\na_b_c.tar.xz.",
      "a_b_c.tar.xz ",
      "a_b_c.TAR.XZ",
      "_b_c.tar.xz",
      "a_b_.tar.xz",
      "a_b.tar.xz",
      "a_b_c.tar.zst.sha256sum",
      ".tar.xz",
    ];
    for (const name of names) {
      assertEquals(parseArtifactName(name), undefined, JSON.stringify(name));
    }
  },
});
