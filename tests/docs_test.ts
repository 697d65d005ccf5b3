/**
 * The documents say what is true: their commands run and print what is shown,
 * their links lead somewhere, and their flags are those of the code.
 *
 * A fenced block `sh` holds commands. A block `text` right behind it holds
 * lines that the commands print; `...` stands for lines that are left out. A
 * command may end with `# exit N`. One that would publish to S3 is run with
 * `--dry-run`; one that reads other runs asks a stand-in for GitHub and S3.
 *
 * @module
 */

import {
  assert,
  assertArrayIncludes,
  assertEquals,
  assertMatch,
} from "@std/assert";
import { dirname, join } from "@std/path";
import type { Flag } from "../lib/cli/flags.ts";
import { scripts } from "../tools/scripts.ts";
import { assertShown, run, runBlock } from "./support/docs_commands.ts";
import {
  anchors,
  blocks,
  type Document,
  exists,
  firstCells,
  inProject,
  project,
  prose,
  readDocuments,
  readWorkflows,
  section,
} from "./support/docs_markdown.ts";
import { startStandIn } from "./support/docs_servers.ts";
import { Workspace } from "./support/docs_workspace.ts";

const documents: readonly Document[] = await readDocuments();

Deno.test("every command in the documents does what they say", async (t) => {
  const covered: string[] = [];
  await using standIn = startStandIn();
  await using workspace = await Workspace.make();
  for (const { name, text } of documents) {
    const all = blocks(text);
    for (const [i, block] of all.entries()) {
      if (block.language !== "sh") continue;
      const next = all[i + 1];
      const shown = next?.follows && next.language === "text"
        ? next.text
        : undefined;
      await t.step(`${name}: ${block.text.slice(0, 60)}`, async () => {
        const printed = await runBlock(block.text, {
          workspace,
          endpoint: standIn.endpoint,
        });
        if (shown !== undefined) assertShown(shown, printed);
      });
      covered.push(name);
    }
  }
  // Were no block found, nothing would be tested.
  assertArrayIncludes(covered, [
    "README.md",
    "CONTRIBUTING.md",
    "docs/permissions.md",
    ...scripts.map(({ spec }) => `docs/scripts/${spec.name}.md`),
  ]);
});

Deno.test("every output that README.md shows of the demo is what it prints", async () => {
  const { code, lines } = await run([
    "run",
    "--allow-all",
    join(project, "tools/demo.ts"),
  ], { cwd: project });
  assertEquals(code, 0, lines.join("\n"));
  const readme = find("README.md");
  const shown = blocks(readme.text).filter(({ language, text }) =>
    language === "text" && text.startsWith("== ")
  );
  assertEquals(shown.length, 2);
  for (const { text } of shown) assertShown(text, lines);
});

Deno.test("every link in the documents leads to a file or a heading", async () => {
  const dead: string[] = [];
  for (const { name, text } of documents) {
    for (const [, target = ""] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https:\/\//.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? name : inProject(join(dirname(name), path));
      const other = documents.find((document) => document.name === file);
      const there = other !== undefined || await exists(join(project, file));
      const headed = anchor === undefined ||
        (other !== undefined && anchors(other.text).includes(anchor));
      if (!there || !headed) dead.push(`${name}: ${target}`);
    }
  }
  assertEquals(dead, []);
});

