import { assertEquals } from "@std/assert";

interface Dependency {
  readonly specifier: string;
  readonly isDynamic?: boolean;
  readonly code?: { readonly specifier: string };
}

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly Dependency[];
}

const project = new URL("../../", import.meta.url);

/** The modules below a module, as `deno info` finds them. */
async function modulesOf(path: string): Promise<Map<string, Module>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", path],
    cwd: project,
    stderr: "inherit",
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  return new Map(modules.map((found: Module) => [found.specifier, found]));
}

/** What is loaded with a module, besides what it loads later by itself. */
function loaded(modules: Map<string, Module>, path: string): Dependency[] {
  const seen = new Set([new URL(path, project).href]);
  const dependencies: Dependency[] = [];
  for (const specifier of seen) {
    for (const found of modules.get(specifier)?.dependencies ?? []) {
      if (found.code === undefined || found.isDynamic) continue;
      dependencies.push(found);
      seen.add(found.code.specifier);
    }
  }
  return dependencies;
}

Deno.test("Octokit is not loaded by importing the library or lib/github", async () => {
  for (const path of ["mod.ts", "lib/github/workflow_runs.ts"]) {
    const found = loaded(await modulesOf(path), path);
    assertEquals(found.length > 5, true);
    assertEquals(
      found.filter(({ specifier }) => /octokit/.test(specifier)),
      [],
    );
  }
});

Deno.test("one module loads Octokit, when something is asked", async () => {
  const modules = await modulesOf("lib/github/workflow_runs.ts");
  const importers = [...modules.values()].flatMap(
    ({ specifier, dependencies = [] }) =>
      dependencies
        .filter((found) => /octokit/.test(found.specifier))
        .filter(({ code }) => code !== undefined)
        .map(({ isDynamic }) => [
          specifier.slice(project.href.length),
          isDynamic,
        ]),
  );
  assertEquals(importers, [["lib/github/github_client.ts", true]]);
});
