/**
 * The AWS SDK's client for S3, made once and loaded only when it is needed:
 * local and dry runs start without it and need none of its permissions.
 *
 * @module
 */

import type * as S3 from "@aws-sdk/client-s3";
import { makeAgents } from "./http_agents.ts";

/** Options of {@linkcode loadS3}. */
export interface S3Options {
  /**
   * URL of an S3-compatible store, addressed as `{endpoint}/{bucket}/{key}`.
   * Absent for Amazon's own.
   */
  readonly endpoint?: string;
  /**
   * Where requests go first, and what they are signed for.
   * @default {"us-east-2"}
   */
  readonly region?: string;
  /**
   * Keys to use; absent for the SDK's default chain: environment, profile,
   * web identity, container, instance.
   */
  readonly credentials?: S3Credentials;
  /**
   * Send unsigned requests where no credentials are found: enough to read
   * public buckets. @default {false}
   */
  readonly allowAnonymous?: boolean;
  /** How long a connection may take, in milliseconds. @default {10000} */
  readonly connectTimeout?: number;
  /**
   * How long a connection may be silent, in milliseconds, before its request
   * is given up. @default {60000}
   */
  readonly idleTimeout?: number;
  /** Connections at once. @default {64} */
  readonly maxConnections?: number;
}

/** Keys of an S3 user. */
export interface S3Credentials {
  /** As in `AWS_ACCESS_KEY_ID`. */
  readonly accessKeyId: string;
  /** As in `AWS_SECRET_ACCESS_KEY`: keep it out of messages. */
  readonly secretAccessKey: string;
  /** As in `AWS_SESSION_TOKEN`, with temporary keys only. */
  readonly sessionToken?: string;
}

/** The region in which the project's own buckets are. */
export const DEFAULT_REGION = "us-east-2";

/** The SDK with a client that is ready. */
export interface LoadedS3 {
  readonly sdk: typeof S3;
  readonly client: S3.S3Client;
}

/** Loads the SDK and makes a client, which makes one attempt per request. */
export async function loadS3(options: S3Options): Promise<LoadedS3> {
  const sdk = await import("@aws-sdk/client-s3");
  const client = makeClient(sdk, clientConfig(options));
  if (options.credentials || !options.allowAnonymous) return { sdk, client };
  try {
    await client.config.credentials();
    return { sdk, client };
  } catch (error) {
    const none = error instanceof Error &&
      error.name === "CredentialsProviderError";
    client.destroy();
    if (!none) throw error;
    return { sdk, client: makeClient(sdk, anonymousConfig(options)) };
  }
}

function makeClient(
  sdk: typeof S3,
  config: S3.S3ClientConfig,
): S3.S3Client {
  const client = new sdk.S3Client(config);
  // It reads a variable of AWS Lambda's, which is nobody else's business.
  client.middlewareStack.remove("recursionDetectionMiddleware");
  return client;
}

function anonymousConfig(options: S3Options): S3.S3ClientConfig {
  return {
    ...clientConfig(options),
    credentials: { accessKeyId: "", secretAccessKey: "" },
    signer: { sign: (request) => Promise.resolve(request) },
  };
}

function clientConfig(options: S3Options): S3.S3ClientConfig {
  return {
    region: options.region ?? DEFAULT_REGION,
    // A bucket's own region is found by following the redirect.
    followRegionRedirects: options.endpoint === undefined,
    ...(options.endpoint === undefined
      ? {}
      : { endpoint: options.endpoint, forcePathStyle: true }),
    ...(options.credentials === undefined
      ? {}
      : { credentials: options.credentials }),
    // RetryingStore repeats requests. Two layers would multiply the attempts.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: options.connectTimeout ?? 10_000,
      socketTimeout: options.idleTimeout ?? 60_000,
      ...makeAgents({ maxSockets: options.maxConnections ?? 64 }),
    },
  };
}
