/**
 * A proxy in front of a server that lets large requests get stuck.
 *
 * @module
 */

/** A proxy that runs until it is disposed of. */
export interface StallingProxy extends AsyncDisposable {
  readonly endpoint: string;
}

/**
 * Passes connections on to a server. Each can send so many bytes; what comes
 * after them never arrives, as on a line that has died. So an upload whose
 * parts are larger is under way for as long as a test needs.
 */
export function startStallingProxy(
  target: string,
  bytesPerConnection: number,
): StallingProxy {
  const { hostname, port } = new URL(target);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const serve = async () => {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname, port: Number(port) });
      open.add(client).add(server);
      const close = () => {
        for (const connection of [client, server]) {
          if (open.delete(connection)) connection.close();
        }
      };
      pass(client, server, bytesPerConnection).finally(close);
      pass(server, client, Infinity).finally(close);
    }
  };
  const serving = serve();
  return {
    endpoint: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
      for (const connection of open) connection.close();
      open.clear();
    },
  };
}

/** Copies until one end closes; reads on, so as to see that, when it is full. */
async function pass(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  limit: number,
): Promise<void> {
  const chunk = new Uint8Array(64 * 1024);
  let left = limit;
  try {
    for (let n; (n = await from.read(chunk)) !== null;) {
      const passed = chunk.subarray(0, Math.min(n, left));
      left -= passed.length;
      for (let written = 0; written < passed.length;) {
        written += await to.write(passed.subarray(written));
      }
    }
  } catch {
    // Whichever end is gone, the connection is over.
  }
}
