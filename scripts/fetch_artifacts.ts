#!/usr/bin/env -S deno run --no-prompt --allow-read --allow-write --allow-env=AWS_*,GH_TOKEN,GITHUB_*,HOME*,IS_PR_FROM_FORK,NO_COLOR,RELEASE_TYPE,THEROCK_*,USERPROFILE --allow-net=api.github.com,*.amazonaws.com,169.254.0.0/16 --allow-sys=osRelease,uid
/**
 * Downloads a run's artifacts, checks and unpacks them.
 *
 * @module
 */

import {
  type FamilySelection,
  selectFamilies,
  selectNames,
} from "../lib/artifact_selection.ts";
import type {
  StoredArtifact,
  StoredArtifacts,
} from "../lib/artifact_backend.ts";
import { FetchJob } from "../lib/cli/fetch_job.ts";
import { requiredArtifactGroup } from "../lib/cli/common_flags.ts";
import {
  positionals,
  switchFlag,
  UsageError,
  valueFlag,
  valuesFlag,
  wholeNumber,
} from "../lib/cli/flags.ts";
import {
  githubEnvironment,
  githubOptionsFrom,
} from "../lib/cli/github_options.ts";
import { denoHost, type Host } from "../lib/cli/host.ts";
import type { Log } from "../lib/cli/log.ts";
import { readerPermissions } from "../lib/cli/permissions.ts";
import {
  artifactBackendFromFlags,
  runSourceEnvironment,
  runSourceFlags,
  runSourceFromFlags,
} from "../lib/cli/run_source.ts";
import { EXIT, runScript, type ScriptContext } from "../lib/cli/script.ts";
import type { ScriptSpec } from "../lib/cli/declaration.ts";
import { loggedRetry } from "../lib/cli/store_flags.ts";
import { createGitHub } from "../lib/github/workflow_runs.ts";
import { sizeText } from "../lib/size_text.ts";

const concurrency = wholeNumber({ min: 1, max: 256 });

const flags = {
  patterns: positionals({
    placeholder: "REGEXP",
    help: "Fetch only files whose name matches one of these.",
  }),
  exclude: valuesFlag({
    placeholder: "REGEXP",
    help: "Leave out files whose name matches one of these.",
  }),
  "artifact-group": requiredArtifactGroup,
  "amdgpu-targets": valueFlag({
    placeholder: "A,B",
    default: [] as readonly string[],
    defaultText: "none",
    help: "Single targets to fetch besides the group, as gfx942.",
    parse: (text: string) =>
      text.split(",").map((target) => target.trim()).filter((t) => t !== ""),
  }),
  ...runSourceFlags,
  "output-dir": valueFlag({
    placeholder: "DIR",
    default: "build/artifacts",
    help: "Directory for archives and what is unpacked.",
  }),
  "download-concurrency": valueFlag({
    placeholder: "N",
    default: 10,
    help: "Downloads in flight.",
    parse: concurrency,
  }),
  "extract-concurrency": valueFlag({
    placeholder: "N",
    help: "Archives unpacked at once.",
    defaultText: "number of processors",
    parse: concurrency,
  }),
  "dry-run": switchFlag({
    default: false,
    help: "Print what would be fetched, and fetch nothing.",
  }),
  extract: switchFlag({
    default: true,
    help: "Unpack each archive into a directory of its own name.",
  }),
  flatten: switchFlag({
    default: false,
    help: "Unpack all archives into the output directory, merging the trees " +
      "that they list.",
  }),
  "delete-after-extract": switchFlag({
    default: true,
    help: "Delete archives once they are unpacked.",
  }),
};

const environment = [...runSourceEnvironment, ...githubEnvironment];

