import { assert, assertEquals } from "@std/assert";
import { manifestFileName } from "../../lib/manifest_name.ts";
import vectors from "../data/vectors/manifest_names.json" with { type: "json" };

Deno.test({
  name: "every manifest of the vectors has its name",
  permissions: "none",
  fn() {
    assert(vectors.cases.length > 0);
    for (const { pythonVersion, gitRef, out } of vectors.cases) {
      assertEquals(
        manifestFileName(pythonVersion, gitRef),
        out,
        JSON.stringify({ pythonVersion, gitRef }),
      );
    }
  },
});

Deno.test({
  name: "only one leading py is taken off, and every slash is replaced",
  permissions: "none",
  fn() {
    assertEquals(
      manifestFileName("\tpypy3.11\n", "a/b//c"),
      "therock-manifest_torch_pypy3.11_a-b--c.json",
    );
    assertEquals(
      manifestFileName("3.11py", "main"),
      "therock-manifest_torch_py3.11py_main.json",
    );
  },
});
