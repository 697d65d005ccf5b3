/**
 * The store that options call for.
 *
 * @module
 */

import type { RetryPolicy } from "../retry.ts";
import { LocalStore } from "./local_store.ts";
import type { ObjectStore } from "./object_store.ts";
import { RetryingStore } from "./retrying_store.ts";
import type { S3Options } from "./s3_client.ts";
import { S3Store } from "./s3_store.ts";

/** Options of {@linkcode createStore}. */
export interface StoreOptions extends S3Options {
  /** Use this local directory instead of S3. */
  readonly stagingDir?: string;
  /** For requests to S3; a staging directory is tried once. */
  readonly retry?: RetryPolicy;
}

/** Makes a store: S3 with retries, or a staging directory. */
export function createStore(options: StoreOptions): ObjectStore {
  return options.stagingDir === undefined
    ? new RetryingStore(new S3Store(options), options.retry)
    : new LocalStore(options.stagingDir);
}
