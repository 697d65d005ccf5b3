/**
 * The layout of one run's outputs below its prefix.
 *
 * @module
 */

import {
  chooseBucket,
  MAIN_REPOSITORY,
  parseRepository,
  sameRepository,
} from "./bucket.ts";
import { InvalidValueError } from "./errors.ts";
import { OutputLocation } from "./output_location.ts";
import { checkBucketName, checkSegment } from "./path_segment.ts";

/**
 * The part of GitHub's workflow run that says where its outputs are, with the
 * names of GitHub's REST API.
 */
export interface WorkflowRun {
  /** The number in the run's URL. */
  readonly id: number;
  /** ISO 8601 instant. */
  readonly updated_at: string;
  /** `null` where the head repository was deleted, as forks often are. */
  readonly head_repository: { readonly full_name: string } | null;
}

/**
 * Looks a workflow run up. The library has no GitHub client of its own: who
 * wants a run looked up passes this.
 *
 * @param repository `owner/repo`
 * @param runId GitHub Actions run id
 */
export type LookUpWorkflowRun = (
  repository: string,
  runId: string,
) => Promise<WorkflowRun>;

/** What a {@linkcode RunOutputRoot} is made of. */
export interface RunOutputRootInit {
  /** Name alone, without `s3://`. */
  readonly bucket: string;
  /** `""`, or `{owner}-{repo}/`. */
  readonly externalRepo: string;
  /** GitHub Actions run id, or a name such as `local`. */
  readonly runId: string;
  /** `linux`, `windows` or `darwin`. */
  readonly platform: string;
}

/** Options of {@linkcode RunOutputRoot.forLocal}. */
export interface ForLocalOptions {
  /** Stands where a workflow run has its id. @default {"local"} */
  readonly runId?: string;
  /** `linux`, `windows` or `darwin`. @default {Deno.build.os} */
  readonly platform?: string;
  /**
   * Shows in URIs only: paths in a staging directory have no bucket.
   * @default {"local"}
   */
  readonly bucket?: string;
}

/** Options of {@linkcode RunOutputRoot.fromWorkflowRun}. */
export interface FromWorkflowRunOptions {
  /** GitHub Actions run id. */
  readonly runId: string;
  /** `linux`, `windows` or `darwin`: what the job built for. */
  readonly platform: string;
  /** `owner/repo` that the workflow runs in. @default {"ROCm/TheRock"} */
  readonly repository?: string;
  /** Ignored where the workflow run is known. @default {false} */
  readonly isPrFromFork?: boolean;
  /** `dev`, `nightly` or `prerelease`; empty or absent for none. */
  readonly releaseType?: string | null;
  /** The run itself, for somebody else's run. */
  readonly workflowRun?: WorkflowRun | null;
  /** Called where `workflowRun` is absent; without it nothing is looked up. */
  readonly lookUpWorkflowRun?: LookUpWorkflowRun;
  /** Overrides the chosen bucket; the rest of the path stays. */
  readonly bucket?: string;
}

/**
 * The root of a run's outputs, and the location of each kind of output.
 *
 * It is an immutable value, made without I/O.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RunOutputRoot } from "./run_output_root.ts";
 *
 * const root = await RunOutputRoot.fromWorkflowRun({
 *   runId: "12345678901",
 *   platform: "linux",
 *   repository: "ROCm/TheRock",
 * });
 * assertEquals(
 *   root.logIndex("gfx94X-dcgpu").s3Uri,
 *   "s3://therock-ci-artifacts/12345678901-linux/logs/gfx94X-dcgpu/index.html",
 * );
 * ```
 */
export class RunOutputRoot {
  /** Name alone, without `s3://`. */
  readonly bucket: string;
  /** `""`, or `{owner}-{repo}/`: the prefix begins with it. */
  readonly externalRepo: string;
  /** GitHub Actions run id, or a name such as `local`. */
  readonly runId: string;
  /** `linux`, `windows` or `darwin`. */
  readonly platform: string;

  /**
   * Takes parts that are known; `fromWorkflowRun` works them out.
   *
   * @throws {InvalidValueError} If a part would leave its own path segment.
   */
  constructor(init: RunOutputRootInit) {
    this.bucket = checkBucketName(init.bucket);
    this.externalRepo = checkExternalRepo(init.externalRepo);
    this.runId = checkSegment(init.runId, "run id");
    this.platform = checkPlatform(init.platform);
    Object.freeze(this);
  }

  /** The root of outputs that are staged on this machine. */
  static forLocal(options: ForLocalOptions = {}): RunOutputRoot {
    return new RunOutputRoot({
      bucket: options.bucket ?? "local",
      externalRepo: "",
      runId: options.runId ?? "local",
      platform: options.platform ?? Deno.build.os,
    });
  }

