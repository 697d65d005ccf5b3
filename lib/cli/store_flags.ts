/**
 * Which store a script talks to, and how: the flags and variables that all
 * scripts share.
 *
 * @module
 */

import { InvalidValueError } from "../errors.ts";
import type { RetryPolicy } from "../retry.ts";
import type { S3Options } from "../storage/s3_client.ts";
import { type FlagValues, UsageError, valueFlag } from "./flags.ts";
import type { Host } from "./host.ts";
import type { Log } from "./log.ts";
import type { EnvironmentVariable } from "./declaration.ts";

/** The flags. */
export const storeFlags = {
  "endpoint-url": valueFlag({
    placeholder: "URL",
    help: "S3-compatible store to use instead of Amazon's.",
    parse: parseEndpoint,
  }),
  region: valueFlag({
    placeholder: "REGION",
    help: "Region of the bucket.",
    parse: parseRegion,
    defaultText: "$AWS_REGION, else us-east-2",
  }),
};

/** The variables. */
export const storeEnvironment: readonly EnvironmentVariable[] = [
  { name: "AWS_*", help: "Credentials, region and endpoint, as everywhere." },
];

/** The options of a store in S3. */
export function s3OptionsFromFlags(
  flags: FlagValues<typeof storeFlags>,
  host: Host,
): S3Options {
  return {
    endpoint: flags["endpoint-url"] ??
      fromEnv(host, ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"], parseEndpoint),
    region: flags.region ??
      fromEnv(host, ["AWS_REGION", "AWS_DEFAULT_REGION"], parseRegion),
  };
}

/** A policy that logs each retry in one line. */
export function loggedRetry(log: Log): RetryPolicy {
  return {
    onRetry: ({ error, attempt, attempts }) =>
      log.info(`Retry ${attempt} of ${attempts - 1}: ${error.message}`),
  };
}

/** The value of the first variable that is set. */
function fromEnv(
  host: Host,
  names: readonly string[],
  parse: (text: string) => string,
): string | undefined {
  for (const name of names) {
    const text = host.env(name);
    if (!text) continue;
    try {
      return parse(text);
    } catch (cause) {
      if (!(cause instanceof InvalidValueError)) throw cause;
      throw new UsageError(`$${name}: ${cause.message}`, { cause });
    }
  }
  return undefined;
}

function parseEndpoint(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  throw new InvalidValueError(
    `${JSON.stringify(text)} is not a URL that begins with http:// or https://`,
  );
}

function parseRegion(text: string): string {
  if (/^[a-z0-9][a-z0-9-]*$/.test(text)) return text;
  throw new InvalidValueError(
    `${JSON.stringify(text)} is not the name of a region, as us-east-2`,
  );
}
