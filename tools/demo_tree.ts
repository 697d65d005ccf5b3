/**
 * A small build directory with everything that a real one has: true archives
 * with checksums, logs with difficult names, ninja logs, a manifest, reports.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { dirname, join } from "@std/path";
import { packTar } from "modern-tar";
import { initModule, xzAsync } from "node-liblzma/wasm";

const encoder = new TextEncoder();

/** How a tree is to be. */
export interface DemoTreeOptions {
  /** Artifact archives, each with its checksum. @default {4} */
  readonly artifacts?: number;
  /** Log files. @default {7} */
  readonly logs?: number;
}

const LOG_NAMES = [
  "amd-llvm_build.log",
  "rocBLAS_configure.log",
  "hip tests #1.log",
  "c++ compiler.log",
  "prüfung/日本語.log",
  "nested/deeper/math-libs.log",
  "100%.log",
];

const ARTIFACT_NAMES = [
  "amd-llvm_lib_generic.tar.xz",
  "blas_lib_gfx94X-dcgpu.tar.zst",
  "core-hip_dev_generic.tar.xz",
  "core-runtime_run_generic.tar.zst",
];

/** Writes a build directory. The same options give the same files. */
export async function writeDemoTree(
  buildDir: string,
  options: DemoTreeOptions = {},
): Promise<void> {
  for (let i = 0; i < (options.artifacts ?? ARTIFACT_NAMES.length); i++) {
    const name = ARTIFACT_NAMES[i] ??
      `part${i}_lib_generic.tar.${i % 2 ? "zst" : "xz"}`;
    const bytes = await makeArchive(name);
    const path = join(buildDir, "artifacts", name);
    const digest = createHash("sha256").update(bytes).digest("hex");
    await write(path, bytes);
    await write(`${path}.sha256sum`, `${digest}  ${name}\n`);
  }
  for (let i = 0; i < (options.logs ?? LOG_NAMES.length); i++) {
    const name = LOG_NAMES[i] ?? `group${i % 10}/step${i}.log`;
    const lines = Array.from(
      { length: 3 + i % 50 },
      (_, line) => `[${line + 1}] ${name}: done`,
    );
    await write(join(buildDir, "logs", name), `${lines.join("\n")}\n`);
  }
  for (const dir of [".", "base", "math-libs/BLAS"]) {
    await write(
      join(buildDir, dir, ".ninja_log"),
      `# ninja log v6\n0\t1207\t1700000000\t${dir}/all\tc0ffee\n`,
    );
  }
  const report = (title: string) =>
    `<!DOCTYPE html><title>${title}</title><p>${title} of the demo build.\n`;
  const logs = join(buildDir, "logs");
  await write(
    join(logs, "build_observability.html"),
    report("Build observability"),
  );
  await write(
    join(logs, "therock-build-prof", "comp-summary.html"),
    report("Component summary"),
  );
  await write(
    join(logs, "therock-build-prof", "comp-summary.md"),
    "# Component summary\n\nOf the demo build.\n",
  );
  await write(
    join(buildDir, "base/aux-overlay/build/therock_manifest.json"),
    `${JSON.stringify({ the_rock_commit: "0".repeat(40) }, null, 2)}\n`,
  );
}

/** A true tar archive, compressed as its name says. */
async function makeArchive(name: string): Promise<Uint8Array> {
  const member = (path: string, content: string, mode: number) => ({
    header: {
      name: path,
      size: encoder.encode(content).length,
      mtime: new Date(1_700_000_000_000),
      mode,
    },
    body: content,
  });
  const tar = await packTar([
    member("artifact_manifest.txt", "stage\n", 0o644),
    member("stage/bin/tool", `#!/bin/sh\necho ${name}\n`, 0o755),
    member("stage/lib/data.txt", `${name}\n`.repeat(2000), 0o644),
  ]);
  if (name.endsWith(".zst")) return await promisify(zstdCompress)(tar);
  await initModule();
  return await xzAsync(Buffer.from(tar));
}

async function write(path: string, content: string | Uint8Array) {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(
    path,
    typeof content === "string" ? encoder.encode(content) : content,
  );
}
