/**
 * Decides where `@std/*` comes from: JSR, or the stand-ins in `tools/std/`
 * where JSR cannot be reached. A workspace member wins over the import map, so
 * members of the same names in `.std/` are all that the stand-ins need.
 *
 * `STD=jsr` fails instead of falling back, for releases; `STD=local` takes the
 * stand-ins without asking.
 *
 * This module imports nothing: it runs before anything can be resolved.
 *
 * @module
 */

/** What each stand-in exports, from which file in `tools/std/`. */
const standIns: Record<string, Record<string, string>> = {
  assert: { ".": "assert/mod.ts" },
  cli: { "./parse-args": "cli/parse_args.ts" },
  path: { ".": "path/mod.ts", "./posix": "path/posix.ts" },
};

// The first answer may include a download over a slow line. Later a stand-in
// is at hand, and nobody should wait long to be told to use it.
const firstAnswerMs = 30_000;
const nextAnswerMs = 5_000;
const silenceIsBelievedForMs = 60 * 60 * 1000;

const root = `${import.meta.dirname}/..`;
const members = `${root}/.std`;
// Inside a member: whatever lies beside the members is removed.
const silence = `${members}/path/jsr_was_silent`;

function say(text: string) {
  // deno-lint-ignore no-console
  console.error(`std: ${text}`);
}

async function ignoreMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The version of each package that the lock file, or else `deno.json`, names. */
async function versions(): Promise<Map<string, string>> {
  const { imports } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const lock = await ignoreMissing(Deno.readTextFile(`${root}/deno.lock`));
  const locked = lock === undefined ? undefined : JSON.parse(lock).specifiers;
  const found = new Map<string, string>();
  for (const [key, target] of Object.entries<string>(imports)) {
    const [, name, range] = /^jsr:@std\/([^@/]+)@(.+)$/.exec(target) ?? [];
    if (name === undefined || range === undefined) continue;
    if (key !== `@std/${name}` || standIns[name] === undefined) {
      throw new Error(`tools/std/ has no stand-in for "${key}" (${target})`);
    }
    found.set(name, locked?.[target] ?? range.replace(/^[^\d]+/, ""));
  }
  return found;
}

async function isFresh(path: string): Promise<boolean> {
  const written = (await ignoreMissing(Deno.stat(path)))?.mtime?.getTime();
  return written !== undefined &&
    Date.now() - written < silenceIsBelievedForMs;
}

// Deno itself is asked, so that its cache, its registry's address, the proxy
// and the certificates count.
async function ask(
  wanted: Map<string, string>,
  limitMs: number,
): Promise<"yes" | "no" | "silence"> {
  const specifiers = [...wanted].flatMap(([name, version]) =>
    Object.keys(standIns[name]!).map((path) =>
      `jsr:@std/${name}@${version}${path.slice(1)}`
    )
  );
  const signal = AbortSignal.timeout(limitMs);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", "--no-config", "--no-lock", ...specifiers],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    signal,
  }).output();
  return success ? "yes" : signal.aborted ? "silence" : "no";
}

async function writeMember(name: string, version: string) {
  const exports = Object.fromEntries(
    Object.entries(standIns[name]!).map(([path, file]) => [
      path,
      `./../../tools/std/${file}`,
    ]),
  );
  const text =
    JSON.stringify({ name: `@std/${name}`, version, exports }, null, 2) + "\n";
  const path = `${members}/${name}/deno.json`;
  if (await ignoreMissing(Deno.readTextFile(path)) === text) return;
  // Written aside and renamed, so that a run in parallel never reads a half.
  const draft = `${members}/${name}/${Deno.pid}.draft`;
  await Deno.mkdir(`${members}/${name}`, { recursive: true });
  await Deno.writeTextFile(draft, text);
  await Deno.rename(draft, path);
}

async function removeOthers(wanted: Map<string, string>) {
  for await (const entry of Deno.readDir(members)) {
    if (wanted.has(entry.name)) continue;
    await ignoreMissing(
      Deno.remove(`${members}/${entry.name}`, { recursive: true }),
    );
  }
}

async function useStandIns(wanted: Map<string, string>) {
  for (const [name, version] of wanted) await writeMember(name, version);
  await removeOthers(wanted);
}

/** Sets the project up, and returns the exit code. */
async function main(): Promise<number> {
  const mode = Deno.env.get("STD") ?? "";
  if (!["", "jsr", "local"].includes(mode)) {
    say(`STD is "${mode}", but can only be "jsr" or "local"`);
    return 1;
  }
  const wanted = await versions();
  const names = [...wanted.keys()].map((name) => `@std/${name}`).join(", ");
  if (mode === "local") {
    await useStandIns(wanted);
    say(`STD=local: tools/std/ stands in for ${names}`);
    return 0;
  }

  const present = await ignoreMissing(Deno.stat(members)) !== undefined;
  const answer = mode === "" && await isFresh(silence)
    ? "no"
    : await ask(wanted, present && mode === "" ? nextAnswerMs : firstAnswerMs);
  if (answer === "yes") {
    if (present) {
      await ignoreMissing(Deno.remove(members, { recursive: true }));
      say(`JSR can be reached: ${names} come from there again`);
    }
    return 0;
  }
  if (mode === "jsr") {
    say("JSR cannot be reached, and STD=jsr rules out the stand-ins");
    return 1;
  }
  await useStandIns(wanted);
  if (answer === "silence") await Deno.writeTextFile(silence, "");
  say(`JSR cannot be reached: tools/std/ stands in for ${names}`);
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    Deno.exitCode = 1;
  }
}
