import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  parseExpression,
  selectFamilies,
  selectNames,
} from "../../lib/artifact_selection.ts";
import { InvalidValueError } from "../../lib/errors.ts";
import filters from "../data/vectors/artifact_filters.json" with {
  type: "json",
};
import groups from "../data/vectors/artifact_groups.json" with { type: "json" };

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

test("the expressions of the vectors select what they say", () => {
  assert(filters.cases.length > 0);
  for (const { include, exclude, out } of filters.cases) {
    const isWanted = selectNames({ include, exclude });
    assertEquals(
      filters.artifacts.filter(isWanted).sort(),
      out,
      JSON.stringify({ include, exclude }),
    );
  }
});

test("the groups and targets of the vectors select what they say", () => {
  assert(groups.cases.length > 0);
  for (const { group, targets, out } of groups.cases) {
    const isWanted = selectFamilies({ group, targets });
    assertEquals(
      groups.artifacts.filter(isWanted).sort(),
      out,
      JSON.stringify({ group, targets }),
    );
  }
});

test("the expressions of existing workflows select what they mean", () => {
  const isWanted = selectNames({
    include: ["amd-llvm", "base", "core-(hip|runtime)", "sysdeps"],
    exclude: ["_dbg_"],
  });
  assertEquals(filters.artifacts.filter(isWanted), [
    "amd-llvm_lib_generic.tar.xz",
    "amd-llvm_run_generic.tar.xz",
    "base_lib_generic.tar.xz",
    "core-hip_dev_generic.tar.xz",
    "core-hip_lib_generic.tar.zst",
    "core-runtime_lib_generic.tar.xz",
    "sysdeps_lib_generic.tar.xz",
  ]);
});

test("the same test can be asked again", () => {
  const isWanted = selectNames({ include: ["blas"] });
  for (let i = 0; i < 3; i++) assert(isWanted("blas_lib_generic.tar.xz"));
});

test("a family is the whole last part of the name, with regard to case", () => {
  const isWanted = selectFamilies({ group: "gfx94X", targets: ["gfx942"] });
  for (
    const name of [
      "a_lib_gfx94x.tar.xz",
      "a_lib_gfx94X-dcgpu.tar.xz",
      "a_lib_Generic.tar.xz",
      "a_gfx94X_lib.tar.xz",
      "a_lib_gfx94X.tar.xz.sha256sum",
      "a_lib_gfx94X.tar.gz",
      "gfx94X",
      "",
    ]
  ) assert(!isWanted(name), name);
  assert(isWanted("a_lib_gfx94X.tar.zst") && isWanted("a_lib_gfx942.tar.xz"));
});

test("what is no regular expression is refused, with what is wrong", () => {
  for (const text of ["(", "[", "a{2,1}", "*", "(?<n"]) {
    const error = assertThrows(
      () => parseExpression(text),
      InvalidValueError,
      `${JSON.stringify(text)} is not a regular expression`,
    );
    assert(error.cause instanceof SyntaxError);
    assertThrows(() => selectNames({ exclude: [text] }), InvalidValueError);
  }
});
