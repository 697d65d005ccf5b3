import { assertEquals } from "@std/assert";
import { compareCodePoints, comparePaths } from "../../lib/code_point_order.ts";

const NAMES = [
  "",
  "\u0001",
  " ",
  "!",
  "+",
  "10",
  "9",
  "A",
  "B",
  "Z.log",
  "_x",
  "a",
  "a b",
  "a-b",
  "a.b",
  "a0",
  "aa",
  "b",
  "e\u0301",
  "\u00e9",
  "\ud7ff",
  "\ue000",
  "\uf900",
  "\uffee",
  "\uffff",
  "\u{10000}",
  "😀",
  "😀a",
  "😀\u{10ffff}",
  "\u{10ffff}",
];

function compareBytes(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => new TextEncoder().encode(text));
  const length = Math.min(x?.length ?? 0, y?.length ?? 0);
  for (let i = 0; i < length; i++) {
    const difference = (x?.[i] ?? 0) - (y?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return (x?.length ?? 0) - (y?.length ?? 0);
}

Deno.test({
  name: "the order of names is that of their bytes, for every pair",
  permissions: "none",
  fn() {
    for (const a of NAMES) {
      for (const b of NAMES) {
        assertEquals(
          Math.sign(compareCodePoints(a, b)),
          Math.sign(compareBytes(a, b)),
          JSON.stringify([a, b]),
        );
      }
    }
    assertEquals([...NAMES].reverse().sort(compareCodePoints), NAMES);
  },
});

Deno.test({
  name: "paths compare segment by segment: a directory stays together",
  permissions: "none",
  fn() {
    const paths = [
      "a",
      "a/b",
      "a/b/c",
      "a/b c",
      "a b/c",
      "a-b/c",
      "a.b/c",
      "a0",
      "aa",
      "\uffee/x",
      "😀/x",
    ];
    assertEquals([...paths].reverse().sort(comparePaths), paths);
    for (const a of paths) {
      for (const b of paths) {
        assertEquals(
          Math.sign(comparePaths(a, b)) + Math.sign(comparePaths(b, a)),
          0,
          JSON.stringify([a, b]),
        );
      }
    }
  },
});