  /**
   * The root of a workflow run's outputs, in the bucket that its repository,
   * fork state, release type and age call for.
   *
   * Nothing is looked up unless `lookUpWorkflowRun` is given: a job that
   * uploads its own outputs knows everything from its environment.
   *
   * @throws {InvalidValueError} If an input is not one that can be used.
   */
  static async fromWorkflowRun(
    options: FromWorkflowRunOptions,
  ): Promise<RunOutputRoot> {
    const { runId, platform, releaseType } = options;
    const repository = options.repository ?? MAIN_REPOSITORY;
    parseRepository(repository);
    checkSegment(runId, "run id");
    const run = options.workflowRun ??
      await options.lookUpWorkflowRun?.(repository, runId);
    const choice = chooseBucket({
      repository,
      isPrFromFork: run
        ? isFromFork(run, repository)
        : options.isPrFromFork ?? false,
      releaseType,
      updatedAt: run?.updated_at,
    });
    return new RunOutputRoot({
      bucket: options.bucket ?? choice.bucket,
      externalRepo: choice.externalRepo,
      runId,
      platform,
    });
  }

  /** `{externalRepo}{runId}-{platform}`: what every path of the run begins with. */
  get prefix(): string {
    return `${this.externalRepo}${this.runId}-${this.platform}`;
  }

  /** `{p}` */
  root(): OutputLocation {
    return new OutputLocation(this.bucket, this.prefix);
  }

  /** `{p}/{fileName}`: an artifact archive or its checksum. */
  artifact(fileName: string): OutputLocation {
    return this.#at(checkSegment(fileName, "file name"));
  }

  /** `{p}/index-{group}.html`: the page that lists a group's artifacts. */
  artifactIndex(group: string): OutputLocation {
    return this.#at(`index-${checkSegment(group, "artifact group")}.html`);
  }

  /** `{p}/logs/{group}` */
  logDir(group: string): OutputLocation {
    return this.#at("logs", checkSegment(group, "artifact group"));
  }

  /** `{p}/logs/{group}/{fileName}` */
  logFile(group: string, fileName: string): OutputLocation {
    return this.logDir(group).child(checkSegment(fileName, "file name"));
  }

  /** `{p}/logs/{group}/index.html` */
  logIndex(group: string): OutputLocation {
    return this.logFile(group, "index.html");
  }

  /** `{p}/logs/{group}/build_observability.html` */
  buildObservability(group: string): OutputLocation {
    return this.logFile(group, "build_observability.html");
  }

  /** `{p}/manifests/{group}` */
  manifestDir(group: string): OutputLocation {
    return this.#at("manifests", checkSegment(group, "artifact group"));
  }

  /** `{p}/manifests/{group}/therock_manifest.json` */
  manifest(group: string): OutputLocation {
    return this.manifestFile(group, "therock_manifest.json");
  }

  /** `{p}/manifests/{group}/{fileName}` */
  manifestFile(group: string, fileName: string): OutputLocation {
    return this.manifestDir(group).child(checkSegment(fileName, "file name"));
  }

  /** `{p}/python/{group}` */
  pythonPackages(group: string): OutputLocation {
    return this.#at("python", checkSegment(group, "artifact group"));
  }

  /** `{p}/receipts`: what the run's jobs have published. */
  receipts(): OutputLocation {
    return this.#at("receipts");
  }

  /** `{p}/receipts/{group}/{fileName}` */
  receipt(group: string, fileName: string): OutputLocation {
    return this.#at(
      "receipts",
      checkSegment(group, "artifact group"),
      checkSegment(fileName, "file name"),
    );
  }

  #at(...segments: string[]): OutputLocation {
    return this.root().child(segments.join("/"));
  }
}

function isFromFork(run: WorkflowRun, repository: string): boolean {
  // A head repository that is gone was a fork: GitHub keeps the name of the
  // repository that the workflow runs in.
  return !run.head_repository ||
    !sameRepository(run.head_repository.full_name, repository);
}

function checkExternalRepo(externalRepo: string): string {
  if (externalRepo === "") return externalRepo;
  if (!externalRepo.endsWith("/")) {
    throw new InvalidValueError(
      `Invalid external repository ${JSON.stringify(externalRepo)}: it must ` +
        "be empty or {owner}-{repo}/.",
    );
  }
  checkSegment(externalRepo.slice(0, -1), "external repository");
  return externalRepo;
}

function checkPlatform(platform: string): string {
  checkSegment(platform, "platform");
  if (platform !== platform.toLowerCase()) {
    throw new InvalidValueError(
      `Invalid platform ${JSON.stringify(platform)}: it must be lower-case, ` +
        "as linux, windows or darwin.",
    );
  }
  return platform;
}