Deno.test("every document is reached by links from README.md", () => {
  const reached = new Set(["README.md"]);
  for (const name of reached) {
    const { text } = find(name);
    for (const [, target = ""] of prose(text).matchAll(/\]\(([^)#\s]+)/g)) {
      const file = inProject(join(dirname(name), target));
      if (documents.some((document) => document.name === file)) {
        reached.add(file);
      }
    }
  }
  assertEquals([...reached].sort(), documents.map(({ name }) => name).sort());
});

Deno.test("every script has a section in docs/permissions.md with its flags", () => {
  const { text } = find("docs/permissions.md");
  for (const { spec } of scripts) {
    const rows = firstCells(section(text, `\`${spec.name}\``));
    assertEquals(rows, spec.permissions.map(({ flag }) => flag), spec.name);
  }
});

Deno.test("every command that publishes to S3 in a workflow has all permissions of its script", () => {
  let found = 0;
  for (const { name, text } of documents) {
    for (const block of blocks(text)) {
      if (block.language !== "yaml") continue;
      for (const { spec } of scripts) {
        if (!block.text.includes(`scripts/${spec.name}.ts`)) continue;
        found++;
        const words = block.text.split(/[\s']+/);
        const flags = words.filter((word) => word.startsWith("--allow-"));
        assertEquals(flags, spec.permissions.map(({ flag }) => flag), name);
      }
    }
  }
  assert(found > 0);
});

Deno.test("every script has a page with its flags, variables and exit codes", () => {
  for (const { spec } of scripts) {
    const { text } = find(`docs/scripts/${spec.name}.md`);
    const flags = firstCells(section(text, "Flags"))
      .map((cell) => cell.replace(/^--| .*$/g, ""));
    assertEquals(
      flags.sort(),
      [...Object.entries(spec.flags).map(nameInTable), "help"].sort(),
      spec.name,
    );
    const variables = new Set([
      ...Object.values(spec.flags).flatMap(({ env }) => env ?? []),
      ...spec.environment.map(({ name }) => name),
    ]);
    assertEquals(
      firstCells(section(text, "Environment")).sort(),
      [...variables].sort(),
      spec.name,
    );
    for (const code of Object.keys(spec.exitCodes)) {
      assertMatch(text, new RegExp(`^\\| ${code} +\\|`, "m"), spec.name);
    }
  }
});

Deno.test("every dependency has a row in docs/architecture.md", async () => {
  const config = JSON.parse(
    await Deno.readTextFile(join(project, "deno.json")),
  );
  const { text } = find("docs/architecture.md");
  const rows = section(text, "Dependencies")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)])
    .map(([, name]) => name);
  assertEquals(rows.sort(), Object.keys(config.imports).sort());
});

Deno.test("every document names the version of Deno that lands changes", async () => {
  const ci = await Deno.readTextFile(join(project, ".ci/run"));
  const version = /deno@([\d.]+)/.exec(ci)?.[1];
  assert(version);
  const workflows = await readWorkflows();
  for (const { name, text } of [...documents, ...workflows]) {
    for (
      const [, named] of text.matchAll(
        /(?:npx -y deno@|deno-version: v)([\d.]+)/g,
      )
    ) {
      assertEquals(named, version, name);
    }
  }
});

Deno.test("every workflow asks for few permissions and runs what .ci/run runs", async () => {
  const workflows = await readWorkflows();
  assert(workflows.length > 0);
  for (const { name, text } of workflows) {
    assertMatch(text, /^permissions:\n {2}contents: read\n/m, name);
    assertMatch(text, /^concurrency:\n/m, name);
    assertMatch(text, /^ {6}- run: bash \.ci\/run$/m, name);
    for (const [, uses] of text.matchAll(/uses: (.*)/g)) {
      assertMatch(uses ?? "", /^[\w-]+\/[\w-]+@v\d+$/, name);
    }
    assert(!text.includes("\t"), `${name} has a tab`);
  }
});

Deno.test("CHANGELOG.md has an Unreleased section with changes", () => {
  const { text } = find("CHANGELOG.md");
  assertMatch(section(text, "[Unreleased]"), /^### \w+\n\n- /m);
});

Deno.test("no document names a path of one machine", () => {
  const machine =
    /(?:^|[\s"'`(=])(?:\/(?:home|root|work|tmp|Users)\/|~\/[^.])/m;
  for (const { name, text } of documents) {
    assertEquals(machine.exec(text)?.[0], undefined, name);
  }
});

Deno.test({
  name: "every script can be run as a file",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    for (const { spec } of scripts) {
      const path = join(project, "scripts", `${spec.name}.ts`);
      const { mode } = await Deno.stat(path);
      assert(
        (mode ?? 0) & 0o100,
        `${path} is not executable: chmod +x, or git update-index --chmod=+x`,
      );
    }
  },
});

/** Arguments that belong to no flag go by what stands for them in the help. */
function nameInTable(
  [name, { kind, placeholder = "" }]: [string, Flag<unknown>],
): string {
  return kind === "positionals" ? placeholder : name;
}

function find(name: string): Document {
  const found = documents.find((document) => document.name === name);
  assert(found, `There is no ${name}`);
  return found;
}
