/**
 * Brings Ceph's programs from Debian packages into a directory of the user's
 * cache. The machine's own package database stays as it is, and no privileges
 * are needed: the packages are unpacked, not installed, and their programs run
 * with the C library and the loader that come along.
 *
 * @module
 */
import { basename, join } from "node:path";
import { run, withLock } from "./process.ts";

/** The versions of Ceph that can be had, and the Debian suites they are in. */
const SUITES: Record<CephVersion, string> = {
  "16": "bookworm",
  "18": "trixie",
  "20": "forky",
};

/** A major version of Ceph. */
export type CephVersion = "16" | "18" | "20";

/** Makes sure that a version is one that can be had. */
export function checkVersion(version: string): CephVersion {
  if (Object.hasOwn(SUITES, version)) return version as CephVersion;
  throw new TypeError(`Ceph ${version} is none of ${Object.keys(SUITES)}`);
}

/** What is used when no version is asked for: the one in Debian stable. */
export function defaultVersion(): CephVersion {
  return checkVersion(Deno.env.get("S3_SERVER_VERSION") || "18");
}

const PACKAGES = ["radosgw", "ceph-mon", "ceph-osd", "ceph-base"];

/** What nobody needs to run the server: a quarter of the size. */
const LEFT_OUT = [
  ...["usr/share/doc", "usr/share/man", "usr/share/locale", "var", "dev"],
  ...["usr/bin/ceph-dencoder", "usr/bin/ceph-diff-sorted"],
];

const ARCHITECTURES: Record<string, { triplet: string; loader: string }> = {
  x86_64: {
    triplet: "x86_64-linux-gnu",
    loader: "lib64/ld-linux-x86-64.so.2",
  },
  aarch64: {
    triplet: "aarch64-linux-gnu",
    loader: "lib/ld-linux-aarch64.so.1",
  },
};

/** Ceph as unpacked in the cache. */
export class CephInstallation {
  /** The directory that serves as `/`. */
  readonly root: string;
  /** Where its libraries and plug-ins are. */
  readonly libraries: string;
  readonly #loader: string;

  /** Names the place; `installCeph` fills it. */
  constructor(readonly version: CephVersion) {
    const architecture = ARCHITECTURES[Deno.build.arch];
    if (Deno.build.os !== "linux" || architecture === undefined) {
      throw unsupported(`this is ${Deno.build.os} on ${Deno.build.arch}`);
    }
    this.root = join(cacheDirectory(), `root-${version}`);
    this.libraries = join(this.root, "usr/lib", architecture.triplet);
    this.#loader = join(this.root, architecture.loader);
  }

  /** Whether it is there. It is put in place in one step, so it is whole. */
  get isInstalled(): boolean {
    try {
      return Deno.statSync(join(this.root, "usr/bin/radosgw")).isFile;
    } catch {
      return false;
    }
  }

  /** The command line that runs one of its programs. */
  command(program: string, ...args: string[]): [string, ...string[]] {
    const libraries = ["", "ceph", "nss"].map((d) => join(this.libraries, d));
    const path = [...libraries, join(this.root, "usr/lib")].join(":");
    const file = join(this.root, "usr/bin", program);
    return [this.#loader, "--library-path", path, file, ...args];
  }
}

/** Where installations and running instances are kept. */
export function cacheDirectory(): string {
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") ||
    (home && join(home, ".cache"));
  if (!cache) throw new Error("neither XDG_CACHE_HOME nor HOME is set");
  return join(cache, "run-outputs", "ceph");
}

/** Installs Ceph unless it is there already. */
export async function installCeph(
  version: CephVersion = defaultVersion(),
): Promise<CephInstallation> {
  const ceph = new CephInstallation(version);
  if (ceph.isInstalled) return ceph;
  const mirror = await debianMirror();
  await Deno.mkdir(cacheDirectory(), { recursive: true });
  await withLock(`${ceph.root}.lock`, async () => {
    // Another process may have done it while this one waited.
    if (ceph.isInstalled) return;
    // deno-lint-ignore no-console -- who waits wants to know for what
    console.error(`Installing Ceph ${version} for tests (about 140 MB) ...`);
    const work = await Deno.makeTempDir({ prefix: "run-outputs-ceph-" });
    const unfinished = `${ceph.root}.tmp`;
    try {
      await Deno.remove(unfinished, { recursive: true }).catch(() => {});
      await unpack(await download(work, mirror, SUITES[version]), unfinished);
      await Deno.rename(unfinished, ceph.root);
    } finally {
      await Deno.remove(work, { recursive: true });
    }
  });
  return ceph;
}

/** Has apt-get resolve and download the packages; returns the files. */
async function download(
  work: string,
  mirror: string,
  suite: string,
): Promise<string[]> {
  const keyring = ["gpg", "pgp"]
    .map((end) => `/usr/share/keyrings/debian-archive-keyring.${end}`)
    .find((path) => existsSync(path));
  if (keyring === undefined) {
    throw unsupported("the package debian-archive-keyring is missing");
  }
  for (const path of ["lists/partial", "cache/archives/partial", "none"]) {
    await Deno.mkdir(join(work, path), { recursive: true });
  }
  // A mirror's copy of a suite may be some days older than apt likes.
  const source =
    `deb [signed-by=${keyring} check-valid-until=no] ${mirror} ${suite} main\n`;
  await Deno.writeTextFile(join(work, "sources.list"), source);
  // An empty list of installed packages: everything, the C library included,
  // comes from the suite, whichever Debian this machine runs.
  await Deno.writeTextFile(join(work, "status"), "");
  // The rest of apt's settings (proxies, certificates) stays the machine's.
  const options = [
    `Dir::Etc::sourcelist=${work}/sources.list`,
    `Dir::Etc::sourceparts=${work}/none`,
    `Dir::Etc::preferencesparts=${work}/none`,
    `Dir::State=${work}`,
    `Dir::State::lists=${work}/lists`,
    `Dir::State::status=${work}/status`,
    `Dir::Cache=${work}/cache`,
    "APT::Install-Recommends=false",
    "APT::Sandbox::User=",
    "Debug::NoLocking=1",
  ].flatMap((option) => ["-o", option]);
  const install = ["-qq", "-y", "--download-only", "install", ...PACKAGES];
  await run("apt-get", [...options, "-qq", "update"]);
  await run("apt-get", [...options, ...install]);
  const archives = join(work, "cache/archives");
  return [...Deno.readDirSync(archives)]
    .filter((entry) => entry.name.endsWith(".deb"))
    .map((entry) => join(archives, entry.name));
}

/** Unpacks packages side by side, as many at once as there are cores. */
async function unpack(packages: string[], root: string): Promise<void> {
  // Debian's merged /usr, made beforehand: some packages still say /lib.
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await Deno.mkdir(join(root, "usr", name), { recursive: true });
    await Deno.symlink(`usr/${name}`, join(root, name));
  }
  const script = `root=$0 file=$1; shift
    dpkg-deb --fsys-tarfile "$file" | tar -x -C "$root" "$@"`;
  const options = ["--keep-directory-symlink", "--no-same-owner"];
  options.push(...LEFT_OUT.map((path) => `--exclude=./${path}`));
  const waiting = [...packages];
  const worker = async () => {
    for (let file = waiting.pop(); file; file = waiting.pop()) {
      await run("sh", ["-c", script, root, file, ...options]).catch((error) => {
        throw new Error(`cannot unpack ${basename(file!)}`, { cause: error });
      });
    }
  };
  const cores = navigator.hardwareConcurrency;
  await Promise.all(Array.from({ length: cores }, worker));
}

