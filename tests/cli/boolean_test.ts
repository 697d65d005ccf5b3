import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseBoolean } from "../../lib/cli/boolean.ts";
import { InvalidValueError } from "../../lib/errors.ts";
import vectors from "../data/vectors/booleans.json" with { type: "json" };

Deno.test({
  name: "every boolean of the vectors is read as it should be",
  permissions: "none",
  fn() {
    assert(vectors.cases.length > 0);
    for (const { in: text, out, error } of vectors.cases) {
      const parse = () => parseBoolean("CI", text ?? undefined);
      if (error) assertThrows(parse, InvalidValueError, "", `${text}`);
      else assertEquals(parse(), out, JSON.stringify(text));
    }
  },
});

Deno.test({
  name: "the words of the specification are true in any case",
  permissions: "none",
  fn() {
    for (const word of ["1", "true", "TRUE", "Yes", "oN", "y", "T"]) {
      assertEquals(parseBoolean("CI", word), true, word);
    }
    for (const word of ["", "0", "FALSE", "No", "OFF", "n"]) {
      assertEquals(parseBoolean("CI", word), false, word);
    }
  },
});

Deno.test({
  name: "what is neither is refused by the variable's name and value",
  permissions: "none",
  fn() {
    for (const word of ["maybe", " ", "\n", "truee", "10", "__proto__"]) {
      assertThrows(
        () => parseBoolean("SOME_NAME", word),
        InvalidValueError,
        `$SOME_NAME is ${JSON.stringify(word)}`,
      );
    }
  },
});
