/**
 * How the S3 store signs, shares its client, and what it needs to run.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { OutputLocation } from "../../lib/output_location.ts";
import type { S3Options } from "../../lib/storage/s3_client.ts";
import { S3Store } from "../../lib/storage/s3_store.ts";
import { startScriptedServer, success } from "../support/loopback_server.ts";
import { PLAIN, text } from "./cases.ts";
import { runScript } from "./script.ts";

const LOCATION = new OutputLocation("bucket", "run/x");
const KEYS = { accessKeyId: "AKID", secretAccessKey: "secret" };
const SIGNED =
  /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/us-east-2\/s3\/aws4_request, /;

async function putOne(options: S3Options): Promise<void> {
  const store = new S3Store(options);
  try {
    await store.put(LOCATION, text("content"), PLAIN);
  } finally {
    await store.close();
  }
}

Deno.test("S3 client: a key and a secret without a session token sign", async () => {
  await using server = startScriptedServer(success());
  await putOne({ endpoint: server.endpoint, credentials: KEYS });
  const [request] = server.requests;
  assertMatch(request?.headers.get("authorization") ?? "", SIGNED);
  assertEquals(request?.headers.get("x-amz-security-token"), null);
});

Deno.test("S3 client: a session token goes along", async () => {
  await using server = startScriptedServer(success());
  const credentials = { ...KEYS, sessionToken: "token" };
  await putOne({ endpoint: server.endpoint, credentials });
  const [request] = server.requests;
  assertMatch(request?.headers.get("authorization") ?? "", SIGNED);
  assertEquals(request?.headers.get("x-amz-security-token"), "token");
});

Deno.test("S3 client: the region that is asked for is signed for", async () => {
  await using server = startScriptedServer(success());
  const { endpoint } = server;
  await putOne({ endpoint, credentials: KEYS, region: "eu-test-9" });
  assertMatch(
    server.requests[0]?.headers.get("authorization") ?? "",
    /\/eu-test-9\/s3\/aws4_request/,
  );
});

Deno.test("S3 client: parallel first requests share one client", async () => {
  let inFlight = 0;
  let most = 0;
  await using server = startScriptedServer(async (request) => {
    most = Math.max(most, ++inFlight);
    await new Promise((resolve) => setTimeout(resolve, 2));
    inFlight--;
    return await success()(request);
  });
  const store = new S3Store({
    endpoint: server.endpoint,
    credentials: KEYS,
    maxConnections: 3,
  });
  const run = new OutputLocation("bucket", "run");
  await Promise.all(
    Array.from(
      { length: 32 },
      (_, i) => store.put(run.child(`${i}`), text("x"), PLAIN),
    ),
  );
  await store.close();
  assertEquals(new Set(server.requests.map((r) => r.target)).size, 32);
  // Each client has connections of its own: two would have had six.
  assert(most <= 3, `${most} requests at once`);
});

Deno.test("S3 client: a store that was never used can be closed", async () => {
  const store = new S3Store();
  await store.close();
  await store.close();
});

/** Stores one object in S3 by a program of its own. */
function putInScript(
  endpoint: string,
  flags: readonly string[],
  env: Record<string, string>,
) {
  return runScript(
    `const store = new S3Store({ endpoint: ${JSON.stringify(endpoint)} });
     const body = bytesBody("x", new Uint8Array(1));
     await tell(store.put(new OutputLocation("bucket", "x"), body, PLAIN));
     await store.close();`,
    flags,
    { env },
  );
}

const ENV = ["--allow-env", "--allow-sys", "--allow-read"];

Deno.test("S3 client: keys of the environment sign, without a session token too", async () => {
  await using server = startScriptedServer(success());
  const report = await putInScript(server.endpoint, [...ENV, "--allow-net"], {
    AWS_ACCESS_KEY_ID: "AKID",
    AWS_SECRET_ACCESS_KEY: "secret",
  });
  assertEquals(report, {});
  assertMatch(
    server.requests[0]?.headers.get("authorization") ?? "",
    SIGNED,
  );
});

Deno.test("S3 client: where there are no credentials, that is told and no request sent", async () => {
  await using server = startScriptedServer(success());
  const dir = await Deno.makeTempDir({ prefix: "run-outputs-test-" });
  const nowhere = `${dir}/none`;
  try {
    const report = await putInScript(server.endpoint, [...ENV, "--allow-net"], {
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: nowhere,
      AWS_SHARED_CREDENTIALS_FILE: nowhere,
    });
    assertEquals(report.code, "no-credentials");
    assertEquals(report.retriable, false);
  } finally {
    await Deno.remove(dir);
  }
  assertEquals(server.requests, []);
});

Deno.test("S3 client: a missing permission for the network names its flag", async () => {
  await using server = startScriptedServer(success());
  const report = await putInScript(server.endpoint, ENV, {
    AWS_ACCESS_KEY_ID: "AKID",
    AWS_SECRET_ACCESS_KEY: "secret",
  });
  assertEquals(report.code, "not-permitted");
  assertEquals(report.retriable, false);
  assertMatch(report.message ?? "", /--allow-net=127\.0\.0\.1:\d+/);
  assertEquals(server.requests, []);
});

Deno.test("S3 client: a missing permission for the environment names its flag", async () => {
  const flags = ["--allow-net", "--allow-sys"];
  const report = await putInScript("http://127.0.0.1:1", flags, {});
  assertEquals(report.code, "not-permitted");
  assertMatch(report.message ?? "", /--allow-env/);
});

Deno.test("S3 client: the SDK is not loaded by a dry run", async () => {
  const report = await runScript(
    `const backend = createUploadBackend({ dryRun: true });
     const bytes = new Uint8Array(1);
     const location = new OutputLocation("bucket", "x");
     await tell(backend.uploadBytes("x", bytes, location));
     await backend[Symbol.asyncDispose]();`,
    [],
  );
  assertEquals(report, {});
});
