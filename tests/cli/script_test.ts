import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { switchFlag, UsageError, valueFlag } from "../../lib/cli/flags.ts";
import { helpText } from "../../lib/cli/help.ts";
import { EXIT, runScript, type ScriptContext } from "../../lib/cli/script.ts";
import type { ScriptSpec } from "../../lib/cli/declaration.ts";
import {
  InvalidValueError,
  RunOutputsError,
  StorageError,
} from "../../lib/errors.ts";
import { type FakeHost, fakeHost } from "../support/fake_host.ts";

const flags = {
  id: valueFlag({ placeholder: "ID", help: "", required: true, env: "ID" }),
  fast: switchFlag({ default: false, help: "" }),
};

const spec: ScriptSpec<typeof flags> = {
  name: "some_script",
  summary: "Does something.",
  flags,
  environment: [],
  permissions: [],
  exitCodes: { 0: "Done." },
  example: "--id 1",
};

type Run = (context: ScriptContext<typeof flags>) => Promise<number>;

function run(
  fn: Run,
  args: string[] = ["--id=1"],
  fake: FakeHost = fakeHost(),
): Promise<number> {
  return runScript(spec, args, fn, fake.host);
}

function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

test("the exit code is what the script's own part returns", async () => {
  for (const code of [0, 1, 2, 7]) {
    assertEquals(await run(() => Promise.resolve(code)), code);
  }
  assertEquals(EXIT, { done: 0, failed: 1, usage: 2 });
});

test("the script's own part gets its flags, from arguments and variables", async () => {
  const fake = fakeHost({ env: { ID: "from env" } });
  const code = await run(
    ({ flags, host, signal }) => {
      assertEquals({ ...flags }, { id: "from env", fast: true });
      assertStrictEquals(host, fake.host);
      assertEquals(signal.aborted, false);
      return Promise.resolve(0);
    },
    ["--fast"],
    fake,
  );
  assertEquals(code, 0);
});

test("--help is answered on standard output, whatever else is asked", async () => {
  for (const args of [["--help"], ["-h"], ["--nonsense", "--help"]]) {
    const fake = fakeHost();
    const code = await run(() => Promise.reject(new Error("ran")), args, fake);
    assertEquals(code, 0);
    assertEquals([fake.stdout(), fake.stderr()], [helpText(spec), ""]);
  }
});

test("--help reads no variable", async () => {
  const fake = fakeHost();
  const host = {
    ...fake.host,
    env: (): never => {
      throw new Error("was read");
    },
  };
  assertEquals(
    await runScript(spec, ["--help"], () =>
      run(() => {
        throw new Error("ran");
      }), host),
    0,
  );
});

test("a usage error is exit code 2 and one line that names the flag and the help", async () => {
  for (
    const [args, message] of [
      [[], "--id is required (or $ID)"],
      [["--id=1", "--nonsense"], "Unknown flag --nonsense"],
      [["--id="], "--id needs a value"],
      [["--id=1", "x"], 'Unexpected argument "x"'],
    ] as const
  ) {
    const fake = fakeHost();
    const code = await run(() => Promise.resolve(0), [...args], fake);
    assertEquals(code, 2);
    assertEquals(
      fake.stderr(),
      `Error: ${message}. For help: some_script --help\n`,
    );
    assertEquals(fake.stdout(), "");
  }
});

test("an error that is foreseen is one line and an exit code", async () => {
  const context = { operation: "upload", location: "s3://b/k" };
  const errors: [Error, number, string][] = [
    [new UsageError("no"), 2, "Error: no. For help: some_script --help\n"],
    [
      new InvalidValueError("bad value"),
      2,
      "Error: bad value. For help: some_script --help\n",
    ],
    [new RunOutputsError("incomplete", "not all"), 1, "Error: not all\n"],
    [
      new StorageError("access-denied", "forbidden", context),
      1,
      "Error: Cannot upload s3://b/k: forbidden\n",
    ],
    [
      new StorageError("not-permitted", "run again with --allow-net", context),
      1,
      "Error: Cannot upload s3://b/k: run again with --allow-net\n",
    ],
  ];
  for (const [error, code, line] of errors) {
    const fake = fakeHost();
    assertEquals(await run(() => Promise.reject(error), undefined, fake), code);
    assertEquals(fake.stderr(), line);
    assertEquals(fake.handlers(), 0);
  }
});

test("an error stays one line even when a name in it has a line break", async () => {
  const fake = fakeHost();
  const error = new StorageError("not-found", "gone", {
    operation: "read",
    location: "/a\nError: forged",
  });
  await run(() => Promise.reject(error), undefined, fake);
  await run(() => Promise.resolve(0), ["--id=1", "--a\nError: forged"], fake);
  const lines = fake.stderr().trimEnd().split("\n");
  assertEquals(lines.length, 2, fake.stderr());
});

test("in GitHub Actions an error is an annotation", async () => {
  const fake = fakeHost({ env: { GITHUB_ACTIONS: "true" } });
  const error = new RunOutputsError("failed", "100%");
  await run(() => Promise.reject(error), undefined, fake);
  assertEquals(fake.stdout(), "::error::100%25\n");
});

test("a missing permission is one line with the flag", async () => {
  const fake = fakeHost();
  // This test has no permissions: Deno itself says no.
  const code = await run(
    async () => {
      await Deno.readTextFile("/some/file");
      return 0;
    },
    undefined,
    fake,
  );
  assertEquals(code, 1);
  assertEquals(fake.stderr().split("\n").length, 2);
  assertStringIncludes(fake.stderr(), "--allow-read=/some/file");
});

test("a variable that may not be read is one line with the flag", async () => {
  const fake = fakeHost();
  const host = { ...fake.host, env: (name: string) => Deno.env.get(name) };
  const code = await runScript(
    spec,
    ["--id=1"],
    () => Promise.resolve(0),
    host,
  );
  assertEquals(code, 1);
  assertStringIncludes(fake.stderr(), "--allow-env=");
  assertEquals(fake.stderr().split("\n").length, 2);
});

test("a programming error passes through unchanged", async () => {
  for (
    const error of [new TypeError("oops"), new Error("x"), new RangeError()]
  ) {
    const fake = fakeHost();
    const thrown = await assertRejects(() =>
      run(() => Promise.reject(error), undefined, fake)
    );
    assertStrictEquals(thrown, error);
    assertEquals([fake.stdout(), fake.stderr()], ["", ""]);
    assertEquals(fake.handlers(), 0);
  }
});

test("an interrupt aborts the signal, and the exit code says which it was", async () => {
  for (
    const [signal, code] of [
      ["SIGINT", 130],
      ["SIGBREAK", 130],
      ["SIGTERM", 143],
    ] as const
  ) {
    const fake = fakeHost();
    const actual = await run(
      ({ signal: abort }) => {
        fake.interrupt(signal);
        assert(abort.aborted);
        abort.throwIfAborted();
        return Promise.resolve(0);
      },
      undefined,
      fake,
    );
    assertEquals(actual, code);
    assertStringIncludes(fake.stderr(), `Interrupted by ${signal}`);
    assertEquals(fake.handlers(), 0);
  }
});

test("a second interrupt changes nothing, and what ends well is interrupted too", async () => {
  const fake = fakeHost();
  const code = await run(
    () => {
      fake.interrupt("SIGTERM");
      fake.interrupt("SIGINT");
      return Promise.resolve(0);
    },
    undefined,
    fake,
  );
  assertEquals(code, 143);
  assertEquals(fake.stderr().split("Interrupted").length, 2);
});
