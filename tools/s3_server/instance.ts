/**
 * One running server: a monitor, an object store in memory, and the gateway
 * that speaks S3. It is made anew at each start and keeps nothing.
 *
 * @module
 */
import { join } from "node:path";
import type { CephInstallation } from "./install.ts";
import {
  freePort,
  launch,
  launchWatchdog,
  run,
  waitForDaemon,
} from "./process.ts";

/** The daemons, in the order in which they are to be killed. */
export const DAEMONS = ["rgw", "osd", "mon"] as const;

/** The two users that every server knows. They may see nothing of each other. */
export const USERS = [
  {
    name: "test",
    accessKeyId: "RGWTESTACCESSKEY0001",
    secretAccessKey: "rgwTestSecretKey000000000000000000000001",
  },
  {
    name: "other",
    accessKeyId: "RGWTESTACCESSKEY0002",
    secretAccessKey: "rgwTestSecretKey000000000000000000000002",
  },
] as const;

/** Where a server listens. */
export interface Ports {
  http: number;
  /** Only with TLS. */
  https?: number;
  monitor: number;
}

/** Chooses ports: those asked for, free ones for the rest. */
export function choosePorts(port: number | undefined, tls: boolean): Ports {
  return {
    http: port ?? freePort(),
    ...(tls && { https: port === undefined ? freePort() : port + 1 }),
    monitor: freePort(),
  };
}

/** The certificate authority's file: clients that are to trust it read it. */
export function certificateAuthority(directory: string): string {
  return join(directory, "ca.pem");
}

/**
 * Starts the daemons in an empty directory. With an owner, they end when that
 * process ends.
 */
export async function startDaemons(
  ceph: CephInstallation,
  directory: string,
  ports: Ports,
  owner: number | undefined,
): Promise<void> {
  const inside = (name: string) => join(directory, name);
  const program = async (name: string, ...args: string[]) => {
    const [loader, ...rest] = ceph.command(name, ...args);
    await run(loader, rest, 60_000);
  };
  if (owner !== undefined) await launchWatchdog(directory, owner, DAEMONS);
  if (ports.https !== undefined) await makeCertificates(directory);

  const id = crypto.randomUUID();
  const monitor = `[v2:127.0.0.1:${ports.monitor}]`;
  const configuration = inside("ceph.conf");
  await Deno.writeTextFile(
    configuration,
    cephConfiguration(ceph, directory, ports, monitor, id),
  );
  const common = ["-c", configuration];

  // A cluster of one monitor and one store is drawn up on paper first: faster
  // than having daemons find each other.
  const monitorMap = inside("monmap");
  const storeMap = inside("osdmap");
  const keyring = inside("keyring");
  await Promise.all([
    program(
      "monmaptool",
      ...["--create", "--fsid", id, "--addv", "a", monitor, monitorMap],
    ),
    program(
      "ceph-authtool",
      ...["--create-keyring", keyring, "--gen-key", "-n", "mon."],
      ...["--cap", "mon", "allow *"],
    ),
    program("osdmaptool", ...common, "--createsimple", "1", storeMap),
  ]);
  await program(
    "ceph-mon",
    ...common,
    ...["-i", "a", "--mkfs", "--fsid", id, "--keyring", keyring],
    ...["--monmap", monitorMap, "--osdmap", storeMap],
  );
  const daemon = async (name: string, binary: string, ...args: string[]) => {
    await launch(directory, name, [
      ...ceph.command(binary, ...common, ...args, "-f"),
    ]);
  };
  await daemon("mon", "ceph-mon", "-i", "a");
  await waitForDaemon(directory, "mon", ports.monitor);
  const store = ["--mkfs", "--osd-uuid", crypto.randomUUID()];
  await program("ceph-osd", ...common, "-i", "0", ...store);
  await daemon("osd", "ceph-osd", "-i", "0");
  await daemon("rgw", "radosgw", "-n", "client.rgw");
  await waitForDaemon(directory, "rgw", ports.http);
  if (ports.https !== undefined) {
    await waitForDaemon(directory, "rgw", ports.https);
  }
  for (const { name, accessKeyId, secretAccessKey } of USERS) {
    await program(
      "radosgw-admin",
      ...[...common, "-n", "client.rgw", "user", "create"],
      ...[`--uid=${name}`, `--display-name=${name}`],
      ...[`--access-key=${accessKeyId}`, `--secret=${secretAccessKey}`],
    );
  }
}

