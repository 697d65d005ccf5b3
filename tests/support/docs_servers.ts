/**
 * A stand-in for GitHub and for Amazon's S3, for the commands of documents that
 * read other runs: it knows the runs that the documents name.
 *
 * @module
 */

import { failure, json, workflowRun } from "./github_server.ts";
import {
  type Answer,
  s3Failure,
  type ScriptedServer,
  startScriptedServer,
  success,
} from "./loopback_server.ts";

/** A commit that was built, and one that was not. */
const COMMIT = "5f6a1c2b3d4e5f60718293a4b5c6d7e8f9012345";

/** The newer one has not published its artifacts yet. */
const RUNS = [
  workflowRun(12345678902, {
    head_sha: COMMIT,
    status: "in_progress",
    conclusion: null,
  }),
  workflowRun(12345678901, { head_sha: COMMIT }),
];

const STORED = /^\/therock-ci-artifacts\/12345678901-\w+\/index-gfx94X-dcgpu\./;

const STORED_ARTIFACTS = [
  "amd-llvm_lib_generic.tar.xz",
  "amd-llvm_lib_generic.tar.xz.sha256sum",
  "blas_dbg_gfx94X-dcgpu.tar.zst",
  "blas_lib_gfx94X-dcgpu.tar.zst",
  "core-hip_dev_generic.tar.xz",
  "core-hip_dev_generic.tar.xz.sha256sum",
];

/** Starts it. */
export function startStandIn(): ScriptedServer {
  return startScriptedServer((request) => answerTo(request)(request));
}

function answerTo(
  { method, target, headers }: Parameters<Answer>[0],
): Answer {
  if (method === "HEAD") {
    // All buckets exist; a path of one segment names one.
    if (/^\/[^/]+\/?$/.test(target)) return success("");
    return STORED.test(target)
      ? success("", { "content-length": "5300" })
      : s3Failure(404, "NoSuchKey");
  }
  if (headers.get("authorization")?.includes("expired")) {
    return failure(401, "Bad credentials");
  }
  const url = new URL(target, "http://127.0.0.1");
  const prefix = url.searchParams.get("prefix");
  if (prefix !== null) return listing(prefix);
  const run = RUNS.find(({ id }) => url.pathname.endsWith(`/runs/${id}`));
  if (run !== undefined) return json(run);
  const runs = "/repos/ROCm/TheRock/actions/workflows/ci.yml/runs";
  if (url.pathname === runs) {
    const found = url.searchParams.get("head_sha") === COMMIT ? RUNS : [];
    return json({ total_count: found.length, workflow_runs: found });
  }
  return failure(404, "Not Found");
}

/** A page of a listing: "ListObjectsV2" in the Amazon S3 API Reference. */
function listing(prefix: string): Answer {
  const contents = STORED_ARTIFACTS.map((name) =>
    `<Contents><Key>${prefix}${name}</Key><Size>300</Size>` +
    `<ETag>&quot;1&quot;</ETag>` +
    `<LastModified>2025-12-01T11:30:00.000Z</LastModified></Contents>`
  );
  return success(
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult>` +
      `<IsTruncated>false</IsTruncated>${contents.join("")}` +
      `</ListBucketResult>`,
    { "content-type": "application/xml" },
  );
}
