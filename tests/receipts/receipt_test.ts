import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { InvalidValueError } from "../../lib/errors.ts";
import {
  formatReceipt,
  parseReceipt,
  type Receipt,
  receiptFileName,
  type Writer,
} from "../../lib/receipts/receipt.ts";

const WRITER: Writer = {
  repository: "ROCm/TheRock",
  runId: "123",
  job: "build (linux)",
  platform: "linux",
  script: "post_build_upload",
  group: "gfx94X-dcgpu",
};

const RECEIPT: Receipt = {
  format: 1,
  state: "open",
  tool: { name: "run-outputs", version: "0.1.0" },
  writer: WRITER,
  attempt: 1,
  openedAt: "2026-11-23T00:00:00.000Z",
  objects: [{
    path: "b",
    size: 1,
    sha256: "0".repeat(64),
    contentType: "text/plain",
  }, {
    path: "a",
    size: 2,
    sha256: "f".repeat(64),
    contentType: "text/plain",
    etag: '"1"',
  }],
  planned: ["z", "c"],
};

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("a receipt is read as it was written, in the order of its paths", () => {
  const read = parseReceipt(formatReceipt(RECEIPT));
  assertEquals(read.objects.map(({ path }) => path), ["a", "b"]);
  assertEquals(read.planned, ["c", "z"]);
  assertEquals(read.writer, WRITER);
  assertEquals(formatReceipt(read), formatReceipt(RECEIPT));
});

pure("every part of a writer makes another file name", () => {
  const names = Object.keys(WRITER).map((key) =>
    receiptFileName({ ...WRITER, [key]: "other" })
  );
  assertEquals(new Set([receiptFileName(WRITER), ...names]).size, 7);
  assertEquals(
    receiptFileName({ ...WRITER, repository: "rocm/therock" }),
    receiptFileName(WRITER),
  );
  assertNotEquals(receiptFileName(WRITER).includes("/"), true);
});

pure("what is no receipt is refused", () => {
  const broken = [
    "",
    "[]",
    "{}",
    JSON.stringify({ ...RECEIPT, format: 2 }),
    JSON.stringify({ ...RECEIPT, state: "lost" }),
    JSON.stringify({ ...RECEIPT, writer: null }),
    JSON.stringify({ ...RECEIPT, objects: {} }),
    JSON.stringify({ ...RECEIPT, planned: [1] }),
    JSON.stringify({
      ...RECEIPT,
      objects: [{ ...RECEIPT.objects[0], sha256: "x" }],
    }),
    JSON.stringify({
      ...RECEIPT,
      objects: [{ ...RECEIPT.objects[0], size: -1 }],
    }),
  ];
  for (const text of broken) {
    assertThrows(() => parseReceipt(text), InvalidValueError);
  }
});
