import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidValueError } from "../../../lib/errors.ts";
import {
  choosePartSize,
  MAX_OBJECT_SIZE,
  MAX_PARTS,
  MIN_PART_SIZE,
  partRanges,
} from "../../../lib/storage/parts.ts";

const MIB = 1024 * 1024;

Deno.test({
  name: "parts have the wanted size where the limits allow it",
  permissions: "none",
  fn() {
    assertEquals(choosePartSize(300 * MIB, 8 * MIB), 8 * MIB);
    assertEquals(choosePartSize(0, 8 * MIB), 8 * MIB);
    assertEquals(choosePartSize(80_000 * MIB, 8 * MIB), 8 * MIB);
    assertEquals(choosePartSize(80_000 * MIB + 1, 8 * MIB), 9 * MIB);
  },
});

Deno.test({
  name: "parts are never smaller than S3 takes",
  permissions: "none",
  fn() {
    assertEquals(choosePartSize(100 * MIB, 1), MIN_PART_SIZE);
    assertEquals(choosePartSize(100 * MIB, MIN_PART_SIZE), MIN_PART_SIZE);
  },
});

Deno.test({
  name: "no object has more than 10,000 parts, up to the largest",
  permissions: "none",
  fn() {
    const sizes = [
      MAX_PARTS * MIN_PART_SIZE,
      MAX_PARTS * MIN_PART_SIZE + 1,
      80_000 * MIB + 1,
      1024 * 1024 * MIB,
      MAX_OBJECT_SIZE - 1,
      MAX_OBJECT_SIZE,
    ];
    for (const size of sizes) {
      for (const wanted of [1, 8 * MIB, 8 * MIB + 3]) {
        const partSize = choosePartSize(size, wanted);
        assert(Math.ceil(size / partSize) <= MAX_PARTS, `${size}, ${wanted}`);
        assert(partSize <= 5 * 1024 * MIB, `${size}, ${wanted}`);
      }
    }
    assertEquals(MAX_PARTS, 10_000);
  },
});

Deno.test({
  name: "an object that is larger than S3 takes is refused",
  permissions: "none",
  fn() {
    assertThrows(
      () => choosePartSize(MAX_OBJECT_SIZE + 1, 8 * MIB),
      InvalidValueError,
      `${MAX_OBJECT_SIZE + 1} bytes`,
    );
  },
});

Deno.test({
  name: "parts cover the object exactly, all but the last of the same size",
  permissions: "none",
  fn() {
    for (const size of [1, 9, 10, 11, 99, 100, 101, 10_000 * 10]) {
      const parts = [...partRanges(size, 10)];
      let end = 0;
      for (const [index, { number, start, length }] of parts.entries()) {
        assertEquals(number, index + 1);
        assertEquals(start, end);
        end = start + length;
        if (index < parts.length - 1) assertEquals(length, 10);
        else assert(length > 0 && length <= 10);
      }
      assertEquals(end, size);
    }
    assertEquals([...partRanges(0, 10)], []);
  },
});

Deno.test({
  name: "the parts of the largest object are numbered 1 to 10,000 at most",
  permissions: "none",
  fn() {
    const partSize = choosePartSize(MAX_OBJECT_SIZE, 8 * MIB);
    const parts = [...partRanges(MAX_OBJECT_SIZE, partSize)];
    assert(parts.length <= MAX_PARTS);
    const last = parts.at(-1);
    assertEquals((last?.start ?? 0) + (last?.length ?? 0), MAX_OBJECT_SIZE);
    assertEquals(last?.number, parts.length);
  },
});
