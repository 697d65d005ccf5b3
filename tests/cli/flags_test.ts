import { assertEquals, assertThrows } from "@std/assert";
import {
  oneOf,
  parseFlags,
  switchFlag,
  UsageError,
  valueFlag,
  wholeNumber,
} from "../../lib/cli/flags.ts";
import { InvalidValueError } from "../../lib/errors.ts";

const flags = {
  "run-id": valueFlag({ placeholder: "ID", help: "" }),
  dir: valueFlag({
    placeholder: "DIR",
    help: "",
    env: "BUILD_DIR",
    default: "build",
  }),
  status: valueFlag({
    placeholder: "S",
    help: "",
    parse: oneOf(["success", "failure"]),
  }),
  jobs: valueFlag({
    placeholder: "N",
    help: "",
    default: 10,
    parse: wholeNumber({ min: 1, max: 256 }),
  }),
  "dry-run": switchFlag({ help: "", default: false }),
  delete: switchFlag({ help: "", default: true }),
  upload: switchFlag({ help: "", defaultText: "it depends" }),
};

const DEFAULTS = {
  "run-id": undefined,
  dir: "build",
  status: undefined,
  jobs: 10,
  "dry-run": false,
  delete: true,
  upload: undefined,
};

function parse(args: string[], env: Record<string, string> = {}) {
  return parseFlags(flags, args, (name) => env[name]);
}

/** The values that differ from the defaults. */
function given(args: string[], env: Record<string, string> = {}) {
  return Object.fromEntries(
    Object.entries(parse(args, env)).filter(([name, value]) =>
      value !== DEFAULTS[name as keyof typeof DEFAULTS]
    ),
  );
}

function refused(args: string[], env: Record<string, string> = {}): string {
  const error = assertThrows(
    () => parse(args, env),
    UsageError,
    "",
    JSON.stringify(args),
  );
  assertEquals(error.code, "invalid-value");
  return error.message;
}

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

test("absent flags have their defaults", () => {
  assertEquals({ ...parse([]) }, DEFAULTS);
});

test("a value follows its flag as a word of its own or after =", () => {
  for (const value of ["x", "a b", "0", "007", "1e3", "true", "é😀", "a,b"]) {
    assertEquals(given(["--run-id", value]), { "run-id": value });
    assertEquals(given([`--run-id=${value}`]), { "run-id": value });
  }
});

test("a value after = may hold anything", () => {
  const values = [
    "a=b",
    "=",
    "==x",
    "-x",
    "--dry-run",
    "a\nb",
    "\n",
    "--",
    " ",
  ];
  for (const value of values) {
    assertEquals(given([`--run-id=${value}`]), { "run-id": value });
  }
  assertEquals(given(["--run-id", "a=b"]), { "run-id": "a=b" });
  assertEquals(given(["--run-id", "a\nb"]), { "run-id": "a\nb" });
});

test("of a flag that is repeated the last one counts", () => {
  assertEquals(given(["--run-id=a", "--run-id", "b"]), { "run-id": "b" });
  assertEquals(given(["--run-id", "b", "--run-id=a"]), { "run-id": "a" });
  assertEquals(given(["--dry-run", "--no-dry-run"]), {});
  assertEquals(given(["--no-dry-run", "--dry-run"]), { "dry-run": true });
});

test("switches have a --no- form, and one without default knows three states", () => {
  assertEquals(given(["--dry-run"]), { "dry-run": true });
  assertEquals(given(["--no-dry-run"]), {});
  assertEquals(given(["--no-delete"]), { delete: false });
  assertEquals(given(["--upload"]), { upload: true });
  assertEquals(given(["--no-upload"]), { upload: false });
});

test("a switch takes true and false in both spellings, as workflows write them", () => {
  assertEquals(given(["--dry-run=true"]), { "dry-run": true });
  assertEquals(given(["--dry-run", "true"]), { "dry-run": true });
  assertEquals(given(["--upload=false"]), { upload: false });
  assertEquals(given(["--upload", "false"]), { upload: false });
  assertEquals(given(["--delete=false"]), { delete: false });
});

test("a switch takes no other value", () => {
  for (const value of ["", "x", "True", "1", "yes", "no"]) {
    assertEquals(refused([`--upload=${value}`]).includes("--upload"), true);
  }
  refused(["--upload", "yes"]);
  refused(["--no-upload", "true"]);
});

test("--no-x=value never means the opposite of --no-x", () => {
  for (const value of ["true", "false", "x", ""]) {
    assertEquals(refused([`--no-upload=${value}`]).includes("upload"), true);
  }
});

