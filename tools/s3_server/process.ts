/**
 * Processes of the test server: short commands that must succeed, and daemons
 * that outlive neither `stop` nor the process they were started for.
 *
 * @module
 */
import { join } from "node:path";

/** Ceph reads these; whatever the caller has set must not reach the server. */
const CLEAN_ENVIRONMENT = { LC_ALL: "C", CEPH_ARGS: "", CEPH_CONF: "" };

/** Runs a command to its end and returns its standard output. */
export async function run(
  command: string,
  args: string[],
  timeoutMs = 600_000,
): Promise<string> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const { success, code, stdout, stderr } = await new Deno.Command(command, {
      args,
      env: CLEAN_ENVIRONMENT,
      stdin: "null",
      signal: abort.signal,
    }).output();
    if (success) return new TextDecoder().decode(stdout);
    const detail = new TextDecoder().decode(stderr).trim().slice(-2000);
    throw new Error(
      abort.signal.aborted
        ? `${command} did not end within ${timeoutMs} ms: ${detail}`
        : `${command} failed with code ${code}: ${detail}`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Starts a command in a session of its own, so that neither Ctrl-C nor a
 * closing terminal reaches it, and returns its process id. To Deno the shell
 * is a command that has ended: there is no child process left that a test's
 * sanitizer could find. The shell, not we, writes the id down: there is then no
 * moment at which our death would leave a daemon nobody knows of.
 */
export async function launch(
  directory: string,
  name: string,
  command: string[],
): Promise<number> {
  const script = `cd "$0" && name=$1 && shift &&
    { setsid "$@" >"$name.out" 2>&1 </dev/null & } &&
    echo $! | tee "$name.pid"`;
  return Number(
    await run("sh", ["-c", script, directory, name, ...command]),
  );
}

/**
 * Starts a process that waits for `owner` to end, however that happens, and
 * then kills the named daemons and removes the directory. It looks once a
 * second. It is to be started before the daemons.
 */
export async function launchWatchdog(
  directory: string,
  owner: number,
  daemons: readonly string[],
): Promise<void> {
  // The same precaution as in `isRunning`: an id may have been given anew.
  const script = `directory=$0; tail --pid="$1" -f /dev/null; shift
    for name; do
      pid=$(cat "$directory/$name.pid") &&
        grep -aqF "$directory" "/proc/$pid/cmdline" && kill -s KILL "$pid"
    done
    sleep 0.2
    rm -rf "$directory"`;
  const args = [directory, String(owner), ...daemons];
  await launch(directory, "watchdog", ["sh", "-c", script, ...args]);
}

/** The id of a launched process, if it still runs. */
export function isRunning(
  directory: string,
  name: string,
): number | undefined {
  try {
    const pid = Number(Deno.readTextFileSync(join(directory, `${name}.pid`)));
    // Ids are given anew after a while, and after a reboot at once. All our
    // processes have the directory in their arguments. A process that is dead
    // but not yet collected has no arguments any more.
    const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`);
    return command.includes(directory) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Kills launched processes with all they started, and waits for their end. */
export async function kill(directory: string, names: string[]): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (const name of names) {
    const pid = isRunning(directory, name);
    if (pid === undefined) continue;
    try {
      // Each leads a process group: negative means the whole group.
      Deno.kill(-pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  while (names.some((name) => isRunning(directory, name) !== undefined)) {
    if (Date.now() > deadline) {
      throw new Error(`processes of ${directory} do not end`);
    }
    await pause(5);
  }
}

/** A port of the loopback interface that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** Whether something accepts connections at a port of the loopback interface. */
export async function isPortOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

/** Waits until a daemon accepts connections; fails at once when it dies. */
export async function waitForDaemon(
  directory: string,
  name: string,
  port: number,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const open = await isPortOpen(port);
    const pid = isRunning(directory, name);
    // Asked in this order: if the daemon died since the port was given away,
    // it is somebody else who answers there.
    if (open && pid !== undefined) return;
    if (pid === undefined || Date.now() > deadline) {
      const output = await Deno.readTextFile(join(directory, `${name}.out`));
      throw new Error(
        `the S3 server's ${name} ${
          pid === undefined ? "has ended" : "does not answer"
        } (port ${port}): ${output.trim().slice(-2000)}`,
      );
    }
    await pause(10);
  }
}

/**
 * Runs `action` while no other process, and no other isolate of this process,
 * holds the same lock. The kernel releases it when its holder dies.
 */
export async function withLock<T>(
  path: string,
  action: () => Promise<T>,
): Promise<T> {
  using file = await Deno.open(path, { create: true, write: true });
  await file.lock(true);
  return await action();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
