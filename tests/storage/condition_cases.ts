/**
 * Conditions under which an object is stored, and what is stored with it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { StorageError } from "../../lib/errors.ts";
import {
  assertFails,
  type Cases,
  PLAIN,
  putText,
  readText,
  text,
} from "./cases.ts";

export const conditionCases: Cases = {
  "an object is stored only where there is none, if that is asked": async (
    { store, at },
  ) => {
    const location = at("p/once.txt");
    const once = { ...PLAIN, condition: { ifNoneMatch: "*" } as const };
    await store.put(location, text("first"), once);
    await assertFails(
      () => store.put(location, text("second"), once),
      "precondition-failed",
    );
    assertEquals(await readText(store, location), "first");
  },

  "an object replaces only the version that is asked for": async (
    { store, at },
  ) => {
    const location = at("p/version.txt");
    await putText(store, location, "first");
    const first = await store.head(location);
    const ifMatch = first?.etag ?? "none";
    await putText(store, location, "other");
    await assertFails(
      () =>
        store.put(location, text("second"), {
          ...PLAIN,
          condition: { ifMatch },
        }),
      "precondition-failed",
    );
    const other = await store.head(location);
    await store.put(location, text("third"), {
      ...PLAIN,
      condition: { ifMatch: other?.etag ?? "none" },
    });
    assertEquals(await readText(store, location), "third");
  },

  "one of many that race for a free name wins": async ({ store, at }) => {
    const location = at("p/race.txt");
    const results = await Promise.allSettled(
      Array.from(
        { length: 16 },
        (_, i) =>
          store.put(location, text(`racer ${i}`), {
            ...PLAIN,
            condition: { ifNoneMatch: "*" },
          }),
      ),
    );
    const won = results.flatMap((result, i) =>
      result.status === "fulfilled" ? [i] : []
    );
    const reasons = results.flatMap((result) =>
      result.status === "rejected" ? [result.reason] : []
    );
    assertEquals(won.length, 1);
    for (const reason of reasons) {
      assertEquals(
        reason instanceof StorageError && reason.code,
        "precondition-failed",
      );
    }
    assertEquals(await readText(store, location), `racer ${won[0]}`);
  },
};
