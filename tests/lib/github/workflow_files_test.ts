import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { StorageError } from "../../../lib/errors.ts";
import {
  appendSummary,
  appendValue,
  MAX_SUMMARY_SIZE,
  valueLines,
} from "../../../lib/github/workflow_files.ts";
import { tempDir, write } from "../files/temp_tree.ts";

/** Reads the lines as the runner does. */
function readValues(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split("\n");
  assertEquals(lines.pop(), "", "the file ends with a line break");
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name = "", delimiter] = /^([^=]*?)<<(.*)$/.exec(line) ?? [];
    if (delimiter === undefined) {
      const equals = line.indexOf("=");
      values[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const end = lines.indexOf(delimiter);
    assert(end >= 0, `no ${delimiter}`);
    values[name] = lines.splice(0, end + 1).slice(0, -1).join("\n");
  }
  return values;
}

Deno.test({
  name: "a value of one line is name=value",
  permissions: "none",
  fn() {
    assertEquals(valueLines("name", "value"), "name=value\n");
    assertEquals(valueLines("name", ""), "name=\n");
    assertEquals(valueLines("name", "a=b<<c"), "name=a=b<<c\n");
    assertEquals(valueLines("name", " é😀 "), "name= é😀 \n");
  },
});

Deno.test({
  name: "a value with line breaks has a delimiter that nobody can foresee",
  permissions: "none",
  fn() {
    const values = ["a\nb", "a\r\nb", "a\rb", "\n", "a\nx=y\n", "a\nEOF\nb=c"];
    const delimiters = new Set<string>();
    for (const value of values) {
      const text = valueLines("name", value);
      const [, delimiter = ""] = /^name<<(\S+)\n/.exec(text) ?? [];
      assertMatch(delimiter, /^ghadelimiter_[0-9a-f-]{36}$/);
      assertEquals(text, `name<<${delimiter}\n${value}\n${delimiter}\n`);
      assertEquals(readValues(text), { name: value });
      delimiters.add(delimiter);
    }
    assertEquals(delimiters.size, values.length);
  },
});

Deno.test("values are appended, and the file is made if need be", async () => {
  await using dir = await tempDir();
  const file = dir.at("output");
  await appendValue(file, "a", "1");
  await appendValue(file, "b", "x\nc=evil");
  await appendValue(file, "d", "2");
  const text = await Deno.readTextFile(file);
  assert(text.startsWith("a=1\nb<<ghadelimiter_"));
  assert(text.endsWith("\nd=2\n"));
  assertEquals(readValues(text), { a: "1", b: "x\nc=evil", d: "2" });
});

Deno.test("a summary is appended, byte for byte, as a paragraph", async () => {
  await using dir = await tempDir();
  const file = dir.at("summary");
  assertEquals(await appendSummary(file, "[é](x)"), true);
  assertEquals(await appendSummary(file, "two"), true);
  assertEquals(await Deno.readTextFile(file), "[é](x)\n\ntwo\n\n");
});

Deno.test("a summary of others that ends in mid-line stays a paragraph apart", async () => {
  await using dir = await tempDir();
  for (const others of ["Built.", "| a |\n", "Built.\n\n"]) {
    const file = dir.at("summary");
    await write(file, others);
    await appendSummary(file, "ours");
    const text = await Deno.readTextFile(file);
    assertMatch(text, /\n\nours\n\n$/, JSON.stringify(others));
  }
});

Deno.test("a summary is kept below 1 MiB, the size that GitHub takes", async () => {
  await using dir = await tempDir();
  const file = dir.at("summary");
  assertEquals(MAX_SUMMARY_SIZE, 1024 * 1024);
  const first = `${"x".repeat(MAX_SUMMARY_SIZE - 12)}\n\n`;
  await write(file, first);
  // 10 bytes are left: bytes count, not characters.
  assertEquals(await appendSummary(file, "ééééé"), false);
  assertEquals(await appendSummary(file, "123456789"), false);
  assertEquals((await Deno.stat(file)).size, MAX_SUMMARY_SIZE - 10);
  assertEquals(await appendSummary(file, "éééé"), true);
  assertEquals((await Deno.stat(file)).size, MAX_SUMMARY_SIZE);
  assertEquals(await appendSummary(file, ""), false);
  assertEquals((await Deno.stat(file)).size, MAX_SUMMARY_SIZE);
});

Deno.test("a summary that alone is too large leaves no file", async () => {
  await using dir = await tempDir();
  const file = dir.at("summary");
  assertEquals(await appendSummary(file, "x".repeat(MAX_SUMMARY_SIZE)), false);
  assertEquals(dir.names(), []);
});

Deno.test("a file that cannot be written is an error that names it", async () => {
  await using dir = await tempDir();
  for (
    const call of [
      (file: string) => appendValue(file, "a", "b"),
      (file: string) => appendSummary(file, "a"),
    ]
  ) {
    for (const file of [dir.path, dir.at("absent", "file")]) {
      await assertRejects(() => call(file), StorageError, file);
    }
  }
});
