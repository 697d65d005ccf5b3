/**
 * How the stores are made that more than one test file runs against.
 *
 * @module
 */

import { basename } from "@std/path";
import type { S3Options } from "../../lib/storage/s3_client.ts";
import { LocalStore } from "../../lib/storage/local_store.ts";
import { MemoryStore } from "../../lib/storage/memory_store.ts";
import { S3Store } from "../../lib/storage/s3_store.ts";
import {
  freshBucket,
  listMultipartUploads,
  type S3ForTests,
} from "../support/s3_server.ts";
import type { MadeStore } from "./conformance.ts";

/** S3's lower limit. */
export const S3_PART_SIZE = 5 * 1024 * 1024;

/** More than one page of S3's listings. */
export const MORE_THAN_A_PAGE = 1005;

/** A store in memory. */
export function makeMemoryStore(): Promise<MadeStore> {
  return Promise.resolve({
    store: new MemoryStore(),
    bucket: "bucket",
    leftovers: () => Promise.resolve([]),
    cleanup: () => Promise.resolve(),
  });
}

/** A store in a temporary directory. */
export async function makeLocalStore(): Promise<MadeStore> {
  const dir = await Deno.makeTempDir({ prefix: "run-outputs-test-" });
  return {
    store: new LocalStore(dir),
    bucket: "bucket",
    leftovers: async () =>
      (await filesBelow(dir)).filter((path) => basename(path).startsWith("."))
        // What a case has stored on purpose.
        .filter((path) => basename(path) !== ".hidden"),
    cleanup: () => Deno.remove(dir, { recursive: true }),
  };
}

/** A store in a new bucket of the server. */
export async function makeS3Store(s3: S3ForTests): Promise<MadeStore> {
  const bucket = await freshBucket(s3);
  return {
    store: new S3Store(s3Options(s3)),
    bucket,
    leftovers: () => listMultipartUploads(s3, bucket),
    // The server and its buckets end with the run.
    cleanup: () => Promise.resolve(),
  };
}

/** Options with which our client talks to the server. */
export function s3Options(s3: S3ForTests): S3Options {
  return {
    endpoint: s3.endpoint,
    region: s3.region,
    credentials: {
      accessKeyId: s3.accessKeyId,
      secretAccessKey: s3.secretAccessKey,
    },
  };
}

/** Paths of all files at all depths, in order. */
export async function filesBelow(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesBelow(path));
    else found.push(path);
  }
  return found.sort();
}
