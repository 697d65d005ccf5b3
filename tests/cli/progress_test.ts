import { assert, assertEquals, assertMatch } from "@std/assert";
import { Log } from "../../lib/cli/log.ts";
import { ProgressReporter } from "../../lib/cli/progress.ts";
import { fakeHost } from "../support/fake_host.ts";

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

test("progress is what was stored of what was found", () => {
  const { host } = fakeHost();
  using progress = new ProgressReporter(host, new Log(host));
  assertEquals(progress.text(), "0/0 files, 0 B/0 B, 0 B/s");
  progress.onProgress({ kind: "found", files: 2, bytes: 3 * 1024 * 1024 });
  progress.onProgress({ kind: "stored", files: 0, bytes: 1024 });
  progress.onProgress({ kind: "stored", files: 1, bytes: 512 });
  assertMatch(
    progress.text(),
    /^1\/2 files, 1\.5 KiB\/3\.0 MiB, [\d.]+ [KMGT]?i?B\/s$/,
  );
});

test("nothing is written when it ends in a log", () => {
  const { host, stdout, stderr } = fakeHost();
  {
    using progress = new ProgressReporter(host, new Log(host));
    progress.onProgress({ kind: "found", files: 1, bytes: 1 });
  }
  assertEquals(stdout() + stderr(), "");
});

test("a terminal's line is erased for other lines and in the end", () => {
  const { host, stdout } = fakeHost({ isTerminal: true });
  const log = new Log(host);
  const erase = "\r\x1b[K";
  {
    using progress = new ProgressReporter(host, log);
    progress.onProgress({ kind: "found", files: 1, bytes: 1 });
    log.info("one");
    assert(stdout().endsWith(`${erase}one\n`));
  }
  assert(stdout().endsWith(erase));
  const before = stdout();
  log.info("two");
  assertEquals(stdout(), `${before}two\n`);
});
