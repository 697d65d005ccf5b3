/**
 * Which bucket holds a run's outputs: a pure function and its table.
 *
 * @module
 */

import { InvalidValueError } from "./errors.ts";

/** The repository whose runs have no `external_repo` part in their prefix. */
export const MAIN_REPOSITORY = "ROCm/TheRock";

/** Release types, each with a bucket of its own. */
export const RELEASE_TYPES = ["dev", "nightly", "prerelease"] as const;

/** One of {@linkcode RELEASE_TYPES}. */
export type ReleaseType = typeof RELEASE_TYPES[number];

/**
 * Runs last updated at this instant or before lie in the buckets that were
 * used until then.
 */
export const BUCKET_CUTOVER = "2025-11-11T16:18:48Z";

const INTERNAL_REPOSITORY = "ROCm/therock-releases-internal";
const INTERNAL_BUCKET = "therock-artifacts-internal";

/** Buckets of ordinary runs, since the cutover and before. */
const CI_BUCKETS = {
  main: { now: "therock-ci-artifacts", before: "therock-artifacts" },
  external: {
    now: "therock-ci-artifacts-external",
    before: "therock-artifacts-external",
  },
} as const;

/** What the choice depends on. */
export interface BucketInputs {
  /** `owner/repo` that the workflow runs in. */
  readonly repository: string;
  /** Whether the run is for a pull request from a fork. */
  readonly isPrFromFork: boolean;
  /** One of {@linkcode RELEASE_TYPES}; empty or absent for none. */
  readonly releaseType?: string | null;
  /** When the run was last updated: ISO 8601 with an offset, as GitHub has it. */
  readonly updatedAt?: string | null;
}

/** The answer of {@linkcode chooseBucket}. */
export interface BucketChoice {
  /** Name alone, without `s3://`. */
  readonly bucket: string;
  /** `""`, or `{owner}-{repo}/`: the first part of the run's prefix. */
  readonly externalRepo: string;
}

/**
 * Chooses the bucket, and the first part of the prefix, of a run's outputs.
 *
 * @throws {InvalidValueError} If the repository is not `owner/repo`, the
 * release type is unknown, or the time is not an ISO 8601 instant.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { chooseBucket } from "./bucket.ts";
 *
 * assertEquals(
 *   chooseBucket({ repository: "ROCm/rocm-libraries", isPrFromFork: false }),
 *   {
 *     bucket: "therock-ci-artifacts-external",
 *     externalRepo: "ROCm-rocm-libraries/",
 *   },
 * );
 * ```
 */
export function chooseBucket(inputs: BucketInputs): BucketChoice {
  const { repository, isPrFromFork } = inputs;
  const { owner, name } = parseRepository(repository);
  const beforeCutover = isBeforeCutover(inputs.updatedAt);
  const isMain = sameRepository(repository, MAIN_REPOSITORY) && !isPrFromFork;
  const externalRepo = isMain ? "" : `${owner}-${name}/`;

  if (inputs.releaseType) {
    const releaseType = parseReleaseType(inputs.releaseType);
    return { bucket: `therock-${releaseType}-artifacts`, externalRepo };
  }
  if (sameRepository(repository, INTERNAL_REPOSITORY) && !isPrFromFork) {
    return { bucket: INTERNAL_BUCKET, externalRepo };
  }
  const buckets = isMain ? CI_BUCKETS.main : CI_BUCKETS.external;
  return { bucket: beforeCutover ? buckets.before : buckets.now, externalRepo };
}

/**
 * Whether two `owner/repo` names mean the same repository. GitHub compares
 * them without regard to case.
 */
export function sameRepository(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/**
 * Checks a release type.
 *
 * @throws {InvalidValueError} If it is none of {@linkcode RELEASE_TYPES}.
 */
export function parseReleaseType(value: string): ReleaseType {
  const found = RELEASE_TYPES.find((type) => type === value);
  if (found === undefined) {
    throw new InvalidValueError(
      `Unknown release type ${JSON.stringify(value)}: it must be one of ` +
        `${RELEASE_TYPES.join(", ")}, or empty for none.`,
    );
  }
  return found;
}

/**
 * Splits `owner/repo`.
 *
 * @throws {InvalidValueError} If it is anything else.
 */
export function parseRepository(
  repository: string,
): { owner: string; name: string } {
  const match = /^([\w.-]+)\/([\w.-]+)$/.exec(repository);
  const [, owner, name] = match ?? [];
  if (!owner || !name || [owner, name].some((s) => /^\.\.?$/.test(s))) {
    throw new InvalidValueError(
      `Invalid repository ${JSON.stringify(repository)}: it must be ` +
        "owner/repo, as ROCm/TheRock.",
    );
  }
  return { owner, name };
}

function isBeforeCutover(updatedAt: string | null | undefined): boolean {
  if (updatedAt === undefined || updatedAt === null) return false;
  let instant: Temporal.Instant;
  try {
    instant = Temporal.Instant.from(updatedAt);
  } catch (cause) {
    throw new InvalidValueError(
      `Invalid time ${JSON.stringify(updatedAt)}: it must be an ISO 8601 ` +
        `instant with an offset, as ${BUCKET_CUTOVER}.`,
      { cause },
    );
  }
  return Temporal.Instant.compare(instant, BUCKET_CUTOVER) <= 0;
}
