/**
 * The directory in which the documents' commands run: what a user has who
 * types them, by the names that the documents use.
 *
 * @module
 */

import { dirname, join } from "@std/path";
import { walkFiles } from "../../lib/files/walk.ts";
import { main as postBuildUpload } from "../../scripts/post_build_upload.ts";
import { writeDemoTree } from "../../tools/demo_tree.ts";
import { sha256 } from "./artifact_archives.ts";
import { fakeHost } from "./fake_host.ts";
import { member, tarOf, zst } from "./hostile_archives.ts";
import { TempDir, writeFiles } from "./tree.ts";

const FILES = {
  "packages/dist/rocm-7.0.0.tar.gz": "The package rocm.\n",
  "packages/dist/rocm_sdk_core-7.0.0-py3-none-linux_x86_64.whl":
    "The package rocm_sdk_core.\n",
  "dist/manifests/therock-manifest_torch_py3.11_release-2.7.json": `${
    JSON.stringify({ torch: "2.7" }, null, 2)
  }\n`,
  "reports/rocblas.html": "<!DOCTYPE html><title>rocBLAS</title>\n",
  "reports/hip/runtime.html": "<!DOCTYPE html><title>HIP runtime</title>\n",
  "reports/junit.xml": "<testsuites/>\n",
};

/**
 * A directory to copy for each block:
 *
 * - `build`, as a build leaves it
 * - `staging`, with that build published as run 12345678901; and as run
 *   12345678902, with an artifact that is damaged and one that is hostile
 * - `packages/dist`, `dist/manifests` and `reports`
 */
export class Workspace implements AsyncDisposable {
  readonly #dir: TempDir;

  private constructor(dir: TempDir) {
    this.#dir = dir;
  }

  /** Makes all of it. */
  static async make(): Promise<Workspace> {
    const dir = await TempDir.make();
    await using other = await TempDir.make();
    await writeDemoTree(dir.join("build"));
    await writeFiles(dir.path, FILES);
    // Publishing writes pages into the build directory: not in that one.
    await writeDemoTree(other.path);
    for (const runId of ["12345678901", "12345678902"]) {
      await publish(other.path, dir.join("staging"), runId);
    }
    await spoil(dir.join("staging", `12345678902-${Deno.build.os}`));
    return new Workspace(dir);
  }

  /** Copies it. */
  async copyTo(to: string): Promise<void> {
    const { files } = await walkFiles(this.#dir.path);
    for (const file of files) {
      await Deno.mkdir(dirname(join(to, file)), { recursive: true });
      await Deno.copyFile(this.#dir.join(file), join(to, file));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dir[Symbol.asyncDispose]();
  }
}

async function publish(
  buildDir: string,
  stagingDir: string,
  runId: string,
): Promise<void> {
  const { host, stdout, stderr } = fakeHost({ platform: Deno.build.os });
  const code = await postBuildUpload([
    `--artifact-group=gfx94X-dcgpu`,
    `--build-dir=${buildDir}`,
    `--output-dir=${stagingDir}`,
    `--run-id=${runId}`,
  ], host);
  if (code !== 0) throw new Error(`Not published:\n${stdout()}${stderr()}`);
}

async function spoil(dir: string): Promise<void> {
  const hostile = await zst(tarOf(member("../../run.sh", "echo\n")));
  const name = "core-runtime_run_generic.tar.zst";
  await Deno.writeFile(join(dir, name), hostile);
  await writeFiles(dir, {
    "blas_lib_gfx94X-dcgpu.tar.zst": "no longer what was published",
    [`${name}.sha256sum`]: `${sha256(hostile)}  ${name}\n`,
  });
}
