/**
 * Listing.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import pMap from "p-map";
import type { ObjectStore } from "../../lib/storage/object_store.ts";
import { type Cases, listedKeys, putText, type Subject } from "./cases.ts";

export const listCases: Cases = {
  "nothing is listed where nothing is": async ({ store, at }) => {
    assertEquals(await listedKeys(store, at("run")), []);
    await putText(store, at("other/x"), "x");
    assertEquals(await listedKeys(store, at("run")), []);
  },

  "only what is below is listed, not what has a longer name": async (
    subject,
  ) => {
    const { store, at } = subject;
    const below = ["12345-linux/a", "12345-linux/b/c"];
    await putAll(subject, [
      ...below,
      "12345-linux-extra/a",
      "12345-linux.json",
      "112345-linux/a",
      "x/12345-linux/a",
    ]);
    assertEquals(await listedKeys(store, at("12345-linux")), below);
  },

  "a shallow listing leaves out what is deeper": async (subject) => {
    const { store, at } = subject;
    await putAll(subject, ["run/a", "run/b/c", "run/b/d/e", "run/f"]);
    const shallow = { shallow: true };
    assertEquals(await listedKeys(store, at("run"), shallow), [
      "run/a",
      "run/f",
    ]);
    assertEquals(await listedKeys(store, at("run/b"), shallow), ["run/b/c"]);
    assertEquals(
      await listedKeys(store, at("run"), {
        shallow: true,
        startAfter: "run/a",
      }),
      ["run/f"],
    );
  },

  "a listing can start after any key, one that is there or not": async (
    subject,
  ) => {
    const { store, at } = subject;
    await putAll(subject, ["run/a", "run/b-1", "run/b.2", "run/b/c", "run/d"]);
    const after = (startAfter: string) =>
      listedKeys(store, at("run"), { startAfter });
    assertEquals(await after("run/b-1"), ["run/b.2", "run/b/c", "run/d"]);
    assertEquals(await after("run/bb"), ["run/d"]);
    assertEquals(await after("run/d"), []);
    assertEquals((await after("a")).length, 5);
    assertEquals(await after("z"), []);
  },

  "the order is that of the code points of whole keys": async (subject) => {
    const { store, at } = subject;
    const keys = ["!", "+", "10", "9", "A", "Z", "_", "a", "a!", "a b", "a-b/c"]
      .concat("a.b/c", "aa/x", "a0", "z", "é", "豈", "\uffee", "😀", "😀/a")
      .map((name) => `run/${name}/end`);
    await putAll(subject, keys);
    assertEquals(await listedKeys(store, at("run")), sortedByUtf8(keys));
    assertEquals(
      await listedKeys(store, at("run"), { startAfter: "run/\uffee/end" }),
      ["run/😀/a/end", "run/😀/end"],
    );
  },

  "a listing is complete, however many pages it takes": async (subject) => {
    const { store, at, manyObjects } = subject;
    const keys = Array.from(
      { length: manyObjects },
      (_, i) => `run/${i % 7}/${String(i).padStart(4, "0")}`,
    );
    await putAll(subject, [...keys, "runs/not"]);
    const expected = sortedByUtf8(keys);
    assertEquals(await listedKeys(store, at("run")), expected);
    const [first = ""] = expected;
    assertEquals(
      await listedKeys(store, at("run"), { startAfter: first }),
      expected.slice(1),
    );
  },

  "a listing can be left in the middle": async (subject) => {
    const { store, at } = subject;
    await putAll(subject, ["run/a", "run/b", "run/c"]);
    assertEquals(await firstKey(store, subject), "run/a");
    assertEquals((await listedKeys(store, at("run"))).length, 3);
  },
};

async function putAll({ store, at }: Subject, keys: readonly string[]) {
  await pMap(keys, (key) => putText(store, at(key), key), { concurrency: 32 });
}

async function firstKey(
  store: ObjectStore,
  { at }: Subject,
): Promise<string | undefined> {
  for await (const { location } of store.list(at("run"))) {
    return location.relativePath;
  }
  return undefined;
}

/** What S3 promises, in its own terms. */
function sortedByUtf8(keys: readonly string[]): string[] {
  const hex = (key: string) => new TextEncoder().encode(key).toHex();
  return keys.toSorted((a, b) => hex(a) < hex(b) ? -1 : 1);
}
