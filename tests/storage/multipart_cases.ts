/**
 * Objects that are sent in parts.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import {
  assertSameBytes,
  type Cases,
  listedKeys,
  PLAIN,
  putText,
  randomBytes,
  read,
  readText,
} from "./cases.ts";

export const multipartCases: Cases = {
  "parts may be sent in any order and at once": async (
    { store, at, partSize, leftovers },
  ) => {
    const location = at("run/parts");
    const bytes = randomBytes(2 * partSize + 123);
    const part = (number: number) => ({
      number,
      bytes: bytes.slice((number - 1) * partSize, number * partSize),
    });
    const upload = await store.beginMultipart(location, partSize, PLAIN);
    await upload.putPart(part(3));
    await Promise.all([upload.putPart(part(2)), upload.putPart(part(1))]);
    assertEquals(await store.head(location), undefined);
    assertEquals(await listedKeys(store, at("run")), []);
    const info = await upload.complete();
    assertEquals(info.location, location);
    assertEquals(info.size, bytes.length);
    assertSameBytes(await read(store, location), bytes);
    assertEquals((await store.head(location))?.size, bytes.length);
    assertEquals(await leftovers(), []);
  },

  "a part that is sent again counts once, as it was sent last": async (
    { store, at, partSize },
  ) => {
    const location = at("parts");
    const upload = await store.beginMultipart(location, partSize, PLAIN);
    const wrong = randomBytes(partSize, 1);
    const first = randomBytes(partSize, 2);
    const last = randomBytes(7, 3);
    await upload.putPart({ number: 1, bytes: wrong });
    await upload.putPart({ number: 2, bytes: last });
    await upload.putPart({ number: 1, bytes: first });
    await upload.putPart({ number: 2, bytes: last });
    assertEquals((await upload.complete()).size, partSize + 7);
    const stored = await read(store, location);
    assertSameBytes(stored.subarray(0, partSize), first);
    assertSameBytes(stored.subarray(partSize), last);
  },

  "one small part is an object too": async ({ store, at, partSize }) => {
    const location = at("parts");
    const upload = await store.beginMultipart(location, partSize, PLAIN);
    await upload.putPart({ number: 1, bytes: randomBytes(3) });
    await upload.complete();
    assertEquals(await read(store, location), randomBytes(3));
  },

  "an object in parts keeps its content type where the store can": async (
    { store, at, partSize, keepsContentType },
  ) => {
    const contentType = "text/x-test";
    const location = at("page.html");
    const upload = await store.beginMultipart(location, partSize, {
      contentType,
    });
    await upload.putPart({ number: 1, bytes: randomBytes(3) });
    const info = await upload.complete();
    const expected = keepsContentType ? contentType : "text/html";
    assertEquals(info.contentType, expected);
    assertEquals((await store.head(location))?.contentType, expected);
  },

  "completing again is the same as completing once": async (
    { store, at, partSize, leftovers },
  ) => {
    const location = at("run/parts");
    const upload = await store.beginMultipart(location, partSize, PLAIN);
    await upload.putPart({ number: 1, bytes: randomBytes(3) });
    await upload.complete();
    assertEquals((await upload.complete()).size, 3);
    assertEquals(await read(store, location), randomBytes(3));
    assertEquals(await leftovers(), []);
  },

  "an aborted upload leaves what was there, and nothing else": async (
    { store, at, partSize, leftovers },
  ) => {
    const location = at("run/parts");
    const begin = async () => {
      const upload = await store.beginMultipart(location, partSize, PLAIN);
      await upload.putPart({ number: 1, bytes: randomBytes(partSize) });
      return upload;
    };
    await (await begin()).abort();
    assertEquals(await store.head(location), undefined);
    assertEquals(await leftovers(), []);
    await putText(store, location, "before");
    await (await begin()).abort();
    assertEquals(await readText(store, location), "before");
    assertEquals(await listedKeys(store, at("run")), ["run/parts"]);
    assertEquals(await leftovers(), []);
  },

  "aborting again does no harm": async ({ store, at, partSize, leftovers }) => {
    const upload = await store.beginMultipart(at("run/x"), partSize, PLAIN);
    await upload.putPart({ number: 1, bytes: randomBytes(3) });
    await upload.abort();
    await upload.abort();
    assertEquals(await leftovers(), []);
    const unused = await store.beginMultipart(at("run/x"), partSize, PLAIN);
    await unused.abort();
    assertEquals(await leftovers(), []);
  },

  "aborting a completed upload leaves the object": async (
    { store, at, partSize },
  ) => {
    const upload = await store.beginMultipart(at("run/x"), partSize, PLAIN);
    await upload.putPart({ number: 1, bytes: randomBytes(3) });
    await upload.complete();
    await upload.abort();
    assertEquals(await read(store, at("run/x")), randomBytes(3));
  },

  "two uploads of one object do not mix": async (
    { store, at, partSize, leftovers },
  ) => {
    const location = at("run/x");
    const uploads = await Promise.all(
      [1, 2].map(() => store.beginMultipart(location, partSize, PLAIN)),
    );
    await Promise.all(
      uploads.map((upload, i) =>
        upload.putPart({ number: 1, bytes: randomBytes(1000, i + 1) })
      ),
    );
    await uploads[0]?.complete();
    assertSameBytes(await read(store, location), randomBytes(1000, 1));
    await uploads[1]?.complete();
    assertSameBytes(await read(store, location), randomBytes(1000, 2));
    assertEquals(await leftovers(), []);
  },

  "an aborted upload cannot be completed": async (
    { store, at, partSize, leftovers },
  ) => {
    const location = at("run/x");
    const upload = await store.beginMultipart(location, partSize, PLAIN);
    await upload.putPart({ number: 1, bytes: randomBytes(3) });
    await upload.abort();
    await assertRejects(() => upload.complete());
    assertEquals(await store.head(location), undefined);
    assertEquals(await leftovers(), []);
  },
};