/** The declaration of `fetch_artifacts`. */
export const spec: ScriptSpec<typeof flags> = {
  name: "fetch_artifacts",
  summary: "Downloads a run's artifacts, checks and unpacks them.",
  flags,
  environment,
  permissions: readerPermissions(flags, environment, { writes: true }),
  exitCodes: {
    0: "Everything that was asked for is there.",
    1: "Nothing matches, or something is not there; it is named.",
    2: "The command line or a variable is wrong.",
    130: "Interrupted (SIGINT); 143 with SIGTERM.",
  },
  example: "--run-id 12345678901 --artifact-group gfx110X-all " +
    "--output-dir out amd-llvm base 'core-(hip|runtime)' --exclude _dbg_",
};

/** Runs the script; returns its exit code. */
export function main(
  args: readonly string[],
  host: Host = denoHost(),
): Promise<number> {
  return runScript(spec, args, run, host);
}

async function run(context: ScriptContext<typeof flags>): Promise<number> {
  const { flags, host, log, signal } = context;
  if (flags.flatten && !flags.extract) {
    throw new UsageError("--flatten and --no-extract exclude each other");
  }
  const families = {
    group: flags["artifact-group"],
    targets: flags["amdgpu-targets"],
  };
  const isNamed = selectNames({
    include: flags.patterns,
    exclude: flags.exclude,
  });
  const source = await runSourceFromFlags(
    flags,
    host,
    (repository, runId) =>
      createGitHub({
        ...githubOptionsFrom((name) => host.env(name)),
        retry: loggedRetry(log),
        onWait: ({ until, reason }) =>
          log.info(`Waiting until ${until.toISOString()}: ${reason}`),
        signal,
      }).lookUpWorkflowRun(repository, runId),
  );
  const { root } = source;

  await using backend = artifactBackendFromFlags(flags, source, { host, log });
  const place = backend.describe(root.root());
  log.info(`Looking for artifacts of ${families.group} in ${place}`);
  const stored = await backend.list(root, { signal });
  const page = root.artifactIndex(families.group).name;
  const hasGroup = tellMissingFamilies(stored, families, page, log, place);
  const isOfFamily = selectFamilies(families);
  const wanted = stored.artifacts.filter(({ fileName }) =>
    isOfFamily(fileName) && isNamed(fileName)
  );
  if (wanted.length === 0) {
    log.error(
      `Nothing matches: none of the ${stored.artifacts.length} artifacts in ` +
        `${place} was asked for.`,
    );
    return EXIT.failed;
  }
  tellPlan(wanted, log);
  if (flags["dry-run"]) return hasGroup ? EXIT.done : EXIT.failed;

  const job = new FetchJob(backend, {
    host,
    log,
    signal,
    outputDir: flags["output-dir"],
    mode: flags.flatten ? "flatten" : flags.extract ? "extract" : "keep",
    deleteArchives: flags["delete-after-extract"],
    downloads: flags["download-concurrency"],
    extractions: flags["extract-concurrency"] ?? navigator.hardwareConcurrency,
  });
  await job.fetch(wanted);
  const code = job.finish();
  return hasGroup ? code : EXIT.failed;
}

/** Says of which families nothing exists; answers whether the group does. */
function tellMissingFamilies(
  { artifacts, fileNames }: StoredArtifacts,
  { group, targets = [] }: FamilySelection,
  page: string,
  log: Log,
  place: string,
): boolean {
  const families = new Set(artifacts.map(({ name }) => name.targetFamily));
  for (const target of targets) {
    if (!families.has(target)) {
      log.warning(
        `There are no artifacts of the target ${target} in ${place}.`,
      );
    }
  }
  // A group may have nothing but generic artifacts; it has a page then.
  const hasGroup = families.has(group) || fileNames.has(page);
  if (!hasGroup) {
    log.error(`There are no artifacts of the group ${group} in ${place}.`);
  }
  return hasGroup;
}

function tellPlan(wanted: readonly StoredArtifact[], log: Log): void {
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  const count = wanted.length === 1
    ? "1 artifact"
    : `${wanted.length} artifacts`;
  log.info(`${count}, ${sizeText(bytes)}:`);
  for (const { fileName, size, digestLocation } of wanted) {
    const unchecked = digestLocation === undefined ? ", no digest stored" : "";
    log.info(`  ${fileName} (${sizeText(size)}${unchecked})`);
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
