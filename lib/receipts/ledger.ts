/**
 * The account that a job keeps of what it publishes: who wrote what is there
 * already, what it may replace, and the receipt in the end.
 *
 * @module
 */

import { RunOutputsError } from "../errors.ts";
import type { OutputLocation } from "../output_location.ts";
import type { RunOutputRoot } from "../run_output_root.ts";
import type {
  ObjectInfo,
  ObjectMetadata,
  ObjectStore,
  PutCondition,
} from "../storage/object_store.ts";
import { sha256OfObject } from "./object_digest.ts";
import {
  formatReceipt,
  type Receipt,
  RECEIPT_FORMAT,
  receiptFileName,
  type ReceiptObject,
  type Writer,
} from "./receipt.ts";
import {
  isReceipt,
  readReceipts,
  type StoredReceipt,
} from "./receipt_shelf.ts";

/** What happens to an object of other content that is there already. */
export type IfExists =
  /** The same job replaces its own; another job's is a conflict. */
  | "own"
  /** It is replaced, whoever wrote it. */
  | "replace"
  /** It is a conflict, whoever wrote it. */
  | "fail";

/** Options of {@linkcode Ledger.open}. */
export interface LedgerOptions {
  /** This job. */
  readonly writer: Writer;
  /** Attempt of the run, from 1. */
  readonly attempt: number;
  /** Of this tool. */
  readonly version: string;
  /** What happens to objects of other content. */
  readonly ifExists: IfExists;
  /** Ends all requests of the ledger. */
  readonly signal?: AbortSignal;
  /** Told once if the store has no conditional requests. */
  readonly onUnconditional?: () => void;
}

/** What to do with an object that is to be stored. */
export type Decision =
  | { readonly kind: "present" }
  | { readonly kind: "put"; readonly condition: PutCondition | undefined };

/** Another job has stored something else under the same name. */
export class ConflictError extends RunOutputsError {
  /** What logs show before the message. */
  override readonly name = "ConflictError";

  /**
   * Its code is always `conflict`.
   *
   * @param message Names the object, both writers and both digests.
   */
  constructor(message: string) {
    super("conflict", message);
  }
}

/** What is known of an object that is there. */
interface Claim {
  readonly writer: string;
  readonly object: ReceiptObject | undefined;
}

