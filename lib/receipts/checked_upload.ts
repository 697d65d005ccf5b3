/**
 * Storing an object under a ledger: only what is missing or different is sent,
 * and nobody else's object is replaced.
 *
 * @module
 */

import { StorageError } from "../errors.ts";
import type { OutputLocation } from "../output_location.ts";
import type {
  ObjectInfo,
  ObjectMetadata,
  ObjectStore,
  PutCondition,
} from "../storage/object_store.ts";
import type { Ledger } from "./ledger.ts";

/** How often an object may turn out to be other than it was a moment ago. */
const MAX_SURPRISES = 5;

/** Content that is to be stored under a ledger. */
export interface CheckedContent {
  readonly location: OutputLocation;
  /** In bytes. */
  readonly size: number;
  readonly contentType: string;
  /** Whether the digest is known before it is sent, at no cost. */
  readonly isSmall: boolean;
  /** Its SHA-256; reads it if it has not been read yet. */
  digest(): Promise<string>;
  /** Makes sure that the source is still what was read. */
  checkUnchanged(): Promise<void>;
  /** Sends it. */
  send(options: SendOptions): Promise<ObjectInfo>;
}

/** How content is sent. */
export interface SendOptions {
  readonly condition?: PutCondition;
  readonly metadata?: ObjectMetadata;
  /** Called before an object in parts is completed. */
  readonly beforeComplete?: () => Promise<void>;
}

/**
 * Stores content, unless it is there already.
 *
 * @returns Whether it was sent, or was there.
 * @throws {ConflictError} If another job's object is in the way.
 * @throws {StorageError} If it was not stored.
 */
export async function storeChecked(
  store: ObjectStore,
  ledger: Ledger,
  content: CheckedContent,
): Promise<"stored" | "present"> {
  const { location, size, contentType } = content;
  await ledger.plan([location]);
  for (let surprises = 0;; surprises++) {
    if (!ledger.isConditional) await ledger.refresh(location);
    const known = content.isSmall || ledger.isPresent(location)
      ? await content.digest()
      : undefined;
    const decision = await ledger.decide(location, size, known ?? "");
    if (decision.kind === "present") {
      await content.checkUnchanged();
      ledger.enter({ location, size }, await content.digest(), contentType);
      return "present";
    }
    try {
      const info = await content.send({
        condition: decision.condition,
        metadata: ledger.metadata(known),
        beforeComplete: () => checkCondition(store, location, decision),
      });
      await content.checkUnchanged();
      // Not every store says what it made of the parts.
      const stored = info.etag ? info : await store.head(location) ?? info;
      checkStored(store, stored, size);
      ledger.enter(stored, await content.digest(), contentType);
      // What took long to send must not be sent again after a kill.
      if (!content.isSmall) await ledger.checkpoint();
      return "stored";
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (error.code === "not-supported" && ledger.isConditional) {
        ledger.giveUpConditions();
      } else if (
        error.code !== "precondition-failed" || surprises >= MAX_SURPRISES
      ) {
        throw error;
      }
      // It may be ours: a request that was carried out and then failed.
      await ledger.refresh(location);
    }
  }
}

/** For stores that do not look at the condition of an object in parts. */
async function checkCondition(
  store: ObjectStore,
  location: OutputLocation,
  { condition }: { readonly condition: PutCondition | undefined },
): Promise<void> {
  const wanted = condition && "ifMatch" in condition
    ? condition.ifMatch
    : undefined;
  const info = await store.head(location);
  if (condition === undefined || info?.etag === wanted) return;
  throw new StorageError("precondition-failed", "it has changed meanwhile", {
    operation: "upload",
    location: store.describe(location),
  });
}

function checkStored(
  store: ObjectStore,
  info: ObjectInfo,
  size: number,
): void {
  if (info.size === size) return;
  throw new StorageError(
    "corrupt",
    `${info.size} bytes are stored, and ${size} were sent`,
    { operation: "upload", location: store.describe(info.location) },
  );
}
