import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  BUCKET_CUTOVER,
  type BucketInputs,
  chooseBucket,
  MAIN_REPOSITORY,
  parseReleaseType,
  parseRepository,
  RELEASE_TYPES,
  sameRepository,
} from "../../lib/bucket.ts";
import { InvalidValueError } from "../../lib/errors.ts";
import vectors from "../data/vectors/buckets.json" with { type: "json" };

const MAIN = { repository: "ROCm/TheRock", isPrFromFork: false };
const EXTERNAL = { repository: "ROCm/rocm-libraries", isPrFromFork: false };
const INTERNAL = {
  repository: "ROCm/therock-releases-internal",
  isPrFromFork: false,
};

for (const { in: inputs, out, error } of vectors.cases) {
  Deno.test({
    name: `the bucket for ${JSON.stringify(inputs)} is ${
      error ? "refused" : out?.bucket
    }`,
    permissions: "none",
    fn() {
      if (error) assertThrows(() => chooseBucket(inputs), InvalidValueError);
      else assertEquals(chooseBucket(inputs), out);
    },
  });
}

Deno.test({
  name: "the cutover instant counts as before, whatever follows it as after",
  permissions: "none",
  fn() {
    const times: Record<string, boolean> = {
      "2025-11-11T16:18:47Z": true,
      "2025-11-11T16:18:47.999Z": true,
      "2025-11-11T16:18:47.999999999Z": true,
      "2025-11-11T16:18:48Z": true,
      "2025-11-11T16:18:48.000Z": true,
      "2025-11-11T16:18:48.000000000Z": true,
      "2025-11-11T16:18:48.000000001Z": false,
      "2025-11-11T16:18:48.001Z": false,
      "2025-11-11T16:18:49Z": false,
      "2025-11-11T16:18:48+00:00": true,
      "2025-11-11T17:18:48+01:00": true,
      "2025-11-11T17:18:49+01:00": false,
      "2025-11-11T10:48:48-05:30": true,
      "2025-11-11T10:48:48.5-05:30": false,
      "2025-11-12T00:18:48+08:00": true,
      "1999-12-31T23:59:59Z": true,
      "2026-11-23T00:00:00Z": false,
    };
    for (const [updatedAt, before] of Object.entries(times)) {
      assertEquals(
        [MAIN, EXTERNAL].map((x) => chooseBucket({ ...x, updatedAt }).bucket),
        before
          ? ["therock-artifacts", "therock-artifacts-external"]
          : ["therock-ci-artifacts", "therock-ci-artifacts-external"],
        updatedAt,
      );
    }
    assertEquals(BUCKET_CUTOVER, "2025-11-11T16:18:48Z");
  },
});

Deno.test({
  name: "release buckets and the internal bucket have no cutover",
  permissions: "none",
  fn() {
    for (const updatedAt of ["2025-11-11T16:18:48Z", "2025-11-11T16:18:49Z"]) {
      for (const releaseType of RELEASE_TYPES) {
        for (const inputs of [MAIN, EXTERNAL, INTERNAL]) {
          assertEquals(
            chooseBucket({ ...inputs, releaseType, updatedAt }).bucket,
            `therock-${releaseType}-artifacts`,
          );
        }
      }
      assertEquals(chooseBucket({ ...INTERNAL, updatedAt }), {
        bucket: "therock-artifacts-internal",
        externalRepo: "ROCm-therock-releases-internal/",
      });
    }
  },
});

Deno.test({
  name: "a fork of the internal repository does not get its bucket",
  permissions: "none",
  fn() {
    assertEquals(
      chooseBucket({ ...INTERNAL, isPrFromFork: true }).bucket,
      "therock-ci-artifacts-external",
    );
  },
});

Deno.test({
  name: "absent, null and empty mean none",
  permissions: "none",
  fn() {
    const nothings: Partial<BucketInputs>[] = [
      {},
      { releaseType: undefined, updatedAt: undefined },
      { releaseType: null, updatedAt: null },
      { releaseType: "" },
    ];
    for (const nothing of nothings) {
      assertEquals(chooseBucket({ ...MAIN, ...nothing }), {
        bucket: "therock-ci-artifacts",
        externalRepo: "",
      });
    }
  },
});

Deno.test({
  name: "repository names compare without regard to case",
  permissions: "none",
  fn() {
    assertEquals(
      chooseBucket({ repository: "rocm/THEROCK", isPrFromFork: false }),
      { bucket: "therock-ci-artifacts", externalRepo: "" },
    );
    assertEquals(
      chooseBucket({
        repository: "rocm/TheRock-Releases-Internal",
        isPrFromFork: false,
      }),
      {
        bucket: "therock-artifacts-internal",
        externalRepo: "rocm-TheRock-Releases-Internal/",
      },
    );
    assert(sameRepository(MAIN_REPOSITORY, "rocm/therock"));
    assert(!sameRepository(MAIN_REPOSITORY, "rocm/therock2"));
  },
});

Deno.test({
  name: "a repository that is not owner/repo is refused by name",
  permissions: "none",
  fn() {
    const bad = [
      "",
      "/",
      "TheRock",
      "ROCm/",
      "/TheRock",
      "ROCm/TheRock/",
      "ROCm/The/Rock",
      "ROCm//TheRock",
      "../TheRock",
      "ROCm/..",
      "./x",
      "ROCm/.",
      "ROCm/The Rock",
      " ROCm/TheRock",
      "ROCm/TheRock\n",
      "ROCm\\TheRock",
      "ROCm/The\\Rock",
      "ROCm/\0",
      "ROCm/é",
      "C:/x",
      "https://github.com/ROCm/TheRock",
      "ROCm/\ud83d",
    ];
    for (const repository of bad) {
      assertThrows(
        () => chooseBucket({ repository, isPrFromFork: false }),
        InvalidValueError,
        `Invalid repository ${JSON.stringify(repository)}`,
      );
    }
    assertEquals(parseRepository("a-b/c.d_e"), { owner: "a-b", name: "c.d_e" });
  },
});

Deno.test({
  name: "a time that is not an instant is refused by name",
  permissions: "none",
  fn() {
    const bad = [
      "",
      " ",
      "yesterday",
      "2025-11-11",
      "2025-11-11T16:18:48",
      "2025-11-11T25:00:00Z",
      "2025-02-30T00:00:00Z",
      "2025-11-11T16:18:48Z ",
      "1762877928",
      "Tue, 11 Nov 2025 16:18:48 GMT",
    ];
    for (const updatedAt of bad) {
      const error = assertThrows(
        () => chooseBucket({ ...MAIN, updatedAt }),
        InvalidValueError,
        `Invalid time ${JSON.stringify(updatedAt)}`,
      );
      assert(error.cause instanceof RangeError);
    }
  },
});

Deno.test({
  name: "an unknown release type is refused with the list of allowed ones",
  permissions: "none",
  fn() {
    for (const type of ["Dev", "nightly ", "release", "ci", "__proto__", " "]) {
      assertThrows(
        () => chooseBucket({ ...MAIN, releaseType: type }),
        InvalidValueError,
        "dev, nightly, prerelease",
      );
      assertThrows(() => parseReleaseType(type), InvalidValueError);
    }
    assertEquals(RELEASE_TYPES.map(parseReleaseType), [...RELEASE_TYPES]);
  },
});
