import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidValueError } from "../../lib/errors.ts";
import { matchAny } from "../../lib/glob.ts";

/** Pattern, names that match, names that do not: what Python's fnmatch says. */
const CASES: readonly [string, readonly string[], readonly string[]][] = [
  ["*", ["a", ".hidden", "a b", "é", "😀", "a\nb"], []],
  ["**", ["a", ".hidden"], []],
  ["a**b", ["ab", "axxb"], ["axxc"]],
  ["*.tar.xz*", ["a.tar.xz", ".tar.xz", "a.tar.xz.sha256sum", "x.tar.xzz"], [
    "a.tar.zst",
    "a.TAR.XZ",
    "a.tarxxz",
  ]],
  ["*.log", ["a.log", ".log", ".a.log", "a.b.log", "-.log"], [
    "a.LOG",
    "a.log.gz",
    "log",
  ]],
  [".*", [".a", "..a"], ["a", "a.b"]],
  ["*.*", ["a.b", ".a", "a."], ["a"]],
  ["?", ["a", "é", "😀"], ["", "ab"]],
  ["??.log", ["ab.log"], ["a.log", "abc.log", "😀.log"]],
  ["a?c", ["abc", "a.c", "a?c"], ["ac", "abbc"]],
  ["[abc]x", ["ax", "cx"], ["dx", "x", "[abc]x"]],
  ["[a-c]*", ["a", "bz"], ["d", "A"]],
  ["[!a-c]*", ["d", ".a", "A"], ["a", ""]],
  ["[^a]*", ["a", "^b"], ["b"]],
  ["[a^]", ["a", "^"], ["b"]],
  ["[!^]", ["a"], ["^"]],
  ["[]a]", ["]", "a"], ["b"]],
  ["[!]a]", ["b"], ["]", "a"]],
  ["[a-]", ["a", "-"], ["b"]],
  ["[[]x", ["[x"], ["x"]],
  ["star[*].log", ["star*.log"], ["star.log", "starx.log"]],
  ["[abc", ["[abc"], ["a"]],
  ["a]", ["a]"], ["a"]],
  ["[😀]", ["😀"], ["a"]],
  ["{a,b}", ["{a,b}"], ["a", "b"]],
  ["+(a)", ["+(a)"], ["a", "aa"]],
  ["!(a)", ["!(a)"], ["b"]],
  ["!a", ["!a"], ["b"]],
  ["#a", ["#a"], ["a"]],
  ["a.b", ["a.b"], ["axb", "a.bc"]],
  ["$^.+()|", ["$^.+()|"], ["a"]],
  ["...", ["..."], ["..", "abc"]],
  [" a ", [" a "], ["a"]],
];

for (const [pattern, matching, others] of CASES) {
  Deno.test({
    name: `the pattern ${JSON.stringify(pattern)} matches what fnmatch matches`,
    permissions: "none",
    fn() {
      const match = matchAny([pattern]);
      for (const name of matching) {
        assert(match(name), `${JSON.stringify(name)} should match`);
      }
      for (const name of others) {
        assert(!match(name), `${JSON.stringify(name)} should not match`);
      }
    },
  });
}

Deno.test({
  name: "a caret in brackets is a character like others, wherever it stands",
  permissions: "none",
  fn() {
    assert(matchAny(["[^!a]x"])("ax"));
    assert(!matchAny(["[^!a]x"])("bx"));
    assert(matchAny(["[^]x"])("^x"));
  },
});

Deno.test({
  name: "brackets know no classes by name, as fnmatch knows none",
  permissions: "none",
  fn() {
    assert(!matchAny(["[[:alpha:]]"])("a"));
    assert(matchAny(["[[:alpha:]]"])("a]"));
  },
});

Deno.test({
  name: "a name matches a list when any pattern does, and an empty list never",
  permissions: "none",
  fn() {
    const match = matchAny(["*.a", "b*"]);
    assertEquals(["x.a", "bx", "x"].map(match), [true, true, false]);
    assertEquals(matchAny([])("x"), false);
  },
});

Deno.test({
  name: "a pattern that could only match a path is refused by name",
  permissions: "none",
  fn() {
    for (const pattern of ["", "/", "a/*", "../*", "**/*.log", "a\\*", "/a"]) {
      assertThrows(
        () => matchAny(["*", pattern]),
        InvalidValueError,
        `Invalid pattern ${JSON.stringify(pattern)}`,
      );
    }
  },
});
