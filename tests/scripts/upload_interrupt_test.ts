import { assertEquals, assertLess } from "@std/assert";
import { startScriptedServer, success } from "../support/loopback_server.ts";
import { startScript } from "../support/script.ts";
import { TempDir, writeFiles } from "../support/tree.ts";

Deno.test("an interrupt does not wait for an answer that does not come", {
  // On Windows a process cannot be sent SIGINT.
  ignore: Deno.build.os === "windows",
}, async () => {
  await using temp = await TempDir.make();
  await writeFiles(temp.join("reports"), { "a.html": "", "b.html": "" });
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Response>();
  // The second request comes on the connection of the first.
  await using server = startScriptedServer(success(), () => {
    asked.resolve();
    return ended.promise;
  });
  const script = await startScript("upload_test_report", [
    "--run-id=7",
    "--amdgpu-family=gfx94X-dcgpu",
    "--report-path=reports",
    "--log-destination=tests",
    "--index-file-name=index.html",
    "--concurrency=1",
    `--endpoint-url=${server.endpoint}`,
  ], {
    cwd: temp.path,
    env: { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" },
    permissions: { net: new URL(server.endpoint).host },
  });
  await asked.promise;
  const begun = performance.now();
  script.kill("SIGINT");
  assertEquals((await script.result).code, 130);
  ended.resolve(new Response());
  assertLess(performance.now() - begun, 20_000);
});
