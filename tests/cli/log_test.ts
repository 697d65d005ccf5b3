import { assertEquals, assertRejects } from "@std/assert";
import { Log, printable } from "../../lib/cli/log.ts";
import { fakeHost } from "../support/fake_host.ts";

const ACTIONS = { GITHUB_ACTIONS: "true" };

function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

test("lines go to standard output, warnings and errors to standard error", () => {
  const { host, stdout, stderr } = fakeHost();
  const log = new Log(host);
  log.info("one");
  log.warning("two");
  log.error("three");
  assertEquals(stdout(), "one\n");
  assertEquals(stderr(), "Warning: two\nError: three\n");
});

test("in GitHub Actions warnings and errors are annotations", () => {
  const { host, stdout, stderr } = fakeHost({ env: ACTIONS });
  const log = new Log(host);
  log.info("one");
  log.warning("two");
  log.error("three");
  assertEquals(stdout(), "one\n::warning::two\n::error::three\n");
  assertEquals(stderr(), "");
});

test("only the value that GitHub sets means GitHub Actions", () => {
  for (const value of ["", "false", "TRUE", "1"]) {
    const { host, stderr } = fakeHost({ env: { GITHUB_ACTIONS: value } });
    new Log(host).error("x");
    assertEquals(stderr(), "Error: x\n", value);
  }
});

test("an annotation is one line, whatever its text", () => {
  const { host, stdout } = fakeHost({ env: ACTIONS });
  const log = new Log(host);
  log.error("100% of\na::b,c\n::set-env name=x::y");
  log.warning("%0A%25");
  assertEquals(
    stdout(),
    "::error::100%25 of%0Aa::b,c%0A::set-env name=x::y\n" +
      "::warning::%250A%2525\n",
  );
});

test("a carriage return cannot end an annotation", () => {
  const { host, stdout } = fakeHost({ env: ACTIONS });
  new Log(host).error("a\rb");
  assertEquals(stdout().split(/[\r\n]/).length, 2);
  assertEquals(stdout().startsWith("::error::a"), true);
});

test("there are ten annotations of a kind, the rest are plain lines", () => {
  const { host, stdout, stderr } = fakeHost({ env: ACTIONS });
  const log = new Log(host);
  for (let i = 1; i <= 12; i++) log.error(`e${i}`);
  for (let i = 1; i <= 11; i++) log.warning(`w${i}`);
  const lines = stdout().trimEnd().split("\n");
  const count = (start: string) =>
    lines.filter((line) => line.startsWith(start)).length;
  assertEquals([count("::error::"), count("::warning::")], [10, 10]);
  assertEquals(lines.length, 20);
  assertEquals(stderr(), "Error: e11\nError: e12\nWarning: w11\n");
});

test("groups fold in GitHub Actions and have a title elsewhere", async () => {
  for (const env of [ACTIONS, {}]) {
    const { host, stdout } = fakeHost({ env });
    const log = new Log(host);
    const result = await log.group("a\nb%", () => {
      log.info("inside");
      return Promise.resolve(7);
    });
    assertEquals(result, 7);
    assertEquals(
      stdout(),
      env === ACTIONS
        ? "::group::a%0Ab%25\ninside\n::endgroup::\n"
        : "a\nb%\ninside\n",
    );
  }
});

test("a group ends also when what is in it fails", async () => {
  const { host, stdout } = fakeHost({ env: ACTIONS });
  await assertRejects(
    () => new Log(host).group("x", () => Promise.reject(new Error("broken"))),
    Error,
    "broken",
  );
  assertEquals(stdout(), "::group::x\n::endgroup::\n");
});

test("a terminal gets colours unless NO_COLOR is set", () => {
  const outputs = [undefined, "", "1"].map((NO_COLOR) => {
    const env: Record<string, string> = NO_COLOR === undefined
      ? {}
      : { NO_COLOR };
    const { host, stderr } = fakeHost({ env, isTerminal: true });
    new Log(host).error("x");
    return stderr();
  });
  assertEquals(outputs, [
    "\x1b[31mError: x\x1b[0m\n",
    "\x1b[31mError: x\x1b[0m\n",
    "Error: x\n",
  ]);
});

test("control characters are made visible", () => {
  assertEquals(
    printable("a\x1b[2Jb\x07\0\x7f\x9b"),
    "a\\u001b[2Jb\\u0007\\u0000\\u007f\\u009b",
  );
  assertEquals(
    printable("a\rb\u2028c\u202ed\u2066"),
    "a\\u000db\\u2028c\\u202ed\\u2066",
  );
  assertEquals(printable("é 日本 😀 \u00a0"), "é 日本 😀 \u00a0");
  // A text of several lines stays one.
  assertEquals(printable("a\nb"), "a\nb");
  const { host, stdout, stderr } = fakeHost();
  const log = new Log(host);
  log.info("\x1b[31m");
  log.error("\x1b[31m");
  log.warning("\r\x1b[K");
  for (const control of ["\x1b", "\r"]) {
    assertEquals((stdout() + stderr()).includes(control), false);
  }
});

test("the progress line is erased before every line", () => {
  const { host, stdout, stderr } = fakeHost({ isTerminal: true });
  const log = new Log(host);
  log.progressLine = () => host.stdout.write("<clear>");
  log.info("one");
  log.error("two");
  log.progressLine = undefined;
  log.info("three");
  assertEquals(stdout(), "<clear>one\n<clear>three\n");
  assertEquals(stderr().includes("two"), true);
});
