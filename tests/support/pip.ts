/**
 * A real pip, and wheels for it.
 *
 * @module
 */

import { join } from "@std/path";

/** What a program wrote and answered. */
export interface PipResult {
  readonly code: number;
  readonly output: string;
}

/** The python that has pip. */
export interface Pip {
  /** Runs pip with none of the settings of this machine or user. */
  run(args: readonly string[]): Promise<PipResult>;
  /** Writes a wheel into a directory; returns its file name. */
  makeWheel(dir: string, name: string, version: string): Promise<string>;
}

/** "Binary distribution format" in the Python Packaging User Guide. */
const MAKE_WHEEL = `
import base64, hashlib, os, sys, zipfile
dir, name, version = sys.argv[1:]
info = f"{name}-{version}.dist-info"
files = {
    f"{name}/__init__.py": f"VERSION = {version!r}\\n",
    f"{info}/METADATA":
        f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n",
    f"{info}/WHEEL":
        "Wheel-Version: 1.0\\nGenerator: test\\n"
        "Root-Is-Purelib: true\\nTag: py3-none-any\\n",
}
def line(path, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return f"{path},sha256={digest.decode().rstrip('=')},{len(text)}\\n"
record = "".join(line(*item) for item in files.items())
files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\\n"
wheel = f"{name}-{version}-py3-none-any.whl"
with zipfile.ZipFile(os.path.join(dir, wheel), "w") as archive:
    for path, text in files.items():
        archive.writestr(path, text)
print(wheel)
`;

/** Pip, where this machine has one. */
export async function findPip(): Promise<Pip | undefined> {
  for (const python of ["python3", "python"]) {
    try {
      const { code } = await run(python, ["-m", "pip", "--version"]);
      if (code === 0) return pipOf(python);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

function pipOf(python: string): Pip {
  return {
    run: (args) => run(python, ["-m", "pip", "--isolated", ...args]),
    async makeWheel(dir, name, version) {
      await Deno.mkdir(dir, { recursive: true });
      const args = ["-c", MAKE_WHEEL, dir, name, version];
      const { code, output } = await run(python, args);
      if (code !== 0) throw new Error(output);
      return output.trim();
    },
  };
}

async function run(
  program: string,
  args: readonly string[],
): Promise<PipResult> {
  const foreign = /^pip_|_proxy$|^python/i;
  const env = Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => !foreign.test(name)),
  );
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: {
      ...env,
      PIP_CONFIG_FILE: Deno.build.os === "windows" ? "nul" : "/dev/null",
      PIP_DISABLE_PIP_VERSION_CHECK: "1",
      PIP_NO_CACHE_DIR: "1",
    },
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Serves the files of a directory, as S3 serves its objects. */
export function serveDirectory(
  dir: string,
): AsyncDisposable & { readonly endpoint: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async ({ url }) => {
      const path = decodeURIComponent(new URL(url).pathname);
      try {
        const bytes = await Deno.readFile(join(dir, path));
        const type = path.endsWith(".html") ? "text/html" : "application/zip";
        return new Response(bytes, { headers: { "content-type": type } });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        return new Response("no such file", { status: 404 });
      }
    },
  );
  return {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
