/**
 * The contract of `ObjectStore` as tests: every store runs all of them and
 * adds only how one is made.
 *
 * @module
 */

import { OutputLocation } from "../../lib/output_location.ts";
import type { ObjectStore } from "../../lib/storage/object_store.ts";
import type { Cases, Subject } from "./cases.ts";
import { conditionCases } from "./condition_cases.ts";
import { listCases } from "./list_cases.ts";
import { multipartCases } from "./multipart_cases.ts";
import { objectCases } from "./object_cases.ts";
import { signalCases } from "./signal_cases.ts";

/** A store that was made for one case. */
export interface MadeStore {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** Names of what is left of uploads that were not completed. */
  leftovers(): Promise<string[]>;
  /** Removes what was made; the store is closed already. */
  cleanup(): Promise<void>;
}

/** How a store is made, and what it can do. */
export interface StoreFactory {
  make(): Promise<MadeStore>;
  /** Size of parts that the store takes. @default {1000} */
  readonly partSize?: number;
  /** More than one page of a listing. @default {30} */
  readonly manyObjects?: number;
  /** @default {true} */
  readonly keepsContentType?: boolean;
  /** There is no server to run against. */
  readonly ignore?: boolean;
}

const CASES: Cases = {
  ...objectCases,
  ...conditionCases,
  ...listCases,
  ...multipartCases,
  ...signalCases,
};

/** Registers a test for each case. */
export function describeStore(name: string, factory: StoreFactory): void {
  for (const [sentence, run] of Object.entries(CASES)) {
    Deno.test({
      name: `${name}: ${sentence}`,
      ignore: factory.ignore ?? false,
      async fn() {
        const made = await factory.make();
        const subject: Subject = {
          store: made.store,
          bucket: made.bucket,
          partSize: factory.partSize ?? 1000,
          manyObjects: factory.manyObjects ?? 30,
          keepsContentType: factory.keepsContentType ?? true,
          at: (path) => new OutputLocation(made.bucket, path),
          leftovers: made.leftovers,
        };
        try {
          await run(subject);
        } finally {
          await made.store.close();
          await made.cleanup();
        }
      },
    });
  }
}
