import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { findPip, type Pip, serveDirectory } from "../support/pip.ts";
import { runScript } from "../support/script.ts";
import { listFiles, TempDir } from "../support/tree.ts";

const pip = await findPip();
if (pip !== undefined) registerPipTest(pip);
// deno-lint-ignore no-console -- a test that is left out says so
else console.warn("There is no pip here: nobody tries the packages' page.");

function registerPipTest(pip: Pip): void {
  Deno.test("a real pip installs and downloads from the page", async () => {
    await using temp = await TempDir.make();
    const dist = temp.join("pkgs/dist");
    const [old, current] = ["1.0+rocm6.4", "1.0+rocm7.0"];
    await pip.makeWheel(dist, "rocm_demo", old);
    const wheel = await pip.makeWheel(dist, "rocm_demo", current);
    const { code, stderr } = await runScript("upload_python_packages", [
      "--input-packages-dir=pkgs",
      "--artifact-group=gfx94X-dcgpu",
      "--run-id=7",
      "--output-dir=staging",
    ], { cwd: temp.path });
    assertEquals([code, stderr], [0, ""]);
    await using server = serveDirectory(temp.join("staging"));
    const page = `${server.endpoint}/7-${Deno.build.os}/python/gfx94X-dcgpu` +
      "/index.html";
    const find = ["--no-index", `--find-links=${page}`, "rocm-demo"];
    const installed = temp.join("installed");
    const install = await pip.run(["install", "--target", installed, ...find]);
    assertEquals(install.code, 0, install.output);
    assertEquals(
      await Deno.readTextFile(join(installed, "rocm_demo/__init__.py")),
      `VERSION = '${current}'\n`,
    );
    const downloaded = temp.join("downloaded");
    const download = await pip.run(["download", "--dest", downloaded, ...find]);
    assertEquals(download.code, 0, download.output);
    assertEquals(await listFiles(downloaded), [wheel]);
    assertEquals(
      await Deno.readFile(join(downloaded, wheel)),
      await Deno.readFile(join(dist, wheel)),
    );
  });
}
