/**
 * Giving up.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { bytesBody } from "../../lib/storage/object_store.ts";
import {
  assertSameBytes,
  type Cases,
  PLAIN,
  putText,
  randomBytes,
  read,
  readText,
  text,
} from "./cases.ts";

export const signalCases: Cases = {
  "an aborted signal ends every operation with its reason": async (
    { store, at, partSize, leftovers },
  ) => {
    const location = at("run/x");
    await putText(store, location, "before");
    const upload = await store.beginMultipart(location, partSize, PLAIN);
    const part = { number: 1, bytes: randomBytes(3) };
    await upload.putPart(part);
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    const options = { ...PLAIN, signal };
    const operations: Record<string, () => Promise<unknown>> = {
      put: () => store.put(location, text("after"), options),
      beginMultipart: () => store.beginMultipart(location, partSize, options),
      putPart: () => upload.putPart(part, options),
      complete: () => upload.complete(options),
      get: () => store.get(location, options),
      head: () => store.head(location, options),
      list: () => Array.fromAsync(store.list(at("run"), options)),
    };
    for (const [name, operation] of Object.entries(operations)) {
      const thrown = await operation().then(() => "nothing", (error) => error);
      assertStrictEquals(thrown, reason, name);
    }
    await upload.abort();
    assertEquals(await readText(store, location), "before");
    assertEquals(await leftovers(), []);
  },

  "a put that is given up while its body is read stores nothing": async (
    { store, at, leftovers },
  ) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const body = {
      name: "slow",
      size: 3,
      bytes: () => {
        controller.abort(reason);
        return Promise.resolve(randomBytes(3));
      },
    };
    const options = { ...PLAIN, signal: controller.signal };
    const thrown = await store.put(at("run/x"), body, options)
      .then(() => "nothing", (error) => error);
    assertStrictEquals(thrown, reason);
    assertEquals(await store.head(at("run/x")), undefined);
    assertEquals(await leftovers(), []);
  },

  "reading can be given up in the middle": async ({ store, at }) => {
    const location = at("large");
    const bytes = randomBytes(8_000_000);
    await store.put(location, bytesBody("x", bytes), PLAIN);
    const reason = new Error("enough");
    const controller = new AbortController();
    const { body } = await store.get(location, { signal: controller.signal });
    const reader = body.getReader();
    assert(!(await reader.read()).done);
    controller.abort(reason);
    const drain = async () => {
      while (!(await reader.read()).done);
    };
    const thrown = await drain().then(() => "nothing", (error) => error);
    assertStrictEquals(thrown, reason);
    assertSameBytes(await read(store, location), bytes);
  },

  "a listing can be given up in the middle": async ({ store, at }) => {
    await putText(store, at("run/a"), "x");
    await putText(store, at("run/b"), "x");
    const reason = new Error("enough");
    const controller = new AbortController();
    const objects = store.list(at("run"), { signal: controller.signal })
      [Symbol.asyncIterator]();
    assert(!(await objects.next()).done);
    controller.abort(reason);
    const thrown = await objects.next().then(() => "nothing", (e) => e);
    assertStrictEquals(thrown, reason);
  },

  "a signal that is not aborted changes nothing": async ({ store, at }) => {
    const { signal } = new AbortController();
    await store.put(at("x"), text("content"), { ...PLAIN, signal });
    assertEquals(await readText(store, at("x"), { signal }), "content");
  },
};
