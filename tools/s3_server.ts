// deno-lint-ignore-file no-console -- a command line's output
/**
 * A real S3 server for tests: Ceph's gateway on a port of the loopback
 * interface, from Debian packages, without Docker or root.
 *
 * ```sh
 * deno run -A tools/s3_server.ts install   # about 10 s, once per machine
 * deno run -A tools/s3_server.ts start     # prints the variables tests read
 * deno run -A tools/s3_server.ts env|status|stop
 * ```
 *
 * Options: `--version 16|18|20`, `--port N`, `--instance NAME`, `--tls`, also as
 * S3_SERVER_VERSION, S3_SERVER_PORT, S3_SERVER_INSTANCE, S3_SERVER_TLS=1.
 *
 * What is started from the command line runs until `stop`; what a program
 * starts ends with that program, whichever way that happens.
 *
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  cacheDirectory,
  type CephVersion,
  checkVersion,
  installCeph,
} from "./s3_server/install.ts";
import {
  certificateAuthority,
  choosePorts,
  DAEMONS,
  startDaemons,
  USERS,
} from "./s3_server/instance.ts";
import { isPortOpen, isRunning, kill, withLock } from "./s3_server/process.ts";

export type { CephVersion };

/** How to start a server. */
export interface S3ServerOptions {
  /** A name by which others find it. A running one of that name is used. */
  instance?: string;
  /** A free one by default. With TLS, the next is for https. */
  port?: number;
  /** Ceph's major version: S3_SERVER_VERSION by default, else 18. */
  version?: CephVersion;
  /** Whether to offer https, too. */
  tls?: boolean;
  /** Whether it goes on when this process ends. */
  detached?: boolean;
}

/** Where a server is, and who may use it. */
export interface S3ServerAddress {
  /** Where it listens. Buckets are addressed by path. */
  endpoint: string;
  /** The only region it knows. */
  region: string;
  /** The user of the tests. */
  accessKeyId: string;
  /** The user's secret. */
  secretAccessKey: string;
  /** Somebody else, who may not see the first user's buckets. */
  otherAccessKeyId: string;
  /** Somebody else's secret. */
  otherSecretAccessKey: string;
  /** The https endpoint, and the authority whose certificate it shows. */
  tls?: { endpoint: string; caFile: string };
}

/** A running server. */
export interface S3Server extends S3ServerAddress, AsyncDisposable {
  /** Ends it at once, and removes all it holds. */
  stop(): Promise<void>;
}

/** Downloads and unpacks the server, unless that was done before. */
export async function installS3Server(
  options: Pick<S3ServerOptions, "version"> = {},
): Promise<void> {
  await installCeph(options.version);
}

/** Starts a server, after installing it if need be. It takes about a second. */
export async function startS3Server(
  options: S3ServerOptions = {},
): Promise<S3Server> {
  const { port, tls = false, detached = false } = options;
  const ceph = await installCeph(options.version);
  const name = options.instance ??
    `${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  const directory = instanceDirectory(name);
  if (port !== undefined) checkPort(port);
  // One start at a time on a machine: side by side they are no faster.
  const lock = join(cacheDirectory(), "start.lock");
  const address = await withLock(lock, async () => {
    const running = await runningServer(directory);
    if (running) return running;
    await stopInstance(directory);
    if (port !== undefined && await isPortOpen(port)) {
      throw new Error(`port ${port} is taken`);
    }
    // A free port can be taken by somebody else before the server has it.
    for (let attempt = 1;; attempt++) {
      const ports = choosePorts(port, tls);
      try {
        await Deno.mkdir(directory);
        await Deno.mkdir(join(directory, "mon"));
        await Deno.mkdir(join(directory, "osd"));
        const owner = detached ? undefined : Deno.pid;
        await startDaemons(ceph, directory, ports, owner);
        const address: S3ServerAddress = {
          endpoint: `http://127.0.0.1:${ports.http}`,
          region: "us-east-1",
          accessKeyId: USERS[0].accessKeyId,
          secretAccessKey: USERS[0].secretAccessKey,
          otherAccessKeyId: USERS[1].accessKeyId,
          otherSecretAccessKey: USERS[1].secretAccessKey,
          ...(ports.https !== undefined && {
            tls: {
              endpoint: `https://127.0.0.1:${ports.https}`,
              caFile: certificateAuthority(directory),
            },
          }),
        };
        // Written last: where this file is, the server is ready.
        await Deno.writeTextFile(
          addressFile(directory),
          JSON.stringify(address),
        );
        return address;
      } catch (error) {
        await stopInstance(directory);
        if (attempt === 3) throw error;
      }
    }
  });
  const stop = () => stopInstance(directory);
  return { ...address, stop, [Symbol.asyncDispose]: stop };
}

