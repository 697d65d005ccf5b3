import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { StorageError } from "../../../lib/errors.ts";
import {
  fromFileError,
  onFile,
  permissionHint,
} from "../../../lib/files/file_errors.ts";

Deno.test({
  name: "an error of the system has a code, a path and words for it",
  permissions: "none",
  fn() {
    const codes: Record<string, [string, string]> = {
      EACCES: ["access-denied", "permission denied"],
      ENOENT: ["not-found", "no such file or directory"],
      EISDIR: [
        "wrong-file-type",
        "a directory stands where a file should be",
      ],
      ENOSPC: ["disk-full", "no space left on the device"],
      EWHATEVER: ["failed", "EWHATEVER"],
    };
    for (const [errno, [code, reason]] of Object.entries(codes)) {
      const cause = Object.assign(new Error("as the system says"), {
        code: errno,
      });
      const error = fromFileError(cause, "read", "/x");
      assertInstanceOf(error, StorageError);
      assertEquals([error.code, error.reason], [code, reason]);
      assertEquals(error.message, `Cannot read /x: ${reason}`);
      assertEquals([error.cause, error.retriable], [cause, false]);
    }
  },
});

Deno.test({
  name: "what is no error of the system passes through unchanged",
  permissions: "none",
  async fn() {
    const errors = [
      new TypeError("a programming error"),
      Object.assign(new Error("other code"), { code: "x-y" }),
      Object.assign(new Error("number"), { code: 5 }),
      new StorageError("corrupt", "?", { operation: "read", location: "/x" }),
    ];
    for (const error of errors) {
      assertStrictEquals(fromFileError(error, "read", "/x"), error);
      const thrown = await assertRejects(() =>
        onFile("read", "/x", () => Promise.reject(error))
      );
      assertStrictEquals(thrown, error);
    }
    assertEquals(await onFile("read", "/x", () => Promise.resolve(1)), 1);
  },
});

Deno.test({
  name: "a missing permission names the flag, as Deno itself words it",
  permissions: "none",
  async fn() {
    // Real ones, so that a change of Deno's words is noticed.
    const refused = await assertRejects(
      () => onFile("read", "/some/x", () => Deno.readFile("/some/x")),
      StorageError,
    );
    assertEquals(refused.code, "not-permitted");
    assertEquals(
      refused.reason,
      "Deno has no permission for read access to /some/x: run again with " +
        "--allow-read=/some/x",
    );
    let message = "";
    try {
      Deno.env.get("SOME_VARIABLE");
    } catch (error) {
      message = permissionHint(error as Error);
    }
    assertEquals(
      message,
      "Deno has no permission for env access to SOME_VARIABLE: run again " +
        "with --allow-env=SOME_VARIABLE",
    );
  },
});

Deno.test({
  name: "words of Deno's that are not known are kept",
  permissions: "none",
  fn() {
    assertEquals(permissionHint(new Error("Something new.")), "Something new.");
  },
});
