/**
 * Receipts: what a job has published in a run, object by object. Whoever finds
 * a sealed one knows that the set is complete.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { compareCodePoints } from "../code_point_order.ts";
import { InvalidValueError } from "../errors.ts";

/** Version of the form of receipts. */
export const RECEIPT_FORMAT = 1;

/** Who publishes: one job of a run, in all its attempts. */
export interface Writer {
  /** `owner/repo` that the workflow runs in. */
  readonly repository: string;
  /** GitHub Actions run id, or a name such as `local`. */
  readonly runId: string;
  /** Name of the job, as in the workflow. */
  readonly job: string;
  /** `linux`, `windows` or `darwin`. */
  readonly platform: string;
  /** Name of the script. */
  readonly script: string;
  /** Artifact group, or what stands in its place. */
  readonly group: string;
}

/** An object that is stored. */
export interface ReceiptObject {
  /** Path below the run's prefix. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** In lower-case hexadecimal. */
  readonly sha256: string;
  readonly contentType: string;
  /** Of the version that was stored, where the store gave one. */
  readonly etag?: string;
}

/** A receipt. */
export interface Receipt {
  readonly format: typeof RECEIPT_FORMAT;
  /** `open` while the job publishes; `sealed` once all of it is stored. */
  readonly state: "open" | "sealed";
  readonly tool: { readonly name: string; readonly version: string };
  readonly writer: Writer;
  /** Attempt of the run, from 1. */
  readonly attempt: number;
  /** ISO 8601 instants. */
  readonly openedAt: string;
  readonly sealedAt?: string;
  /** What is stored, in the order of paths. */
  readonly objects: readonly ReceiptObject[];
  /** Paths that an open receipt is about to store. */
  readonly planned: readonly string[];
}

/**
 * The file name of a job's receipt: two jobs of a run never share one, and
 * another attempt of a job finds its own.
 */
export function receiptFileName(writer: Writer): string {
  const { repository, runId, job, platform, script, group } = writer;
  const identity = JSON.stringify([
    repository.toLowerCase(),
    runId,
    job,
    platform,
    script,
    group,
  ]);
  const hash = createHash("sha256").update(identity).digest("hex").slice(0, 12);
  const readable = `${script}-${job}`.replace(/[^A-Za-z0-9._-]+/g, "-")
    .slice(0, 80);
  return `${readable}-${hash}.json`;
}

/** The text of a receipt: the same for the same receipt. */
export function formatReceipt(receipt: Receipt): string {
  const ordered: Receipt = {
    ...receipt,
    objects: [...receipt.objects].sort((a, b) =>
      compareCodePoints(a.path, b.path)
    ),
    planned: [...receipt.planned].sort(compareCodePoints),
  };
  return `${JSON.stringify(ordered, null, 1)}\n`;
}

/**
 * Reads a receipt. What it holds comes from outside, and is checked.
 *
 * @throws {InvalidValueError} If it is no receipt of a known format.
 */
export function parseReceipt(text: string): Receipt {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new InvalidValueError("The receipt is not JSON", { cause });
  }
  const receipt = record(value, "the receipt");
  if (receipt.format !== RECEIPT_FORMAT) {
    throw new InvalidValueError(
      `The receipt has format ${
        JSON.stringify(receipt.format)
      }; this version ` +
        `knows format ${RECEIPT_FORMAT}`,
    );
  }
  if (receipt.state !== "open" && receipt.state !== "sealed") {
    throw new InvalidValueError("The receipt is neither open nor sealed");
  }
  const tool = record(receipt.tool, "tool");
  const writer = record(receipt.writer, "writer");
  return {
    format: RECEIPT_FORMAT,
    state: receipt.state,
    tool: { name: textOf(tool, "name"), version: textOf(tool, "version") },
    writer: {
      repository: textOf(writer, "repository"),
      runId: textOf(writer, "runId"),
      job: textOf(writer, "job"),
      platform: textOf(writer, "platform"),
      script: textOf(writer, "script"),
      group: textOf(writer, "group"),
    },
    attempt: count(receipt, "attempt"),
    openedAt: textOf(receipt, "openedAt"),
    ...(receipt.sealedAt === undefined
      ? {}
      : { sealedAt: textOf(receipt, "sealedAt") }),
    objects: list(receipt, "objects").map(parseObject),
    planned: list(receipt, "planned").map((path) => {
      if (typeof path === "string") return path;
      throw new InvalidValueError("The receipt plans something without a path");
    }),
  };
}

function parseObject(value: unknown): ReceiptObject {
  const object = record(value, "an object");
  const sha256 = textOf(object, "sha256");
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw new InvalidValueError("The receipt has a digest that is none");
  }
  return {
    path: textOf(object, "path"),
    size: count(object, "size"),
    sha256,
    contentType: textOf(object, "contentType"),
    ...(object.etag === undefined ? {} : { etag: textOf(object, "etag") }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function record(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Fields;
  }
  throw new InvalidValueError(`In the receipt, ${what} is not an object`);
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === "string") return value;
  throw new InvalidValueError(`In the receipt, ${name} is not a text`);
}

function count(fields: Fields, name: string): number {
  const value = fields[name];
  if (Number.isSafeInteger(value) && (value as number) >= 0) {
    return value as number;
  }
  throw new InvalidValueError(`In the receipt, ${name} is not a number`);
}

function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (Array.isArray(value)) return value;
  throw new InvalidValueError(`In the receipt, ${name} is not a list`);
}