/** See the module. */
export class Ledger {
  readonly #store: ObjectStore;
  readonly #root: RunOutputRoot;
  readonly #options: LedgerOptions;
  readonly #location: OutputLocation;
  readonly #openedAt = new Date().toISOString();
  /** What is stored, by path, as the listing told and as it became since. */
  readonly #present = new Map<string, ObjectInfo>();
  /** Who says to have stored, or to be about to store, a path. */
  #claims = new Map<string, Claim[]>();
  /** What this attempt has stored or found in place. */
  readonly #objects = new Map<string, ReceiptObject>();
  /** What an earlier attempt stored. */
  #earlier = new Map<string, ReceiptObject>();
  readonly #planned = new Set<string>();
  #conditional = true;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    store: ObjectStore,
    root: RunOutputRoot,
    options: LedgerOptions,
  ) {
    this.#store = store;
    this.#root = root;
    this.#options = options;
    this.#location = root.receipt(
      options.writer.group,
      receiptFileName(options.writer),
    );
  }

  /**
   * Opens the account: lists what the run has stored, reads its receipts.
   *
   * @throws {StorageError} If the store cannot be asked.
   */
  static async open(
    store: ObjectStore,
    root: RunOutputRoot,
    options: LedgerOptions,
  ): Promise<Ledger> {
    const ledger = new Ledger(store, root, options);
    const { signal } = options;
    for await (const info of store.list(root.root(), { signal })) {
      if (!isReceipt(root, info)) {
        ledger.#present.set(info.location.relativePath, info);
      }
    }
    await ledger.#readReceipts();
    return ledger;
  }

  /** Where the receipt is. */
  get location(): OutputLocation {
    return this.#location;
  }

  /** Names this job in the metadata of objects. */
  get writerId(): string {
    const { repository, runId } = this.#options.writer;
    return encodeURIComponent(`${repository}/${runId}/${this.#location.name}`);
  }

  /**
   * Says what this job is about to store, before it does: so that, whatever
   * happens, it is known who wrote it.
   */
  async plan(locations: readonly OutputLocation[]): Promise<void> {
    const before = this.#planned.size;
    for (const { relativePath } of locations) {
      if (!this.#objects.has(relativePath)) this.#planned.add(relativePath);
    }
    if (this.#planned.size > before) await this.#write("open");
  }

  /** Whether something is stored there, as far as is known. */
  isPresent({ relativePath }: OutputLocation): boolean {
    return this.#present.has(relativePath);
  }

  /**
   * Decides what to do with content for a location.
   *
   * @throws {ConflictError} If something else is there that this job must not
   * replace.
   */
  async decide(
    location: OutputLocation,
    size: number,
    sha256: string,
  ): Promise<Decision> {
    const listed = this.#present.get(location.relativePath);
    if (listed === undefined) {
      return { kind: "put", condition: this.#condition({ ifNoneMatch: "*" }) };
    }
    const claims = this.#claims.get(location.relativePath) ?? [];
    const described = claims.find(({ object }) => isOf(object, listed));
    if (described?.object?.sha256 === sha256) return { kind: "present" };
    const head = await this.#store.head(location, this.#options);
    if (head === undefined) {
      this.#present.delete(location.relativePath);
      return await this.decide(location, size, sha256);
    }
    const stored = described?.object?.sha256 ?? head.metadata?.sha256 ??
      (head.size === size
        ? await sha256OfObject(this.#store, head, this.#options)
        : undefined);
    if (stored === sha256) return { kind: "present" };
    const owner = this.#ownerOf(head, claims);
    const { ifExists } = this.#options;
    const mayReplace = ifExists === "replace" ||
      (ifExists === "own" && owner === this.writerId);
    if (!mayReplace) throw this.#conflict(head, owner, stored, sha256);
    return {
      kind: "put",
      condition: head.etag === undefined
        ? undefined
        : this.#condition({ ifMatch: head.etag }),
    };
  }

  /** What is stored with an object: its digest, where it is known, and us. */
  metadata(sha256: string | undefined): ObjectMetadata {
    return {
      writer: this.writerId,
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  }

  /** Whether the store is known, or hoped, to have conditional requests. */
  get isConditional(): boolean {
    return this.#conditional;
  }

  /** Looks at an object again that is not what it was thought to be. */
  async refresh(location: OutputLocation): Promise<ObjectInfo | undefined> {
    const info = await this.#store.head(location, this.#options);
    if (info === undefined) this.#present.delete(location.relativePath);
    else this.#present.set(location.relativePath, info);
    await this.#readReceipts();
    return info;
  }

  /** The store has no conditional requests: from now on it is only looked. */
  giveUpConditions(): void {
    if (this.#conditional) this.#options.onUnconditional?.();
    this.#conditional = false;
  }

  /** Enters an object that is stored, or was found in place. */
  enter(
    info: Pick<ObjectInfo, "location" | "size" | "etag">,
    sha256: string,
    contentType: string,
  ): void {
    const { relativePath } = info.location;
    const etag = info.etag ?? this.#present.get(relativePath)?.etag;
    this.#objects.set(relativePath, {
      path: this.#below(relativePath),
      size: info.size,
      sha256,
      contentType,
      ...(etag ? { etag } : {}),
    });
    this.#planned.delete(relativePath);
  }

  /** Writes what is stored so far into the open receipt. */
  checkpoint(): Promise<void> {
    return this.#write("open");
  }

  /** Seals the receipt: everything that this job publishes is stored. */
  async seal(): Promise<void> {
    this.#planned.clear();
    await this.#write("sealed");
  }

  #condition(condition: PutCondition): PutCondition | undefined {
    return this.#conditional ? condition : undefined;
  }

  /** The id of who wrote an object, or `undefined` where nothing tells. */
  #ownerOf(head: ObjectInfo, claims: readonly Claim[]): string | undefined {
    if (head.metadata?.writer) return head.metadata.writer;
    const exact = claims.find(({ object }) => isOf(object, head));
    if (exact !== undefined) return exact.writer;
    const writers = new Set(claims.map(({ writer }) => writer));
    // Where two say so, it is not known to be ours.
    return writers.size === 1 ? [...writers][0] : undefined;
  }

  #conflict(
    head: ObjectInfo,
    owner: string | undefined,
    stored: string | undefined,
    sha256: string,
  ): ConflictError {
    const who = owner === undefined
      ? "an unknown writer"
      : decodeURIComponent(owner);
    return new ConflictError(
      `Cannot replace ${this.#store.describe(head.location)}: it was stored ` +
        `by ${who} (SHA-256 ${stored ?? `unknown, ${head.size} bytes`}), and ` +
        `this job, ${decodeURIComponent(this.writerId)}, has other content ` +
        `(SHA-256 ${sha256}). --if-exists replace replaces it`,
    );
  }

  async #readReceipts(): Promise<void> {
    const { signal } = this.#options;
    const claims = new Map<string, Claim[]>();
    const claim = (path: string, entry: Claim) => {
      const full = `${this.#root.prefix}/${path}`;
      const present = claims.get(full);
      if (present === undefined) claims.set(full, [entry]);
      else present.push(entry);
    };
    const receipts = await readReceipts(this.#store, this.#root, { signal });
    for (const stored of receipts) {
      const writer = idOf(stored);
      const { objects, planned } = stored.receipt;
      if (stored.location.relativePath === this.#location.relativePath) {
        this.#earlier = new Map(objects.map((object) => [object.path, object]));
      }
      for (const object of objects) claim(object.path, { writer, object });
      for (const path of planned) claim(path, { writer, object: undefined });
    }
    this.#claims = claims;
  }

  /** One write after the other, each with what is known when it begins. */
  #write(state: Receipt["state"]): Promise<void> {
    const writing = this.#writing.catch(() => {}).then(async () => {
      const { signal } = this.#options;
      const bytes = new TextEncoder().encode(
        formatReceipt(this.#receipt(state)),
      );
      await this.#store.put(this.#location, {
        name: "receipt",
        size: bytes.length,
        bytes: () => Promise.resolve(bytes),
      }, { contentType: "application/json", signal });
    });
    this.#writing = writing;
    return writing;
  }

  #receipt(state: Receipt["state"]): Receipt {
    const { writer, attempt, version } = this.#options;
    const stored = [...this.#objects.values()];
    const paths = new Set(stored.map(({ path }) => path));
    // Until it is sealed, what an earlier attempt stored is still this job's.
    const earlier = state === "open"
      ? [...this.#earlier.values()].filter(({ path }) => !paths.has(path))
      : [];
    return {
      format: RECEIPT_FORMAT,
      state,
      tool: { name: "run-outputs", version },
      writer,
      attempt,
      openedAt: this.#openedAt,
      ...(state === "sealed" ? { sealedAt: new Date().toISOString() } : {}),
      objects: [...stored, ...earlier],
      planned: [...this.#planned].map((path) => this.#below(path)),
    };
  }

  #below(relativePath: string): string {
    return relativePath.slice(this.#root.prefix.length + 1);
  }
}

function isOf(object: ReceiptObject | undefined, info: ObjectInfo): boolean {
  return object?.etag !== undefined && object.etag === info.etag &&
    object.size === info.size;
}

function idOf({ location, receipt }: StoredReceipt): string {
  const { repository, runId } = receipt.writer;
  return encodeURIComponent(`${repository}/${runId}/${location.name}`);
}
