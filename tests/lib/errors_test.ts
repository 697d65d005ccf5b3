import { assert, assertEquals } from "@std/assert";
import {
  InvalidValueError,
  RunOutputsError,
  StorageError,
} from "../../lib/errors.ts";

Deno.test({
  name: "a storage error says what could not be done, then why",
  permissions: "none",
  fn() {
    const cause = new Error("EACCES");
    const error = new StorageError("access-denied", "permission denied", {
      operation: "read",
      location: "/x",
      cause,
    });
    assertEquals(error.message, "Cannot read /x: permission denied");
    assertEquals(
      [error.name, error.code, error.reason, error.operation, error.location],
      ["StorageError", "access-denied", "permission denied", "read", "/x"],
    );
    assertEquals(error.retriable, false);
    assertEquals(error.cause, cause);
    assert(error instanceof RunOutputsError);
  },
});

Deno.test({
  name: "an error without a cause has no cause",
  permissions: "none",
  fn() {
    const error = new StorageError("failed", "?", {
      operation: "read",
      location: "/x",
      retriable: true,
    });
    assertEquals([Object.hasOwn(error, "cause"), error.retriable], [
      false,
      true,
    ]);
  },
});

Deno.test({
  name: "a refused value has the code that says so",
  permissions: "none",
  fn() {
    const error = new InvalidValueError("no");
    assertEquals([error.name, error.code], [
      "InvalidValueError",
      "invalid-value",
    ]);
    assert(error instanceof RunOutputsError);
  },
});
