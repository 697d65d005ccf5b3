import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InvalidValueError } from "../../lib/errors.ts";
import { checkSegment, segmentFault } from "../../lib/path_segment.ts";
import { HOSTILE_NAMES, ODD_NAMES } from "./hostile_names.ts";

Deno.test({
  name: "a segment that would leave its place is refused, and the message " +
    "says what it is and what is wrong",
  permissions: "none",
  fn() {
    for (const [what, name] of Object.entries(HOSTILE_NAMES)) {
      const error = assertThrows(
        () => checkSegment(name, "run id"),
        InvalidValueError,
        "Invalid run id ",
        what,
      );
      assertEquals(error.code, "invalid-value");
      assertStringIncludes(error.message, segmentFault(name) ?? "no fault");
      // A message is one line, whatever the name.
      assertEquals(error.message.split(/[\r\n]/).length, 1, what);
    }
  },
});

Deno.test({
  name: "every control character of ASCII is refused",
  permissions: "none",
  fn() {
    for (const code of [...Array(0x20).keys(), 0x7f]) {
      const name = `a${String.fromCharCode(code)}`;
      assertEquals(segmentFault(name), "contains a control character");
    }
  },
});

Deno.test({
  name: "a segment that only looks odd is returned unchanged",
  permissions: "none",
  fn() {
    for (const name of ODD_NAMES) {
      assertEquals(checkSegment(name, "file name"), name);
      assertEquals(segmentFault(name), undefined, name);
    }
  },
});
