/**
 * Jobs that publish into one run, for the tests of receipts.
 *
 * @module
 */

import { join } from "@std/path";
import type { IfExists } from "../../lib/receipts/ledger.ts";
import { readReceipts } from "../../lib/receipts/receipt_shelf.ts";
import type { Receipt } from "../../lib/receipts/receipt.ts";
import { RunOutputRoot } from "../../lib/run_output_root.ts";
import type { ObjectStore } from "../../lib/storage/object_store.ts";
import { UploadBackend } from "../../lib/upload_backend.ts";

/** A run in a bucket. */
export function runIn(bucket: string): RunOutputRoot {
  return new RunOutputRoot({
    bucket,
    externalRepo: "",
    runId: "12345678901",
    platform: "linux",
  });
}

/** A backend that keeps account for a job. */
export async function jobOf(
  store: ObjectStore,
  root: RunOutputRoot,
  job: string,
  options: { attempt?: number; ifExists?: IfExists } = {},
): Promise<UploadBackend> {
  const backend = new UploadBackend(store, { concurrency: 4 });
  await backend.keepAccount(root, {
    writer: {
      repository: "ROCm/TheRock",
      runId: root.runId,
      job,
      platform: root.platform,
      script: "post_build_upload",
      group: "gfx94X-dcgpu",
    },
    attempt: options.attempt ?? 1,
    version: "0.1.0",
    ifExists: options.ifExists ?? "own",
  });
  return backend;
}

/** The receipts of a run. */
export async function receiptsOf(
  store: ObjectStore,
  root: RunOutputRoot,
): Promise<Receipt[]> {
  return (await readReceipts(store, root)).map(({ receipt }) => receipt);
}

/** Files by name, in a new directory. */
export async function filesIn(
  dir: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  await Deno.mkdir(dir, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(join(dir, name), content);
  }
  return dir;
}
