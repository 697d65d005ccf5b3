/**
 * The S3 server that tests talk to, and raw access to what is stored there.
 *
 * The test task starts one server for all test files and names it in
 * S3_TEST_ENDPOINT; any other S3 server can be named there just as well. When
 * nothing is named, as in a plain `deno test tests/x_test.ts`, the first who
 * asks starts one. All test files of a run share it, since they share a
 * process, and it ends with that process.
 *
 * @module
 */
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { startS3Server } from "../../tools/s3_server.ts";

/** An S3 server, and who may use it. */
export interface S3ForTests {
  /** Where it listens. Buckets are addressed by path. */
  endpoint: string;
  /** The region that requests are signed for. */
  region: string;
  /** The user of the tests. */
  accessKeyId: string;
  /** The user's secret. */
  secretAccessKey: string;
  /** Somebody else, who may not see the first user's buckets, if there is one. */
  otherAccessKeyId?: string;
  /** Somebody else's secret. */
  otherSecretAccessKey?: string;
}

/** An object as it is listed. */
export interface ListedObject {
  /** Its key. */
  key: string;
  /** Its size in bytes. */
  size: number;
}

/** An object as it is stored. */
export interface StoredObject {
  /** Its content. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Its media type. */
  contentType?: string;
  /** Its entity tag, with the quotes. */
  etag?: string;
  /** How the content is encoded, if it says. */
  contentEncoding?: string;
  /** What caches may do, if it says. */
  cacheControl?: string;
  /** The `x-amz-meta-` headers, without that prefix. */
  metadata: Record<string, string>;
}

let server: Promise<S3ForTests | undefined> | undefined;
let unavailableReason: string | undefined;

/**
 * The server for tests, or `undefined` where there can be none. In CI that is
 * an error: there, no test may be skipped unnoticed.
 */
export function s3ForTests(): Promise<S3ForTests | undefined> {
  return server ??= findServer();
}

/** Why `s3ForTests` has found nothing. */
export function s3UnavailableReason(): string | undefined {
  return unavailableReason;
}

async function findServer(): Promise<S3ForTests | undefined> {
  // Naming one badly is a mistake, no reason to skip tests.
  const named = namedServer();
  if (named) return named;
  try {
    // The name makes the files of one run, whose process this is, share it.
    return await startS3Server({ instance: `tests-${Deno.pid}` });
  } catch (error) {
    if (Deno.env.get("CI") === "true") throw error;
    unavailableReason = error instanceof Error ? error.message : String(error);
    return undefined;
  }
}

/** The server that the environment names. */
function namedServer(): S3ForTests | undefined {
  const endpoint = Deno.env.get("S3_TEST_ENDPOINT");
  if (!endpoint) return undefined;
  const accessKeyId = Deno.env.get("S3_TEST_ACCESS_KEY") ??
    Deno.env.get("AWS_ACCESS_KEY_ID");
  const secretAccessKey = Deno.env.get("S3_TEST_SECRET_KEY") ??
    Deno.env.get("AWS_SECRET_ACCESS_KEY");
  if (!accessKeyId || !secretAccessKey) {
    throw new Error(
      "S3_TEST_ENDPOINT is set, but S3_TEST_ACCESS_KEY or S3_TEST_SECRET_KEY is not",
    );
  }
  return {
    endpoint,
    region: Deno.env.get("S3_TEST_REGION") || "us-east-1",
    accessKeyId,
    secretAccessKey,
    otherAccessKeyId: Deno.env.get("S3_TEST_OTHER_ACCESS_KEY"),
    otherSecretAccessKey: Deno.env.get("S3_TEST_OTHER_SECRET_KEY"),
  };
}

/**
 * Runs `action` with a client of the SDK, and closes the client's connections:
 * those left open would be reported as leaks of the test.
 */
export async function withClient<T>(
  s3: S3ForTests,
  action: (client: S3Client) => Promise<T>,
  config: S3ClientConfig = {},
): Promise<T> {
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    credentials: {
      accessKeyId: s3.accessKeyId,
      secretAccessKey: s3.secretAccessKey,
    },
    ...config,
  });
  try {
    return await action(client);
  } finally {
    client.destroy();
  }
}

/** Creates a bucket with a name of its own. */
export async function freshBucket(s3: S3ForTests): Promise<string> {
  const bucket = `test-${crypto.randomUUID()}`;
  await withClient(s3, (client) =>
    client.send(
      new CreateBucketCommand({
        Bucket: bucket,
        // The one region that must not be named.
        ...(s3.region !== "us-east-1" && {
          CreateBucketConfiguration: {
            LocationConstraint: s3.region as "us-west-2",
          },
        }),
      }),
    ));
  return bucket;
}

/** Stores an object; `headers` are further inputs of the SDK's command. */
export async function putObject(
  s3: S3ForTests,
  bucket: string,
  key: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Omit<PutObjectCommandInput, "Bucket" | "Key" | "Body"> = {},
): Promise<void> {
  const input = { ...headers, Bucket: bucket, Key: key, Body: body };
  await withClient(s3, (client) => client.send(new PutObjectCommand(input)));
}

/** Reads an object as it is stored; fails with `NoSuchKey` if it is not. */
export async function readObject(
  s3: S3ForTests,
  bucket: string,
  key: string,
): Promise<StoredObject> {
  return await withClient(s3, async (client) => {
    const object = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: key }),
    );
    return {
      bytes: new Uint8Array(await object.Body!.transformToByteArray()),
      contentType: object.ContentType,
      etag: object.ETag,
      contentEncoding: object.ContentEncoding,
      cacheControl: object.CacheControl,
      metadata: object.Metadata ?? {},
    };
  });
}

/**
 * Everything in a bucket, in the order of the keys, asked for in pages of
 * `pageSize`.
 */
export async function listAll(
  s3: S3ForTests,
  bucket: string,
  pageSize = 1000,
): Promise<ListedObject[]> {
  return await withClient(s3, async (client) => {
    const objects: ListedObject[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          MaxKeys: pageSize,
          ContinuationToken: token,
        }),
      );
      for (const { Key, Size } of page.Contents ?? []) {
        objects.push({ key: Key!, size: Size! });
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return objects;
  });
}

/** The keys of the uploads that were begun and neither completed nor aborted. */
export async function listMultipartUploads(
  s3: S3ForTests,
  bucket: string,
): Promise<string[]> {
  const { Uploads } = await withClient(
    s3,
    (client) =>
      client.send(new ListMultipartUploadsCommand({ Bucket: bucket })),
  );
  return (Uploads ?? []).map((upload) => upload.Key!);
}
