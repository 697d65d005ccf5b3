import { assertEquals, assertThrows } from "@std/assert";
import { parseDigest } from "../../lib/digest.ts";
import { InvalidValueError } from "../../lib/errors.ts";

const NAME = "blas_lib_gfx94X-dcgpu.tar.xz";
const DIGEST = "0123456789abcdef".repeat(4);
const OTHER = "f".repeat(64);

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

test("a digest alone is the artifact's", () => {
  for (
    const text of [DIGEST, `${DIGEST}\n`, `${DIGEST}\r\n`, ` ${DIGEST} \n\n`]
  ) assertEquals(parseDigest(text, NAME), DIGEST, JSON.stringify(text));
});

test("a digest in capital letters is the same one", () => {
  assertEquals(parseDigest(`${DIGEST.toUpperCase()}\n`, NAME), DIGEST);
});

test("sha256sum's own form is read, in text and in binary mode", () => {
  for (
    const file of [NAME, `*${NAME}`, `build/artifacts/${NAME}`, `./${NAME}`]
  ) {
    assertEquals(parseDigest(`${DIGEST}  ${file}\n`, NAME), DIGEST, file);
    assertEquals(parseDigest(`${DIGEST} ${file}\r\n`, NAME), DIGEST, file);
  }
  assertEquals(parseDigest(`${DIGEST}  D:\\build\\${NAME}\n`, NAME), DIGEST);
});

test("of several lines, that of the artifact counts", () => {
  const text = `${OTHER}  other.tar.xz\n${DIGEST}  ${NAME}\n`;
  assertEquals(parseDigest(text, NAME), DIGEST);
  assertEquals(parseDigest(text, "other.tar.xz"), OTHER);
});

test("a name with blanks is read whole", () => {
  assertEquals(parseDigest(`${DIGEST}  a b.tar.xz\n`, "a b.tar.xz"), DIGEST);
  assertThrows(() => parseDigest(`${DIGEST}  a b.tar.xz\n`, "b.tar.xz"));
});

test("what holds no digest of the artifact is refused", () => {
  for (
    const text of [
      "",
      "\n",
      `${DIGEST}  other.tar.xz\n`,
      DIGEST.slice(1),
      `${DIGEST}0`,
      `${"g".repeat(64)}\n`,
      `# ${DIGEST}\n`,
      "<html>404</html>",
      "d41d8cd98f00b204e9800998ecf8427e  x\n",
    ]
  ) {
    assertThrows(
      () => parseDigest(text, NAME),
      InvalidValueError,
      NAME,
      JSON.stringify(text),
    );
  }
});
