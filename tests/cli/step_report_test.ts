import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Log } from "../../lib/cli/log.ts";
import { markdownLink, StepReport } from "../../lib/cli/step_report.ts";
import { MAX_SUMMARY_SIZE } from "../../lib/github/workflow_files.ts";
import { fakeHost } from "../support/fake_host.ts";
import { tempDir, write } from "../lib/files/temp_tree.ts";

Deno.test("what was published is told to GitHub, in its formats", async () => {
  await using dir = await tempDir();
  const { host, stdout, stderr } = fakeHost({
    env: {
      GITHUB_STEP_SUMMARY: dir.at("summary"),
      GITHUB_OUTPUT: dir.at("output"),
    },
  });
  const report = new StepReport(host, new Log(host), true);
  await report.summary(["[a](b)", "[c](d)"]);
  await report.summary(["e"]);
  await report.output("url", "https://x/y");
  await report.output("text", "a\nurl=evil");
  assertEquals(
    await Deno.readTextFile(dir.at("summary")),
    "[a](b)\n\n[c](d)\n\ne\n\n",
  );
  assertMatch(
    await Deno.readTextFile(dir.at("output")),
    /^url=https:\/\/x\/y\ntext<<(ghadelimiter_\S+)\na\nurl=evil\n\1\n$/,
  );
  assertEquals(stdout() + stderr(), "");
});

Deno.test("nothing published, or no GitHub: the same text is printed", async () => {
  await using dir = await tempDir();
  const env = {
    GITHUB_STEP_SUMMARY: dir.at("summary"),
    GITHUB_OUTPUT: dir.at("output"),
  };
  for (
    const [published, variables] of [
      [false, env],
      [true, {}],
      [true, { GITHUB_STEP_SUMMARY: "", GITHUB_OUTPUT: "" }],
    ] as const
  ) {
    const { host, stdout } = fakeHost({ env: variables });
    const report = new StepReport(host, new Log(host), published);
    await report.summary(["[a](b)", "[c](d)"]);
    await report.output("url", "https://x/y");
    assertStringIncludes(stdout(), "[a](b)\n\n[c](d)\n");
    assertStringIncludes(stdout(), "Step output: url=https://x/y\n");
    assertEquals(dir.names(), []);
  }
});

Deno.test("a summary without paragraphs is none", async () => {
  await using dir = await tempDir();
  const env = { GITHUB_STEP_SUMMARY: dir.at("summary") };
  for (const published of [true, false]) {
    const { host, stdout } = fakeHost({ env });
    await new StepReport(host, new Log(host), published).summary([]);
    assertEquals([stdout(), dir.names()], ["", []]);
  }
});

Deno.test("what no longer fits into the summary is printed, with a warning", async () => {
  await using dir = await tempDir();
  const full = `${"x".repeat(MAX_SUMMARY_SIZE - 5)}\n\n`;
  await write(dir.at("summary"), full);
  const { host, stdout, stderr } = fakeHost({
    env: { GITHUB_STEP_SUMMARY: dir.at("summary") },
  });
  await new StepReport(host, new Log(host), true).summary(["[a](b)"]);
  assertEquals((await Deno.stat(dir.at("summary"))).size, full.length);
  assertStringIncludes(stderr(), "Warning: ");
  assertStringIncludes(stdout(), "[a](b)");
});

Deno.test({
  name: "the text of a link is taken literally",
  permissions: "none",
  fn() {
    assertEquals(
      markdownLink("Build Logs", "https://x"),
      "[Build Logs](https://x)",
    );
    assertEquals(
      markdownLink("a]b[c\\", "https://x"),
      "[a\\]b\\[c\\\\](https://x)",
    );
  },
});
