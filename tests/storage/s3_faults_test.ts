/**
 * What the S3 store makes of servers that fail, refuse, hang and hang up.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { StorageError } from "../../lib/errors.ts";
import { OutputLocation } from "../../lib/output_location.ts";
import type { RetryEvent } from "../../lib/retry.ts";
import { bytesBody, type ObjectStore } from "../../lib/storage/object_store.ts";
import { RetryingStore } from "../../lib/storage/retrying_store.ts";
import type { S3Options } from "../../lib/storage/s3_client.ts";
import { S3Store } from "../../lib/storage/s3_store.ts";
import {
  s3Failure,
  startScriptedServer,
  startSocketServer,
  staySilent,
  success,
  unusedEndpoint,
} from "../support/loopback_server.ts";
import {
  assertFails,
  listedKeys,
  PLAIN,
  randomBytes,
  read,
  text,
} from "./cases.ts";

const ATTEMPTS = 4;
const LOCATION = new OutputLocation("bucket", "run/x");
const KEYS = { accessKeyId: "AKID", secretAccessKey: "secret" };

/** Runs with a store that tries again, and returns what it has retried. */
async function withStore(
  options: S3Options,
  fn: (store: ObjectStore) => Promise<unknown>,
): Promise<RetryEvent[]> {
  const retries: RetryEvent[] = [];
  const store = new RetryingStore(
    new S3Store({ credentials: KEYS, ...options }),
    {
      attempts: ATTEMPTS,
      minDelay: 1,
      maxDelay: 2,
      onRetry: (event) => retries.push(event),
    },
  );
  try {
    await fn(store);
  } finally {
    await store.close();
  }
  return retries;
}

const put = (store: ObjectStore) => store.put(LOCATION, text("content"), PLAIN);

const PASSING = [
  [503, "SlowDown", "throttled"],
  [503, "ServiceUnavailable", "throttled"],
  [500, "InternalError", "unavailable"],
  [502, "BadGateway", "unavailable"],
  [429, "TooManyRequests", "throttled"],
  [409, "OperationAborted", "unavailable"],
  [400, "RequestTimeout", "timeout"],
  [403, "RequestTimeTooSkewed", "clock-skew"],
] as const;

for (const [status, code, ours] of PASSING) {
  Deno.test(`S3 faults: ${status} ${code} passes, and the object is stored`, async () => {
    await using server = startScriptedServer(
      s3Failure(status, code),
      s3Failure(status, code),
      success(),
    );
    const retries = await withStore(server, put);
    const contents = server.requests.map(({ body }) =>
      new TextDecoder().decode(body)
    );
    assertEquals(contents, ["content", "content", "content"]);
    assertEquals(
      retries.map(({ error, attempt, attempts }) =>
        [error.code, attempt, attempts] as const
      ),
      [[ours, 1, ATTEMPTS], [ours, 2, ATTEMPTS]],
    );
  });

  Deno.test(`S3 faults: ${status} ${code} for good takes the policy's attempts, no more`, async () => {
    await using server = startScriptedServer(s3Failure(status, code));
    await withStore(server, async (store) => {
      const error = await assertFails(() => put(store), ours);
      assert(error.retriable);
      assertEquals(error.location, "s3://bucket/run/x");
    });
    assertEquals(server.requests.length, ATTEMPTS);
  });
}

const FINAL = [
  [403, "AccessDenied", "access-denied"],
  [403, "InvalidAccessKeyId", "access-denied"],
  [403, "SignatureDoesNotMatch", "access-denied"],
  [400, "ExpiredToken", "access-denied"],
  [401, "Unauthorized", "access-denied"],
  [404, "NoSuchBucket", "bucket-not-found"],
  [412, "PreconditionFailed", "precondition-failed"],
  [400, "InvalidArgument", "failed"],
  [400, "EntityTooLarge", "failed"],
  [405, "MethodNotAllowed", "failed"],
  [411, "MissingContentLength", "failed"],
] as const;

for (const [status, code, ours] of FINAL) {
  Deno.test(`S3 faults: ${status} ${code} is final after one request`, async () => {
    await using server = startScriptedServer(s3Failure(status, code));
    const retries = await withStore(server, async (store) => {
      const error = await assertFails(() => put(store), ours);
      assert(!error.retriable);
      if (ours === "failed") assertMatch(error.message, new RegExp(code));
    });
    assertEquals(server.requests.length, 1);
    assertEquals(retries, []);
  });
}

Deno.test("S3 faults: a clock that is wrong is corrected by the answer", async () => {
  const hours = 3;
  const storesTime = () => Date.now() + hours * 3_600_000;
  await using server = startScriptedServer(
    (request) =>
      s3Failure(403, "RequestTimeTooSkewed", {
        date: new Date(storesTime()).toUTCString(),
      })(request),
    success(),
  );
  await withStore(server, put);
  const [first, second] = server.requests.map(({ headers }) =>
    parseAmzDate(headers.get("x-amz-date") ?? "")
  );
  const shift = (Number(second) - Number(first)) / 3_600_000;
  assert(Math.abs(shift - hours) < 0.1, `moved by ${shift} hours`);
});

