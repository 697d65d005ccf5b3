/**
 * Single objects: putting, getting, looking up.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { bytesBody } from "../../lib/storage/object_store.ts";
import {
  assertFails,
  assertSameBytes,
  type Cases,
  listedKeys,
  PLAIN,
  putText,
  randomBytes,
  read,
  readText,
  text,
} from "./cases.ts";

/** Names that have to be encoded, escaped or left alone on their way. */
const ODD_NAMES = [
  "a b",
  "a+b",
  "a%20b",
  "a%2Bb",
  "a%b",
  "a#b",
  "a?b",
  "a&b=c;d:e,f@g$h",
  "a'()*!~b",
  'a"<>|`^{}[]b',
  "a..b",
  "trailing. ",
  ".hidden",
  "-dash",
  "ünïcode",
  "u\u0308 decomposed",
  "日本語",
  "豈",
  "\uffee",
  "😀",
];

export const objectCases: Cases = {
  "an object is read, looked up and listed as it was stored": async (
    { store, at },
  ) => {
    const location = at("12345-linux/logs/build.log");
    const bytes = randomBytes(70_001);
    const stored = await store.put(location, bytesBody("x", bytes), PLAIN);
    const { info, body } = await store.get(location);
    assertSameBytes(await new Response(body).bytes(), bytes);
    const listed = await Array.fromAsync(store.list(at("12345-linux")));
    for (const found of [stored, info, await store.head(location), ...listed]) {
      assertEquals(found?.location, location);
      assertEquals(found?.size, bytes.length);
      assertEquals(found?.etag, stored.etag);
    }
    assertEquals(listed.length, 1);
    assert(info.modifiedAt instanceof Date);
  },

  "an empty object is an object": async ({ store, at }) => {
    const location = at("run/empty");
    await store.put(location, text(""), PLAIN);
    assertEquals((await store.head(location))?.size, 0);
    assertEquals((await read(store, location)).length, 0);
    assertEquals(await listedKeys(store, at("run")), ["run/empty"]);
  },

  "every byte comes back": async ({ store, at }) => {
    const bytes = Uint8Array.from({ length: 512 }, (_, i) => i % 256);
    await store.put(at("bytes"), bytesBody("x", bytes), PLAIN);
    assertEquals(await read(store, at("bytes")), bytes);
  },

  "putting again replaces the object": async ({ store, at }) => {
    const location = at("run/x");
    const first = await store.put(location, text("a longer one"), PLAIN);
    const second = await store.put(location, text("short"), PLAIN);
    assertEquals(await readText(store, location), "short");
    assertNotEquals(second.etag, first.etag);
    assertEquals(await listedKeys(store, at("run")), ["run/x"]);
  },

  "names keep every character, and do not collide": async ({ store, at }) => {
    const run = at("run +%#/ü😀");
    await Promise.all(
      ODD_NAMES.map((name) => putText(store, run.child(name), `in ${name}`)),
    );
    for (const name of ODD_NAMES) {
      const location = run.child(name);
      assertEquals(await readText(store, location), `in ${name}`);
      assertEquals((await store.head(location))?.location, location);
    }
    const keys = ODD_NAMES.map((name) => run.child(name).relativePath);
    assertEquals((await listedKeys(store, run)).sort(), keys.sort());
  },

  "the content type is told, and kept where the store can": async (
    { store, at, keepsContentType },
  ) => {
    const contentType = "text/x-test; charset=utf-8";
    const location = at("page.html");
    const stored = await store.put(location, text("x"), { contentType });
    const { info, body } = await store.get(location);
    await body.cancel();
    const expected = keepsContentType ? contentType : "text/html";
    assertEquals(stored.contentType, expected);
    assertEquals(info.contentType, expected);
    assertEquals((await store.head(location))?.contentType, expected);
  },

  "a range of an object is read": async ({ store, at }) => {
    const location = at("digits");
    await putText(store, location, "0123456789");
    const get = (start?: number, end?: number) =>
      readText(store, location, { start, end });
    assertEquals(await get(3), "3456789");
    assertEquals(await get(undefined, 4), "0123");
    assertEquals(await get(2, 5), "234");
    assertEquals(await get(9, 10), "9");
    assertEquals(await get(7, 1000), "789");
    const { info, body } = await store.get(location, { start: 8 });
    await body.cancel();
    assertEquals(info.size, 10, "the size is that of the whole object");
  },

  "a range that holds nothing is empty": async ({ store, at }) => {
    const location = at("digits");
    await putText(store, location, "0123456789");
    const get = (start?: number, end?: number) =>
      readText(store, location, { start, end });
    assertEquals(await get(10), "");
    assertEquals(await get(1000), "");
    assertEquals(await get(1000, 2000), "");
    assertEquals(await get(0, 0), "");
    assertEquals(await get(5, 5), "");
    await putText(store, location, "");
    assertEquals(await get(0, 10), "");
    await assertFails(() => store.get(at("no"), { end: 0 }), "not-found");
  },

  "a version is read only while it is there": async ({ store, at }) => {
    const location = at("x");
    const { etag } = await store.put(location, text("first"), PLAIN);
    const get = (start?: number) =>
      readText(store, location, { start, ifMatch: etag });
    assertEquals(await get(), "first");
    assertEquals(await get(2), "rst");
    await putText(store, location, "second one");
    await assertFails(() => get(), "precondition-failed");
    await assertFails(() => get(2), "precondition-failed");
    await assertFails(() => get(100), "precondition-failed");
  },

  "what is not there is not found": async ({ store, at }) => {
    await putText(store, at("run/x"), "x");
    for (const path of ["nothing", "run/y", "run/x/deeper", "run", "ru"]) {
      assertEquals(await store.head(at(path)), undefined, path);
      const error = await assertFails(() => store.get(at(path)), "not-found");
      assertEquals(error.retriable, false);
    }
  },

  "a body that is left unread is released": async ({ store, at }) => {
    const location = at("large");
    await store.put(location, bytesBody("x", randomBytes(1_000_000)), PLAIN);
    const untouched = await store.get(location);
    await untouched.body.cancel();
    const begun = (await store.get(location)).body.getReader();
    assert(!(await begun.read()).done);
    await begun.cancel();
    const pending = (await store.get(location)).body.getReader();
    const reading = pending.read();
    await pending.cancel();
    await reading;
  },

  "an object appears only when all of it is there": async ({ store, at }) => {
    const location = at("run/x");
    const body = {
      name: "slow",
      size: 4,
      bytes: async () => {
        assertEquals(await store.head(location), undefined);
        assertEquals(await listedKeys(store, at("run")), []);
        return new TextEncoder().encode("slow");
      },
    };
    await store.put(location, body, PLAIN);
    assertEquals(await readText(store, location), "slow");
  },

  "a body that fails leaves what was there": async (
    { store, at, leftovers },
  ) => {
    const reason = new TypeError("cannot be read");
    const body = {
      name: "broken",
      size: 4,
      bytes: () => Promise.reject(reason),
    };
    const error = await store.put(at("run/x"), body, PLAIN).catch((e) => e);
    assertEquals(error, reason);
    assertEquals(await store.head(at("run/x")), undefined);
    await putText(store, at("run/x"), "before");
    await store.put(at("run/x"), body, PLAIN).catch(() => {});
    assertEquals(await readText(store, at("run/x")), "before");
    assertEquals(await leftovers(), []);
  },

  "of puts at once to one name, one whole object is left": async (
    { store, at, leftovers },
  ) => {
    const location = at("run/x");
    const contents = Array.from(
      { length: 8 },
      (_, i) => randomBytes(10_000 + i * 1000, i + 1),
    );
    const wholeSizes = contents.map((bytes) => bytes.length);
    let putting = true;
    const reading = (async () => {
      while (putting) {
        const size = (await store.head(location))?.size;
        if (size === undefined) continue;
        const found = await read(store, location);
        assert(wholeSizes.includes(found.length), `${found.length} bytes`);
        const whole = contents.find((b) => b.length === found.length);
        assertSameBytes(found, whole ?? new Uint8Array());
      }
    })();
    try {
      await Promise.all(
        contents.map((b) => store.put(location, bytesBody("x", b), PLAIN)),
      );
    } finally {
      putting = false;
      await reading;
    }
    const left = await read(store, location);
    const whole = contents.find((bytes) => bytes.length === left.length);
    assertSameBytes(left, whole ?? new Uint8Array());
    assertEquals(await listedKeys(store, at("run")), ["run/x"]);
    assertEquals(await leftovers(), []);
  },
};
