import {
  assert,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import * as path from "@std/path";
import * as posix from "@std/path/posix";

// What is tested through `@std/*` holds for std as well as for the stand-ins:
// nothing here may depend on which of the two is in use.

function failure(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

Deno.test("assert and assertFalse go by truth", () => {
  assert("x");
  assertFalse("");
  assertEquals(failure(() => assert(0, "why")), "why");
  assertEquals(failure(() => assertFalse(1, "why")), "why");
});

Deno.test("assertEquals compares what values hold", () => {
  const cycle: unknown[] = [1];
  cycle.push(cycle);
  const other: unknown[] = [1];
  other.push(other);
  const pairs: [unknown, unknown][] = [
    [1, 1],
    [NaN, NaN],
    [0, -0],
    [{ a: [1, { b: undefined }] }, { a: [1, { b: undefined }] }],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [new Date(5), new Date(5)],
    [/a/g, /a/g],
    [new URL("https://a.test/"), new URL("https://a.test/")],
    [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
    [new Set([1, 2]), new Set([2, 1])],
    [new Set([{ a: 1 }]), new Set([{ a: 1 }])],
    [new Map([["a", { b: 1 }]]), new Map([["a", { b: 1 }]])],
    [cycle, other],
  ];
  for (const [a, b] of pairs) assertEquals(a, b);
});

Deno.test("assertNotEquals lets pass what differs anywhere", () => {
  class Held {
    #value: number;
    constructor(value: number) {
      this.#value = value;
    }
    get value() {
      return this.#value;
    }
  }
  class Same {
    a = 1;
  }
  const pairs: [unknown, unknown][] = [
    [1, 2],
    [1, "1"],
    [null, undefined],
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: undefined }, {}],
    [{ a: undefined }, { b: undefined }],
    [[1, 2], [2, 1]],
    [[1], { 0: 1 }],
    [new Same(), { a: 1 }],
    [new Held(1), new Held(2)],
    [new Date(5), new Date(6)],
    [/a/g, /a/i],
    [new URL("https://a.test/"), new URL("https://b.test/")],
    [new Uint8Array([1]), new Uint8Array([2])],
    [new Uint8Array([1]), new Int8Array([1])],
    [new Set([1]), new Set([2])],
    [new Map([["a", 1]]), new Map([["a", 2]])],
    [new Error("a"), new Error("b")],
    [() => {}, () => {}],
  ];
  for (const [a, b] of pairs) {
    assertNotEquals(a, b);
    assertThrows(() => assertEquals(a, b), AssertionError);
  }
  assertThrows(() => assertNotEquals({ a: 1 }, { a: 1 }), AssertionError);
});

Deno.test("assertEquals shows the lines that differ", () => {
  const message = failure(() =>
    assertEquals({ a: 1, b: 2, c: 3 }, { a: 1, b: 5, c: 3 }, "counts")
  );
  assertStringIncludes(message, "counts");
  assertMatch(message, /^.*-.*b: 2/m);
  assertMatch(message, /^.*\+.*b: 5/m);
  assertNotMatch(message, /^[^ ]*[-+] .*a: 1/m);
});

Deno.test("assertStrictEquals goes by identity and narrows the type", () => {
  const value: unknown = "x";
  assertStrictEquals(value, "x");
  assertEquals(value.length, 1);
  assertThrows(() => assertStrictEquals({}, {}), AssertionError);
  assertThrows(() => assertStrictEquals(0, -0), AssertionError);
});

Deno.test("assertExists and assertInstanceOf narrow the type", () => {
  const value = [1].find((number) => number === 1);
  assertExists(value);
  assertEquals(value.toFixed(), "1");
  assertExists(0);
  assertThrows(() => assertExists(null), AssertionError);
  assertThrows(() => assertExists(undefined), AssertionError);
  const error: unknown = new RangeError("far");
  assertInstanceOf(error, RangeError);
  assertEquals(error.message, "far");
  assertThrows(() => assertInstanceOf({}, Date), AssertionError);
  assertThrows(() => assertInstanceOf(null, Date), AssertionError);
});

Deno.test("assertStringIncludes, assertMatch and assertNotMatch read text", () => {
  assertStringIncludes("abc", "b");
  assertMatch("abc", /^a/);
  assertNotMatch("abc", /^b/);
  assertThrows(() => assertStringIncludes("abc", "d"), AssertionError);
  assertThrows(() => assertMatch("abc", /^b/), AssertionError);
  assertThrows(() => assertNotMatch("abc", /^a/), AssertionError);
});

Deno.test("assertArrayIncludes wants every element, deeply", () => {
  assertArrayIncludes([{ a: 1 }, { b: 2 }, { c: 3 }], [{ c: 3 }, { a: 1 }]);
  assertThrows(() => assertArrayIncludes([1, 2], [2, 3]), AssertionError);
});

Deno.test("assertObjectMatch wants a part of an object, deeply", () => {
  assertObjectMatch({ a: 1, b: { c: 2, d: 3 } }, { b: { c: 2 } });
  assertObjectMatch({ a: [{ b: 1, c: 2 }] }, { a: [{ b: 1 }] });
  assertThrows(() => assertObjectMatch({ a: 1 }, { a: 2 }), AssertionError);
  assertThrows(() => assertObjectMatch({ a: 1 }, { b: 1 }), AssertionError);
  assertThrows(
    () => assertObjectMatch({ a: { b: 1 } }, { a: { b: 1, c: 2 } }),
    AssertionError,
  );
  assertThrows(
    () => assertObjectMatch({ a: [1] }, { a: [1, 2] }),
    AssertionError,
  );
});

Deno.test("the assertions of order compare with their bound", () => {
  assertGreater(2, 1);
  assertGreaterOrEqual(2, 2);
  assertLess("a", "b");
  assertLessOrEqual("b", "b");
  assertThrows(() => assertGreater(1, 1), AssertionError);
  assertThrows(() => assertGreaterOrEqual(1, 2), AssertionError);
  assertThrows(() => assertLess(1, 1), AssertionError);
  assertThrows(() => assertLessOrEqual(2, 1), AssertionError);
});

Deno.test("assertThrows returns the error that it wanted", () => {
  const throwing = () => {
    throw new RangeError("too far");
  };
  assertEquals(assertThrows(throwing, RangeError, "far").message, "too far");
  assertInstanceOf(assertThrows(throwing), RangeError);
  assertThrows(throwing, Error);
  for (
    const wrong of [
      () => assertThrows(throwing, SyntaxError),
      () => assertThrows(throwing, RangeError, "near"),
      () => assertThrows(() => 1),
      () =>
        assertThrows(() => {
          throw "text";
        }, Error),
    ]
  ) failure(wrong);
});

Deno.test("assertRejects returns the error that it wanted", async () => {
  const rejecting = () => Promise.reject(new RangeError("too far"));
  const error = await assertRejects(rejecting, RangeError, "far");
  assertEquals(error.message, "too far");
  for (
    const wrong of [
      () => assertRejects(rejecting, SyntaxError),
      () => assertRejects(rejecting, RangeError, "near"),
      () => assertRejects(() => Promise.resolve(1)),
      () =>
        assertRejects(() => {
          throw new RangeError("at once");
        }, RangeError),
      () => assertRejects(() => Promise.reject("text"), Error),
    ]
  ) {
    await assertRejects(wrong, AssertionError);
  }
});

Deno.test("fail fails with the message that it was given", () => {
  assertStringIncludes(failure(() => fail("why")), "why");
});

Deno.test("posix paths have a name, a directory and an extension", () => {
  assertEquals(posix.SEPARATOR, "/");
  assertEquals(posix.basename("/a/b.tar.gz/"), "b.tar.gz");
  assertEquals(posix.basename("/a/b.ts", ".ts"), "b");
  assertEquals(posix.basename(".ts", ".ts"), ".ts");
  assertEquals(posix.basename("//"), "/");
  assertEquals(posix.basename(""), "");
  assertEquals(posix.dirname("/a/b/"), "/a");
  assertEquals(posix.dirname("a//b"), "a");
  assertEquals(posix.dirname("a"), ".");
  assertEquals(posix.dirname("/a"), "/");
  assertEquals(posix.extname("a/b.tar.gz"), ".gz");
  assertEquals(posix.extname(".profile"), "");
});

Deno.test("posix paths are joined, resolved and compared", () => {
  assertEquals(posix.join("a", "", "../b", "c/"), "b/c/");
  assertEquals(posix.join(""), ".");
  assertEquals(posix.normalize("/a/./b//../c"), "/a/c");
  assertEquals(posix.resolve("/a", "b", "../c"), "/a/c");
  assertEquals(posix.relative("/a/b", "/a/c/d"), "../c/d");
  assertEquals(posix.relative("/a", "/a"), "");
  assert(posix.isAbsolute("/a"));
  assertFalse(posix.isAbsolute("a"));
});

Deno.test("paths of this system go to file URLs and back", () => {
  const file = path.resolve("a b", "100%#?é.txt");
  assert(path.isAbsolute(file));
  assertEquals(path.fromFileUrl(path.toFileUrl(file)), file);
  assertStringIncludes(path.toFileUrl(file).href, "/a%20b/100%25%23%3F%C3%A9");
  assertEquals(path.basename(file), "100%#?é.txt");
  assertEquals(path.basename(path.dirname(file)), "a b");
  assertEquals(path.extname(file), ".txt");
  assertEquals(path.relative(path.resolve(), file).split(path.SEPARATOR), [
    "a b",
    "100%#?é.txt",
  ]);
  assertEquals(path.join("a", "..", "b"), path.normalize("./b"));
  assertThrows(() => path.toFileUrl("a"), TypeError);
  assertThrows(() => path.fromFileUrl("https://a.test/"), TypeError);
});

Deno.test("options hold their values, and what is missing its default", () => {
  const options = {
    string: ["name", "level", "tag"],
    boolean: ["dry-run", "color", "maybe"],
    negatable: ["color"],
    collect: ["tag"],
    default: { level: "info", color: true, maybe: null },
  } as const;
  assertEquals(parseArgs([], options), {
    _: [],
    level: "info",
    color: true,
    maybe: null,
    "dry-run": false,
    tag: [],
  });
  const parsed = parseArgs(
    "--name 7 --tag=a --tag b --dry-run --no-color --level=x=y rest".split(" "),
    options,
  );
  assertEquals(parsed, {
    _: ["rest"],
    name: "7",
    tag: ["a", "b"],
    "dry-run": true,
    color: false,
    level: "x=y",
    maybe: null,
  });
  const level: string = parsed.level;
  const name: string | undefined = parsed.name;
  const maybe: boolean | null = parsed.maybe;
  assertEquals([level, name, maybe], ["x=y", "7", null]);
});

Deno.test("a boolean is false only where it is given the word", () => {
  const read = (...args: string[]) => {
    const { a, _ } = parseArgs(args, { boolean: ["a"] });
    return [a, ..._];
  };
  assertEquals(read("--a=false"), [false]);
  assertEquals(read("--a=maybe"), [true]);
  assertEquals(read("--a", "false"), [false]);
  assertEquals(read("--a", "true"), [true]);
  assertEquals(read("--a", "maybe"), [true, "maybe"]);
  assertEquals(read("--no-a=false"), [false]);
});

Deno.test("a string without a value is empty, and the last one counts", () => {
  const read = (...args: string[]) =>
    parseArgs(args, { string: ["a"], boolean: ["b"] });
  assertEquals(read("--a"), { _: [], a: "", b: false });
  assertEquals(read("--a", "--b"), { _: [], a: "", b: true });
  assertEquals(read("--a", ""), { _: [""], a: "", b: false });
  assertEquals(read("--a=-1"), { _: [], a: "-1", b: false });
  assertEquals(read("--a", "1", "--a", "2"), { _: [], a: "2", b: false });
});

Deno.test("unknown hears of each argument that is no option", () => {
  const heard: unknown[][] = [];
  const parsed = parseArgs(
    ["--no-b", "x", "--c=1", "-de", "y", "7", "-", "--a=1", "--", "--z"],
    {
      string: ["a", "_"],
      boolean: ["b"],
      "--": true,
      unknown: (arg, key, value) => {
        heard.push([arg, key, value]);
        return key === undefined;
      },
    },
  );
  assertEquals(heard, [
    ["--no-b", "no-b", "x"],
    ["--c=1", "c", "1"],
    ["-de", "d", true],
    ["-de", "e", "y"],
    ["7", undefined, undefined],
    ["-", undefined, undefined],
  ]);
  assertEquals<unknown>(parsed, {
    _: ["7", "-"],
    a: "1",
    b: false,
    "--": ["--z"],
  });
});

Deno.test("positionals become numbers unless they are asked for as text", () => {
  assertEquals(parseArgs(["007", "1e3", "x"])._, [7, 1000, "x"]);
  assertEquals<unknown>(parseArgs(["007"], { string: ["_"] })._, ["007"]);
  assertEquals(parseArgs(["a", "--", "7"])._, ["a", "7"]);
});

Deno.test("short options come in clusters and have aliases", () => {
  const options = {
    string: ["name"],
    boolean: ["help", "v"],
    alias: { help: "h", name: "n" },
  };
  assertObjectMatch(parseArgs(["-hv"], options), { help: true, v: true });
  assertObjectMatch(parseArgs(["-vn", "x"], options), { name: "x", v: true });
  assertObjectMatch(parseArgs(["-n5"], options), { name: "5", n: "5" });
  assertObjectMatch(parseArgs(["-n=x"], options), { name: "x" });
});

Deno.test("stopEarly leaves what follows the first positional", () => {
  assertEquals(
    parseArgs(["--a", "run", "--b"], { boolean: ["a"], stopEarly: true }),
    { _: ["run", "--b"], a: true },
  );
});

const projectRoot = path.resolve(import.meta.dirname!, "..", "..");
const range = "jsr:@std/path@^1.1.6";

// A project of its own, so that the chore can be run while others use ours.
async function makeProject(): Promise<AsyncDisposable & { dir: string }> {
  const dir = await Deno.makeTempDir();
  const write = (name: string, value: unknown) =>
    Deno.writeTextFile(
      path.join(dir, name),
      typeof value === "string" ? value : `${JSON.stringify(value, null, 2)}\n`,
    );
  await Deno.mkdir(path.join(dir, "tools", "std", "path"), { recursive: true });
  for (
    const file of [
      "std.ts",
      ...["mod", "posix", "segments"].map((name) => `std/path/${name}.ts`),
    ]
  ) {
    await Deno.copyFile(
      path.join(projectRoot, "tools", file),
      path.join(dir, "tools", file),
    );
  }
  await write("deno.json", {
    workspace: ["./.std/*"],
    imports: { "@std/path": range },
  });
  await write("deno.lock", {
    version: "5",
    specifiers: { [range]: "1.1.7" },
    jsr: { "@std/path@1.1.7": { integrity: "0".repeat(64) } },
    workspace: { dependencies: [range] },
  });
  await write(
    "main.ts",
    'import { join } from "@std/path/posix";\nDeno.stdout.writeSync(' +
      'new TextEncoder().encode(join("a", "b")));\n',
  );
  return {
    dir,
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

async function run(
  dir: string,
  args: string[],
  env: { STD?: string; JSR_URL?: string },
) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    // The chore is run from elsewhere too.
    cwd: args.includes("main.ts") ? dir : projectRoot,
    env: {
      NO_COLOR: "1",
      DENO_DIR: path.join(dir, ".cache"),
      STD: "",
      // Nothing listens on port 1: JSR refuses at once.
      JSR_URL: "http://127.0.0.1:1/",
      ...env,
    },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function runChore(dir: string, env: { STD?: string; JSR_URL?: string } = {}) {
  return run(dir, ["run", "-A", path.join(dir, "tools", "std.ts")], env);
}

async function exists(file: string): Promise<boolean> {
  try {
    await Deno.stat(file);
    return true;
  } catch {
    return false;
  }
}

Deno.test("the chore sets up the stand-ins where JSR cannot be reached", async () => {
  await using project = await makeProject();
  const lock = path.join(project.dir, "deno.lock");
  const before = await Deno.readTextFile(lock);
  const chore = await runChore(project.dir);
  assertEquals(chore.code, 0, chore.stderr);
  assertMatch(chore.stderr, /^std: JSR cannot be reached.*@std\/path\n$/);

  const member = path.join(project.dir, ".std", "path", "deno.json");
  const { mtime } = await Deno.stat(member);
  assertObjectMatch(JSON.parse(await Deno.readTextFile(member)), {
    name: "@std/path",
    version: "1.1.7",
  });
  const main = await run(
    project.dir,
    ["run", "--frozen", "--check", "main.ts"],
    {},
  );
  assertEquals([main.code, main.stdout], [0, "a/b"], main.stderr);

  await Deno.mkdir(path.join(project.dir, ".std", "gone"));
  const again = await runChore(project.dir, { STD: "local" });
  assertEquals(again.code, 0, again.stderr);
  assertEquals((await Deno.stat(member)).mtime, mtime);
  assertFalse(await exists(path.join(project.dir, ".std", "gone")));
  assertEquals(await Deno.readTextFile(lock), before);
});

Deno.test("the chore fails where STD=jsr and JSR cannot be reached", async () => {
  await using project = await makeProject();
  const chore = await runChore(project.dir, { STD: "jsr" });
  assertEquals(chore.code, 1);
  assertMatch(chore.stderr, /^std: JSR cannot be reached.*\n$/);
  assertFalse(await exists(path.join(project.dir, ".std")));
});

Deno.test("the chore refuses a package without a stand-in", async () => {
  await using project = await makeProject();
  await Deno.writeTextFile(
    path.join(project.dir, "deno.json"),
    JSON.stringify({ imports: { "@std/yaml": "jsr:@std/yaml@^1.0.0" } }),
  );
  const chore = await runChore(project.dir);
  assertEquals(chore.code, 1);
  assertStringIncludes(chore.stderr, "no stand-in");
});

Deno.test("the chore removes the stand-ins once JSR can be reached", async () => {
  await using project = await makeProject();
  const source = "export const SEPARATOR = '/';\n";
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(source),
  );
  const answers: Record<string, unknown> = {
    "/@std/path/meta.json": { versions: { "1.1.7": {} } },
    "/@std/path/1.1.7_meta.json": {
      exports: { ".": "./mod.ts", "./posix": "./mod.ts" },
      manifest: {
        "/mod.ts": {
          size: source.length,
          checksum: `sha256-${new Uint8Array(digest).toHex()}`,
        },
      },
    },
  };
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/@std/path/1.1.7/mod.ts") return new Response(source);
      const answer = answers[pathname];
      return answer === undefined
        ? new Response(null, { status: 404 })
        : Response.json(answer);
    },
  );
  const env = { JSR_URL: `http://127.0.0.1:${server.addr.port}/` };
  assertEquals((await runChore(project.dir, { STD: "local" })).code, 0);
  const chore = await runChore(project.dir, env);
  assertEquals(chore.code, 0, chore.stderr);
  assertMatch(chore.stderr, /^std: JSR can be reached.*\n$/);
  assertFalse(await exists(path.join(project.dir, ".std")));
  const again = await runChore(project.dir, { ...env, STD: "jsr" });
  assertEquals([again.code, again.stderr], [0, ""]);
});
