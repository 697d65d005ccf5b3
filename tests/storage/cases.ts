/**
 * What the cases of the conformance suite share.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { StorageError } from "../../lib/errors.ts";
import type { OutputLocation } from "../../lib/output_location.ts";
import type {
  GetOptions,
  ListOptions,
  ObjectBody,
  ObjectStore,
} from "../../lib/storage/object_store.ts";
import { bytesBody } from "../../lib/storage/object_store.ts";

/** A fresh store, for one case. */
export interface Subject {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** Size of parts that the store takes. */
  readonly partSize: number;
  /** Objects that are more than one page of the store's listing. */
  readonly manyObjects: number;
  /** Whether objects have the content type that they were stored with. */
  readonly keepsContentType: boolean;
  /** A location in the bucket. */
  at(path: string): OutputLocation;
  /** Names of what is left of uploads that were not completed. */
  leftovers(): Promise<string[]>;
}

/** Cases by their names, which read as sentences. */
export type Cases = Readonly<
  Record<string, (subject: Subject) => Promise<void>>
>;

/** The options of a `put` where a case does not care. */
export const PLAIN = { contentType: "text/plain" } as const;

/** Bytes that do not repeat, the same for the same seed. */
export function randomBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed * 2_654_435_761 >>> 0 || 1;
  for (let i = 0; i < words.length; i++) {
    // George Marsaglia's xorshift.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** A body of a few words. */
export function text(content: string): ObjectBody {
  return bytesBody("a test", new TextEncoder().encode(content));
}

/** Stores a few words. */
export async function putText(
  store: ObjectStore,
  location: OutputLocation,
  content: string,
): Promise<void> {
  await store.put(location, text(content), PLAIN);
}

/** Reads an object or a range of it. */
export async function read(
  store: ObjectStore,
  location: OutputLocation,
  options?: GetOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = await store.get(location, options);
  return await new Response(body).bytes();
}

/** Reads an object as text. */
export async function readText(
  store: ObjectStore,
  location: OutputLocation,
  options?: GetOptions,
): Promise<string> {
  return new TextDecoder().decode(await read(store, location, options));
}

/** The keys that a listing gives, in its order. */
export async function listedKeys(
  store: ObjectStore,
  below: OutputLocation,
  options?: ListOptions,
): Promise<string[]> {
  const keys: string[] = [];
  for await (const { location } of store.list(below, options)) {
    keys.push(location.relativePath);
    // More than any test stores: it would go on for ever.
    if (keys.length > 5000) throw new Error("the listing has no end");
  }
  return keys;
}

/**
 * Compares large contents. `assertEquals` would print all of both, and takes
 * long to find them equal.
 */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array) {
  assertEquals(actual.length, expected.length, "another length");
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  assertEquals(at, -1, `another byte at ${at}`);
}

/** Expects a failure with one of our codes. */
export async function assertFails(
  operation: () => Promise<unknown>,
  code: string,
): Promise<StorageError> {
  const error = await assertRejects(operation, StorageError);
  assertEquals(error.code, code, `unexpected: ${error.message}`);
  return error;
}
