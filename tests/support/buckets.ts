/**
 * Buckets of the project's own names on the S3 server of the tests. All tests
 * share them: each has a run of its own there.
 *
 * @module
 */

import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { type S3ForTests, withClient } from "./s3_server.ts";

/** The variables by which scripts reach the server. */
export function s3Environment(s3: S3ForTests): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_REGION: s3.region,
    AWS_ENDPOINT_URL: s3.endpoint,
  };
}

/** A run id that no other test has. */
export function freshRunId(): string {
  return String(
    crypto.getRandomValues(new Uint32Array(1))[0]! + 10_000_000_000,
  );
}

/** Makes a bucket unless it is there. */
export async function ensureBucket(
  s3: S3ForTests,
  name: string,
): Promise<void> {
  await withClient(s3, async (client) => {
    try {
      await client.send(
        new CreateBucketCommand({
          Bucket: name,
          // The one region that must not be named.
          ...(s3.region !== "us-east-1" && {
            CreateBucketConfiguration: {
              LocationConstraint: s3.region as "us-west-2",
            },
          }),
        }),
      );
    } catch (error) {
      const isThere = error instanceof Error &&
        error.name === "BucketAlreadyOwnedByYou";
      if (!isThere) throw error;
    }
  });
}

/** Lets everybody list a bucket and read its objects. */
export async function makePublic(s3: S3ForTests, name: string): Promise<void> {
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{
      Effect: "Allow",
      Principal: "*",
      Action: ["s3:GetObject", "s3:ListBucket"],
      Resource: [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`],
    }],
  });
  await withClient(
    s3,
    (client) =>
      client.send(new PutBucketPolicyCommand({ Bucket: name, Policy })),
  );
}
