import { assertEquals } from "@std/assert";
import {
  githubEnvironment,
  githubOptionsFrom,
} from "../../lib/cli/github_options.ts";

Deno.test({
  name: "the token comes from GITHUB_TOKEN, else GH_TOKEN, and the API root " +
    "from GITHUB_API_URL; an empty variable counts as none",
  permissions: "none",
  fn() {
    const cases: [Record<string, string>, string?, string?][] = [
      [{}],
      [{ GITHUB_TOKEN: "a", GH_TOKEN: "b" }, "a"],
      [{ GITHUB_TOKEN: "", GH_TOKEN: "b" }, "b"],
      [{ GH_TOKEN: "b\n" }, "b"],
      [{ GITHUB_TOKEN: " ", GH_TOKEN: "", GITHUB_API_URL: "" }],
      [{ GITHUB_API_URL: "https://g/api/v3" }, undefined, "https://g/api/v3"],
    ];
    for (const [variables, token, apiUrl] of cases) {
      const options = githubOptionsFrom((name) => variables[name]);
      assertEquals(options, { token, apiUrl }, JSON.stringify(variables));
    }
  },
});

Deno.test({
  name: "the variables that are read are those that help lists",
  permissions: "none",
  fn() {
    const read = new Set<string>();
    githubOptionsFrom((name) => void read.add(name));
    assertEquals([...read], githubEnvironment.map(({ name }) => name));
  },
});