test("an unknown flag is refused by name, and its value is not repeated", () => {
  const unknown: [string[], string][] = [
    [["--runid=1"], "--runid"],
    [["--run_id=1"], "--run_id"],
    [["--RUN-ID", "1"], "--RUN-ID"],
    [["--run-id.x=1"], "--run-id.x"],
    [["---run-id=1"], "---run-id"],
    [["--no-such"], "--no-such"],
    [["--token=secret"], "--token"],
    [["--__proto__=1"], "--__proto__"],
    [["--constructor=1"], "--constructor"],
    [["-x"], "-x"],
    [["-"], "-"],
  ];
  for (const [args, name] of unknown) {
    const message = refused(args);
    assertEquals(message, `Unknown flag ${name}`);
  }
});

test("a flag with a value has no --no- form", () => {
  assertEquals(refused(["--no-run-id"]), "Unknown flag --no-run-id");
  for (const arg of ["--no-run-id=1", "--no-dir=x"]) {
    assertEquals(refused([arg]).includes(arg.replace(/=.*/, "")), true, arg);
  }
});

test("an argument without a flag is refused", () => {
  for (const arg of ["x", "5", "a=b", "true", ""]) {
    assertEquals(refused([arg]).includes(JSON.stringify(arg)), true, arg);
    assertEquals(
      refused(["--run-id", "1", arg]).includes(JSON.stringify(arg)),
      true,
    );
  }
});

test("nothing can hide behind --", () => {
  for (
    const args of [
      ["--", "x"],
      ["--", "--dry-run"],
      ["--upload", "--", "--no-upload"],
      ["--run-id=1", "--", ""],
    ]
  ) {
    refused(args);
  }
});

test("a flag without its value is refused by name", () => {
  const without: string[][] = [
    ["--run-id"],
    ["--run-id="],
    ["--run-id", ""],
    ["--run-id", "--dry-run"],
    ["--run-id=x", "--run-id="],
    ["--run-id", "", "--dry-run"],
  ];
  for (const args of without) {
    assertEquals(refused(args), "--run-id needs a value", args.join(" "));
  }
  // Which of the two is named matters less than that it is not taken.
  refused(["--run-id", "-x"]);
});

test("an empty value of a flag does not fall back to the variable", () => {
  refused(["--dir="], { BUILD_DIR: "x" });
});

test("a variable stands in for a flag that is absent; an empty one does not", () => {
  assertEquals(given([], { BUILD_DIR: "b" }), { dir: "b" });
  assertEquals(given(["--dir=a"], { BUILD_DIR: "b" }), { dir: "a" });
  assertEquals(given([], { BUILD_DIR: "" }), {});
});

test("only variables that flags name are read", () => {
  const read: string[] = [];
  parseFlags(flags, ["--run-id=1"], (name) => {
    read.push(name);
    return undefined;
  });
  assertEquals(read, ["BUILD_DIR"]);
});

test("a required flag that is missing is named, with its variable", () => {
  const required = {
    group: valueFlag({
      placeholder: "G",
      help: "",
      env: "GROUP",
      required: true,
    }),
    id: valueFlag({ placeholder: "I", help: "", required: true }),
  };
  const cases: [string[], Record<string, string>, string][] = [
    [[], {}, "--group is required (or $GROUP)"],
    [[], { GROUP: "" }, "--group is required (or $GROUP)"],
    [["--group=g"], {}, "--id is required"],
    [[], { GROUP: "g" }, "--id is required"],
  ];
  for (const [args, env, message] of cases) {
    const error = assertThrows(
      () => parseFlags(required, args, (name) => env[name]),
      UsageError,
    );
    assertEquals(error.message, message);
  }
  assertEquals(
    { ...parseFlags(required, ["--id=i"], () => "g") },
    { group: "g", id: "i" },
  );
});

test("a value that is refused is refused by its flag", () => {
  assertEquals(
    refused(["--status=done"]),
    '--status: "done" is none of success, failure',
  );
  for (const value of ["0", "257", "-1", "1.5", "1e2", "0x10", "ten", " 5"]) {
    assertEquals(
      refused([`--jobs=${value}`]),
      `--jobs: ${JSON.stringify(value)} is not a whole number from 1 to 256`,
    );
  }
  assertEquals(given(["--jobs=256"]), { jobs: 256 });
  assertEquals(given(["--jobs", "1"]), { jobs: 1 });
  for (const value of ["success", "Success", "SUCCESS"]) {
    assertEquals(given([`--status=${value}`]), { status: "success" });
  }
});

test("an error of a check that is no refusal passes through unchanged", () => {
  const broken = {
    x: valueFlag({
      placeholder: "X",
      help: "",
      parse: (): string => {
        throw new TypeError("a programming error");
      },
    }),
  };
  assertThrows(
    () => parseFlags(broken, ["--x=1"], () => undefined),
    TypeError,
    "a programming error",
  );
  assertThrows(() => oneOf(["a"])("b"), InvalidValueError);
});