/** The Debian mirror that this machine itself uses. */
async function debianMirror(): Promise<string> {
  const system = await Deno.readTextFile("/etc/os-release").catch(() => "");
  const name = system.match(/^PRETTY_NAME="?([^"\n]*)/m)?.[1] ?? "unknown";
  if (!/^ID="?debian"?$/m.test(system)) throw unsupported(`this is ${name}`);
  for (const tool of ["apt-get", "dpkg-deb", "tar", "setsid"]) {
    await run("sh", ["-c", `command -v ${tool}`]).catch(() => {
      throw unsupported(`${tool} is missing`);
    });
  }
  const codename = system.match(/^VERSION_CODENAME="?(\w+)/m)?.[1];
  const mirror = findDebianMirror(await aptSources(), codename);
  if (mirror === undefined) {
    throw unsupported("apt's sources name no Debian mirror");
  }
  return mirror;
}

/** The texts of apt's source lists, Debian's own first. */
async function aptSources(): Promise<string[]> {
  const directory = "/etc/apt/sources.list.d";
  const names = existsSync(directory)
    ? [...Deno.readDirSync(directory)].map((entry) => entry.name).sort()
    : [];
  const paths = [
    "/etc/apt/sources.list",
    ...names.filter((name) => name.startsWith("debian")),
    ...names.filter((name) => !name.startsWith("debian")),
  ].map((name) => name.startsWith("/") ? name : join(directory, name));
  const readable = paths.filter((path) => /\.(list|sources)$/.test(path));
  return await Promise.all(
    readable.map((path) => Deno.readTextFile(path).catch(() => "")),
  );
}

/**
 * Finds the mirror of Debian itself in the texts of apt's source lists, in
 * either of their formats. Others may offer a suite of the same name: theirs is
 * signed with a key of their own.
 */
export function findDebianMirror(
  sources: string[],
  codename?: string,
): string | undefined {
  const suites = [codename, "oldstable", "stable", "testing", "unstable"];
  for (const text of sources) {
    const plain = text.replace(/^#.*\n?/gm, "");
    for (const stanza of plain.split(/\n\s*\n/)) {
      const field = (name: string) =>
        stanza.match(new RegExp(`^${name}:[ \t]*(.*(?:\n[ \t].*)*)`, "mi"))
          ?.[1]?.trim().split(/\s+/) ?? [];
      const lines = [...stanza.matchAll(/^deb\s+(?:\[(.*?)\]\s+)?(.*)$/gm)];
      const entries = lines.map(([, options = "", rest = ""]) => {
        const [uri, suite, ...components] = rest.trim().split(/\s+/);
        const key = options.match(/signed-by=(\S+)/i)?.[1] ?? "";
        return { uri, suites: [suite], components, key };
      });
      entries.push({
        uri: field("URIs")[0],
        suites: field("Suites"),
        components: field("Components"),
        key: field("Signed-By")[0] ?? "",
      });
      const found = entries.find((entry) =>
        entry.uri && entry.components.includes("main") &&
        entry.suites.some((suite) => suites.includes(suite)) &&
        (entry.key === "" || entry.key.includes("debian-archive"))
      );
      if (found) return found.uri;
    }
  }
  return undefined;
}

function existsSync(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

function unsupported(reason: string): Error {
  return new Error(
    `the S3 server for tests needs Debian on x86-64 or arm64 with apt-get: ${reason}; ` +
      "elsewhere start any S3 server and name it in S3_TEST_ENDPOINT",
  );
}
