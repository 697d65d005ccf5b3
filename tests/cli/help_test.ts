import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { switchFlag, valueFlag } from "../../lib/cli/flags.ts";
import { helpText } from "../../lib/cli/help.ts";
import type { ScriptSpec } from "../../lib/cli/declaration.ts";

const flags = {
  "artifact-group": valueFlag({
    placeholder: "GROUP",
    env: "ARTIFACT_GROUP",
    required: true,
    help: "Artifact group.",
  }),
  "build-dir": valueFlag({
    placeholder: "DIR",
    env: "BUILD_DIR",
    default: "build",
    help: "Directory of the build, which is explained with so many words " +
      "that they do not fit into one line of a terminal.",
  }),
  concurrency: valueFlag({ placeholder: "N", default: 10, help: "In flight." }),
  "dry-run": switchFlag({ default: false, help: "Write nothing." }),
  upload: switchFlag({ defaultText: "on when $CI is true", help: "Upload." }),
};

const spec: ScriptSpec<typeof flags> = {
  name: "some_script",
  summary: "Does something with a build that takes more than one line of a " +
    "terminal to explain to whoever asks for it.",
  flags,
  environment: [
    { name: "CI", help: "true: uploads." },
    { name: "AWS_*", help: "Credentials." },
  ],
  permissions: [
    { flag: "--allow-read", reason: "The files." },
    { flag: "--allow-env=CI,AWS_*", reason: "The variables." },
  ],
  exitCodes: { 0: "Done.", 1: "Failed.", 2: "Wrong usage." },
  example: "--artifact-group gfx94X-dcgpu --dry-run",
};

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

test("the help mentions every flag with its default and variable", () => {
  const text = helpText(spec);
  const flat = text.replace(/\s+/g, " ");
  const rows = [
    "--artifact-group GROUP Artifact group. (required; or $ARTIFACT_GROUP)",
    "(or $BUILD_DIR; default: build)",
    "--concurrency N In flight. (default: 10)",
    "--[no-]dry-run Write nothing.",
    "--[no-]upload Upload. (default: on when $CI is true)",
    "--help, -h Show this help.",
  ];
  for (const row of rows) assertStringIncludes(flat, row);
  assertStringIncludes(
    text,
    "Usage: some_script --artifact-group GROUP [flags]\n",
  );
});

test("the help mentions every variable, permission, exit code and an example", () => {
  const flat = helpText(spec).replace(/\s+/g, " ");
  const rows = [
    "ARTIFACT_GROUP Stands in for --artifact-group.",
    "BUILD_DIR Stands in for --build-dir.",
    "CI true: uploads.",
    "AWS_* Credentials.",
    "--allow-read The files.",
    "--allow-env=CI,AWS_* The variables.",
    "0 Done. 1 Failed. 2 Wrong usage.",
    "Example: scripts/some_script.ts --artifact-group gfx94X-dcgpu --dry-run",
  ];
  for (const row of rows) assertStringIncludes(flat, row);
});

test("the help fits a terminal, without blanks at the ends of lines", () => {
  const text = helpText(spec);
  assert(text.endsWith("\n") && !text.endsWith("\n\n"));
  for (const line of text.split("\n")) {
    assert(line.length <= 80, line);
    assertEquals(line, line.trimEnd());
  }
  assertEquals(text, helpText(spec));
});
