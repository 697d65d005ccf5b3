/**
 * Comparing what a run has stored with its receipts.
 *
 * @module
 */

import pMap from "p-map";
import { compareCodePoints } from "../code_point_order.ts";
import type { RetryPolicy } from "../retry.ts";
import type { RunOutputRoot } from "../run_output_root.ts";
import type { ObjectInfo, ObjectStore } from "../storage/object_store.ts";
import { sha256OfObject } from "./object_digest.ts";
import type { ReceiptObject } from "./receipt.ts";
import { isReceipt, readReceipts } from "./receipt_shelf.ts";

/** Something that is not as the receipts say. */
export interface Finding {
  readonly kind:
    /** In a receipt, and not stored. */
    | "missing"
    /** Stored with another size. */
    | "size"
    /** Stored with other content. */
    | "content"
    /** Stored, and in no receipt. */
    | "extra"
    /** A receipt that was never sealed: its job did not publish all. */
    | "open";
  /** Path below the run's prefix. */
  readonly path: string;
  readonly detail: string;
}

/** What {@linkcode verifyRun} found. */
export interface Verification {
  readonly receipts: number;
  /** Objects that receipts list. */
  readonly objects: number;
  /** Objects whose content was read. */
  readonly read: number;
  /** In the order of paths. */
  readonly findings: readonly Finding[];
}

/** Options of {@linkcode verifyRun}. */
export interface VerifyOptions {
  /** Share of the objects that are read, from 0 to 1. @default {0} */
  readonly readData?: number;
  /** Objects that are read at once. @default {10} */
  readonly concurrency?: number;
  readonly retry?: RetryPolicy;
  readonly signal?: AbortSignal;
  /** Told of bytes that were read. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Compares what is stored with the receipts of a run.
 *
 * @throws {StorageError} If the store cannot be asked, or a receipt cannot be
 * read.
 */
export async function verifyRun(
  store: ObjectStore,
  root: RunOutputRoot,
  options: VerifyOptions = {},
): Promise<Verification> {
  const { signal } = options;
  const receipts = await readReceipts(store, root, { signal });
  const stored = new Map<string, ObjectInfo>();
  for await (const info of store.list(root.root(), { signal })) {
    if (isReceipt(root, info)) continue;
    stored.set(info.location.relativePath.slice(root.prefix.length + 1), info);
  }
  const findings: Finding[] = receipts
    .filter(({ receipt }) => receipt.state === "open")
    .map(({ location, receipt }) => ({
      kind: "open",
      path: location.relativePath.slice(root.prefix.length + 1),
      detail:
        `the job ${receipt.writer.job} began at ${receipt.openedAt} and ` +
        `did not end; ${receipt.planned.length} objects are not stored for sure`,
    }));
  const listed = new Map<string, ReceiptObject>();
  // What an open receipt plans may be there or not: the job did not end.
  const planned = new Set<string>();
  for (const { receipt } of receipts) {
    for (const object of receipt.objects) listed.set(object.path, object);
    for (const path of receipt.planned) planned.add(path);
  }
  const objects = [...listed.values()];
  const toRead = new Set(sample(objects, options.readData ?? 0));
  await pMap(objects, async (object) => {
    const info = stored.get(object.path);
    const finding = await compare(
      store,
      object,
      info,
      toRead.has(object),
      options,
    );
    if (finding !== undefined) findings.push(finding);
  }, { concurrency: options.concurrency ?? 10 });
  for (const [path, info] of stored) {
    if (listed.has(path) || planned.has(path)) continue;
    findings.push({ kind: "extra", path, detail: `${info.size} bytes` });
  }
  return {
    receipts: receipts.length,
    objects: objects.length,
    read: toRead.size,
    findings: findings.sort((a, b) => compareCodePoints(a.path, b.path)),
  };
}

async function compare(
  store: ObjectStore,
  { path, size, sha256 }: ReceiptObject,
  info: ObjectInfo | undefined,
  reads: boolean,
  { retry, signal, onBytes }: VerifyOptions,
): Promise<Finding | undefined> {
  if (info === undefined) {
    return { kind: "missing", path, detail: `${size} bytes were stored` };
  }
  if (info.size !== size) {
    return {
      kind: "size",
      path,
      detail: `${info.size} bytes are stored, and ${size} were`,
    };
  }
  if (!reads) return undefined;
  const actual = await sha256OfObject(store, info, { retry, signal });
  onBytes?.(size);
  if (actual === sha256) return undefined;
  return {
    kind: "content",
    path,
    detail: `the SHA-256 is ${actual}, and was ${sha256}`,
  };
}

/** A share of the objects, at random, at least one if any is wanted. */
function sample<T>(objects: readonly T[], share: number): readonly T[] {
  if (share >= 1) return objects;
  if (share <= 0) return [];
  const count = Math.max(1, Math.round(objects.length * share));
  const pool = [...objects];
  for (let i = 0; i < Math.min(count, pool.length); i++) {
    const j = i + Math.floor(Math.random() * (pool.length - i));
    [pool[i], pool[j]] = [pool[j] as T, pool[i] as T];
  }
  return pool.slice(0, count);
}
