/**
 * The receipts of a run, as they are stored.
 *
 * @module
 */

import { readSmallObject } from "../transfer/download.ts";
import { InvalidValueError, StorageError } from "../errors.ts";
import type { OutputLocation } from "../output_location.ts";
import type { RunOutputRoot } from "../run_output_root.ts";
import type { ObjectInfo, ObjectStore } from "../storage/object_store.ts";
import { parseReceipt, type Receipt } from "./receipt.ts";

/** A receipt may list a million objects of long names. */
const MAX_RECEIPT_SIZE = 512 * 1024 * 1024;

/** A receipt with its place. */
export interface StoredReceipt {
  readonly location: OutputLocation;
  readonly receipt: Receipt;
}

/** Whether an object below a run's prefix is a receipt. */
export function isReceipt(
  root: RunOutputRoot,
  { location }: ObjectInfo,
): boolean {
  return location.relativePath.startsWith(
    `${root.receipts().relativePath}/`,
  ) && location.relativePath.endsWith(".json");
}

/**
 * Reads one receipt.
 *
 * @throws {StorageError} If it cannot be read, or is none: code `corrupt`.
 */
export async function readReceipt(
  store: ObjectStore,
  location: OutputLocation,
  options: { readonly signal?: AbortSignal } = {},
): Promise<StoredReceipt> {
  const bytes = await readSmallObject(
    store,
    location,
    MAX_RECEIPT_SIZE,
    options,
  );
  try {
    const receipt = parseReceipt(new TextDecoder().decode(bytes));
    return { location, receipt };
  } catch (cause) {
    if (!(cause instanceof InvalidValueError)) throw cause;
    throw new StorageError("corrupt", cause.message, {
      operation: "read",
      location: store.describe(location),
      cause,
    });
  }
}

/** Reads all receipts of a run. */
export async function readReceipts(
  store: ObjectStore,
  root: RunOutputRoot,
  options: { readonly signal?: AbortSignal } = {},
): Promise<StoredReceipt[]> {
  const receipts: StoredReceipt[] = [];
  for await (const info of store.list(root.receipts(), options)) {
    if (!isReceipt(root, info)) continue;
    receipts.push(await readReceipt(store, info.location, options));
  }
  return receipts;
}