Deno.test("S3 faults: a refused connection is retried, then told", async () => {
  const endpoint = unusedEndpoint();
  const retries = await withStore({ endpoint }, async (store) => {
    const error = await assertFails(() => put(store), "network");
    assert(error.retriable);
    assertMatch(error.reason, /refused/);
  });
  assertEquals(retries.length, ATTEMPTS - 1);
});

Deno.test("S3 faults: a connection that breaks in the middle is retried, then told", async () => {
  await using server = startSocketServer(async (connection) => {
    // What is left unread makes the system reset the connection.
    await connection.read(new Uint8Array(100));
  });
  const body = bytesBody("x", randomBytes(4_000_000));
  await withStore(server, async (store) => {
    const operation = () => store.put(LOCATION, body, PLAIN);
    const error = await assertFails(operation, "network");
    assert(error.retriable);
  });
  assertEquals(server.connections, ATTEMPTS);
});

Deno.test("S3 faults: a server that hangs up without an answer is tried again", async () => {
  await using server = startSocketServer(async (connection, number) => {
    await connection.read(new Uint8Array(10_000));
    if (number < 3) return;
    await connection.write(new TextEncoder().encode(
      'HTTP/1.1 200 OK\r\netag: "1"\r\ncontent-length: 0\r\n' +
        "connection: close\r\n\r\n",
    ));
  });
  const retries = await withStore(server, put);
  assertEquals(retries.map(({ error }) => error.code), ["network", "network"]);
});

Deno.test("S3 faults: a server that never answers is given up", async () => {
  await using server = startSocketServer(staySilent);
  const options = { endpoint: server.endpoint, idleTimeout: 100 };
  await withStore(options, async (store) => {
    const error = await assertFails(() => put(store), "timeout");
    assert(error.retriable);
  });
  assertEquals(server.connections, ATTEMPTS);
});

for (
  const [what, silent, code] of [
    ["breaks off", false, "network"],
    ["goes silent", true, "timeout"],
  ] as const
) {
  Deno.test(`S3 faults: a body that ${what} in the middle is told to its reader`, async () => {
    const begin = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nbegin";
    await using server = startSocketServer(async (connection) => {
      await connection.read(new Uint8Array(10_000));
      await connection.write(new TextEncoder().encode(begin));
      if (silent) await staySilent(connection);
    });
    const idleTimeout = silent ? 100 : undefined;
    await withStore(
      { endpoint: server.endpoint, idleTimeout },
      async (store) => {
        const error = await assertFails(() => read(store, LOCATION), code);
        assert(error.retriable);
      },
    );
  });
}

Deno.test("S3 faults: an answer that cannot be read is tried again", async () => {
  await using server = startScriptedServer(
    success("<ListBucketResult><Contents><Key>run/x</Ke"),
    success(
      "<ListBucketResult><Contents><Key>run/x</Key><Size>1</Size></Contents>" +
        "</ListBucketResult>",
      { "content-type": "application/xml" },
    ),
  );
  const run = new OutputLocation("bucket", "run");
  const retries = await withStore(server, async (store) => {
    assertEquals(await listedKeys(store, run), ["run/x"]);
  });
  assertEquals(retries.map(({ error }) => error.code), ["network"]);
});

Deno.test("S3 faults: a completion that fails under a status of success is tried again", async () => {
  const xml = { "content-type": "application/xml" };
  await using server = startScriptedServer(
    success(
      "<InitiateMultipartUploadResult><UploadId>1</UploadId>" +
        "</InitiateMultipartUploadResult>",
      xml,
    ),
    success(),
    success("<Error><Code>InternalError</Code></Error>", xml),
    success(
      "<CompleteMultipartUploadResult><ETag>&quot;2-1&quot;</ETag>" +
        "</CompleteMultipartUploadResult>",
      xml,
    ),
  );
  const retries = await withStore(server, async (store) => {
    const upload = await store.beginMultipart(LOCATION, 5_242_880, PLAIN);
    await upload.putPart({ number: 1, bytes: randomBytes(3) });
    assertEquals((await upload.complete()).etag, '"2-1"');
  });
  assertEquals(retries.map(({ error }) => error.code), ["unavailable"]);
  assertEquals(server.requests.length, 4);
});

Deno.test("S3 faults: a signal ends a request that hangs", async () => {
  await using server = startSocketServer(staySilent);
  await withStore({ endpoint: server.endpoint }, async (store) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const body = {
      name: "x",
      size: 1,
      bytes: () => {
        // Once the request is on its way.
        setTimeout(() => controller.abort(reason), 50);
        return Promise.resolve(randomBytes(1));
      },
    };
    const options = { ...PLAIN, signal: controller.signal };
    const thrown = await store.put(LOCATION, body, options)
      .then(() => "nothing", (error) => error);
    assert(!(thrown instanceof StorageError));
    assertEquals(thrown, reason);
  });
});

/** The time in `20261123T231500Z`. */
function parseAmzDate(text: string): Date {
  return new Date(text.replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    "$1-$2-$3T$4:$5:$6Z",
  ));
}