/** The variables by which tests learn of a server. */
export function testEnvironment(
  server: S3ServerAddress,
): Record<string, string> {
  return {
    S3_TEST_ENDPOINT: server.endpoint,
    S3_TEST_REGION: server.region,
    S3_TEST_ACCESS_KEY: server.accessKeyId,
    S3_TEST_SECRET_KEY: server.secretAccessKey,
    S3_TEST_OTHER_ACCESS_KEY: server.otherAccessKeyId,
    S3_TEST_OTHER_SECRET_KEY: server.otherSecretAccessKey,
    ...(server.tls && {
      S3_TEST_TLS_ENDPOINT: server.tls.endpoint,
      S3_TEST_TLS_CA: server.tls.caFile,
    }),
  };
}

function instanceDirectory(instance: string): string {
  if (!/^[\w-]{1,40}$/.test(instance)) {
    throw new TypeError(`not a name for an instance: ${instance}`);
  }
  return join(cacheDirectory(), `run-${instance}`);
}

function addressFile(directory: string): string {
  return join(directory, "address.json");
}

/** The address of the server in a directory, if all of it runs. */
async function runningServer(
  directory: string,
): Promise<S3ServerAddress | undefined> {
  if (DAEMONS.some((name) => isRunning(directory, name) === undefined)) {
    return undefined;
  }
  try {
    return JSON.parse(await Deno.readTextFile(addressFile(directory)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function stopInstance(directory: string): Promise<void> {
  // The data need no orderly end. The watchdog goes first, so that it does not
  // remove what a next start puts in the same place.
  await kill(directory, ["watchdog", ...DAEMONS]);
  await Deno.remove(directory, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

function checkPort(port: number): void {
  if (!(Number.isInteger(port) && port > 0 && port < 65535)) {
    throw new TypeError(`not a port: ${port}`);
  }
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      version: { type: "string" },
      port: { type: "string", default: Deno.env.get("S3_SERVER_PORT") },
      instance: {
        type: "string",
        default: Deno.env.get("S3_SERVER_INSTANCE") ?? "default",
      },
      tls: {
        type: "boolean",
        default: Deno.env.get("S3_SERVER_TLS") === "1",
      },
    },
  });
  const { instance, port, tls } = values;
  const version = values.version && checkVersion(values.version) || undefined;
  const directory = instanceDirectory(instance);
  const print = (address: S3ServerAddress) => {
    for (const [name, value] of Object.entries(testEnvironment(address))) {
      console.log(`${name}=${value}`);
    }
  };
  switch (positionals.join(" ")) {
    case "install": {
      const { root } = await installCeph(version);
      console.log(root);
      return 0;
    }
    case "start":
      print(
        await startS3Server({
          version,
          instance,
          tls,
          port: port === undefined ? undefined : Number(port),
          detached: true,
        }),
      );
      return 0;
    case "stop":
      await stopInstance(directory);
      return 0;
    case "status":
      for (const name of DAEMONS) {
        const pid = isRunning(directory, name);
        console.log(`${name} ${pid === undefined ? "down" : `up ${pid}`}`);
      }
      return await runningServer(directory) ? 0 : 1;
    case "env": {
      const address = await runningServer(directory);
      if (address) print(address);
      else console.error(`no server of the name ${instance} is running`);
      return address ? 0 : 1;
    }
    default:
      console.error(
        "Usage: deno run -A tools/s3_server.ts install|start|stop|status|env" +
          " [--version 16|18|20] [--port N] [--instance NAME] [--tls]",
      );
      return 2;
  }
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exitCode = 1;
  }
}