/** Makes a certificate for localhost, signed by an authority of its own. */
async function makeCertificates(directory: string): Promise<void> {
  const inside = (name: string) => join(directory, name);
  await Deno.writeTextFile(
    inside("openssl.cnf"),
    `[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = CA:FALSE
subjectAltName = DNS:localhost, DNS:*.localhost, IP:127.0.0.1
extendedKeyUsage = serverAuth
`,
  );
  const certificate = async (name: string, ...args: string[]) =>
    await run("openssl", [
      ...["req", "-x509", "-config", inside("openssl.cnf"), "-days", "30"],
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-keyout", inside(`${name}.key`), "-out", inside(`${name}.pem`)],
      ...["-extensions", name, ...args],
    ]);
  await certificate("ca", "-subj", "/CN=run-outputs test authority");
  await certificate(
    "server",
    ...["-subj", "/CN=localhost"],
    ...["-CA", inside("ca.pem"), "-CAkey", inside("ca.key")],
  );
}

/** What goes into `ceph.conf`: everything that makes start and tests quick. */
function cephConfiguration(
  ceph: CephInstallation,
  directory: string,
  ports: Ports,
  monitor: string,
  id: string,
): string {
  const inside = (name: string) => join(directory, name);
  const tls = ports.https === undefined
    ? ""
    : ` ssl_endpoint=127.0.0.1:${ports.https}` +
      ` ssl_certificate=${inside("server.pem")}` +
      ` ssl_private_key=${inside("server.key")}`;
  return `[global]
fsid = ${id}
mon_host = ${monitor}
public_network = 127.0.0.0/8
ms_bind_ipv6 = false
ms_bind_msgr1 = false

# Between the daemons: no authentication and no encryption. Users of the
# gateway are checked all the same.
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
ms_mon_cluster_mode = crc
ms_mon_service_mode = crc
ms_cluster_mode = crc
ms_service_mode = crc
ms_client_mode = crc

# Everything inside the instance's directory, programs' parts from the cache.
# No admin sockets: their paths may be no longer than 107 bytes.
run_dir = ${directory}
admin_socket =
crash_dir = ${directory}
log_file = ${directory}/$name.log
log_to_stderr = false
err_to_stderr = true
plugin_dir = ${ceph.libraries}/ceph
erasure_code_dir = ${ceph.libraries}/ceph/erasure-code
osd_class_dir = ${ceph.libraries}/rados-classes

# One copy of everything, few placement groups.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000

# A disk that is nearly full is no reason to refuse work.
mon_data_avail_crit = 1
mon_data_avail_warn = 2

[mon]
mon_data = ${inside("mon")}
mon_osd_down_out_interval = 0
# The monitor's pauses are most of the time that starting takes.
paxos_propose_interval = 0.05
mon_tick_interval = 1

[osd]
osd_data = ${inside("osd")}
osd_objectstore = memstore
# A limit; memory is taken only for what is stored.
memstore_device_bytes = 8589934592
osd_max_scrubs = 0
osd_class_load_list = *
osd_class_default_list = *
# A machine busy with tests may be late with heartbeats.
osd_heartbeat_grace = 3600

[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:${ports.http} tcp_nodelay=1${tls}
rgw_data = ${inside("rgw")}
rgw_dns_name = localhost
rgw_crypt_require_ssl = false
objecter_tick_interval = 0.25
rgw_thread_pool_size = 64
rgw_enable_ops_log = false
rgw_enable_usage_log = false
rgw_run_sync_thread = false
rgw_override_bucket_index_max_shards = 1
# Deleted objects give their memory back soon.
rgw_gc_obj_min_wait = 5
rgw_gc_processor_period = 10
rgw_gc_processor_max_time = 10
`;
}
