/**
 * The permission flags that scripts need, as data.
 *
 * @module
 */

import type {
  EnvironmentVariable,
  Permission,
  ScriptSpec,
} from "./declaration.ts";
import type { Flags } from "./flags.ts";
import { logEnvironment } from "./log.ts";
import { GITHUB_HOSTS } from "./github_options.ts";

/** Hosts of Amazon's own S3, and those that hand out credentials. */
const AWS_HOSTS = [
  "*.amazonaws.com",
  // Link-local: credentials of instances and containers.
  "169.254.0.0/16",
];

/** What an uploader needs. */
export function uploaderPermissions(
  flags: Flags,
  environment: readonly EnvironmentVariable[],
): readonly Permission[] {
  const unneeded = "not needed with --output-dir or --dry-run";
  return [
    {
      flag: "--allow-read",
      reason: "The files to upload; credentials in ~/.aws.",
    },
    {
      flag: "--allow-write",
      reason: "Generated pages and archives, --output-dir, GitHub's files.",
    },
    environmentPermission(flags, environment),
    {
      flag: `--allow-net=${AWS_HOSTS.join(",")}`,
      reason:
        `S3 and AWS credentials; ${unneeded}. With --endpoint-url: that ` +
        "host and port instead.",
    },
    {
      flag: "--allow-sys=osRelease,uid",
      reason: `The AWS SDK names the system; ${unneeded}.`,
    },
  ];
}

/** What a script needs that reads runs, and looks them up. */
export function readerPermissions(
  flags: Flags,
  environment: readonly EnvironmentVariable[],
  { writes }: { readonly writes: boolean },
): readonly Permission[] {
  // Only what fetches can fetch from a staging directory.
  const unneeded = writes ? "; not needed with $THEROCK_LOCAL_STAGING_DIR" : "";
  return [
    { flag: "--allow-read", reason: "Stored files; credentials in ~/.aws." },
    ...(writes
      ? [{ flag: "--allow-write", reason: "What is fetched and unpacked." }]
      : []),
    environmentPermission(flags, environment),
    {
      flag: `--allow-net=${[...GITHUB_HOSTS, ...AWS_HOSTS].join(",")}`,
      reason: `GitHub's API, S3 and AWS credentials${unneeded}. With ` +
        "--endpoint-url or $GITHUB_API_URL: that host and port instead.",
    },
    {
      flag: "--allow-sys=osRelease,uid",
      reason: `The AWS SDK names the system${unneeded}.`,
    },
  ];
}

/** Variables that flags name, that a script reads itself, and the SDK's. */
function environmentPermission(
  flags: Flags,
  environment: readonly EnvironmentVariable[],
): Permission {
  const variables = [
    ...Object.values(flags).flatMap(({ env }) => env ?? []),
    ...environment.map(({ name }) => name),
    ...logEnvironment.map(({ name }) => name),
    ...AWS_VARIABLES,
  ];
  const short = new Set(
    variables.map((name) => FAMILIES.find((f) => isOf(f, name)) ?? name).sort(),
  );
  return {
    flag: `--allow-env=${[...short].join(",")}`,
    reason: "The variables above; the AWS SDK also looks for its files.",
  };
}

/**
 * Families that stand for their variables: Linux cuts the first line of a
 * script after 255 characters.
 */
const FAMILIES = ["AWS_*", "GITHUB_*", "HOME*", "THEROCK_*"];

function isOf(family: string, name: string): boolean {
  return name.startsWith(family.slice(0, -1));
}

/** Variables that the AWS SDK reads, and where it looks for its files. */
const AWS_VARIABLES = [
  "AWS_*",
  "HOME",
  "HOMEDRIVE",
  "HOMEPATH",
  "USERPROFILE",
];

/** The first line of a script's file. */
export function shebang(spec: ScriptSpec<Flags>): string {
  const flags = spec.permissions.map(({ flag }) => flag).join(" ");
  return `#!/usr/bin/env -S deno run --no-prompt ${flags}`;
}
