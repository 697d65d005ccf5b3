/**
 * Servers on the loopback interface that answer as a test wants them to: what
 * a real S3 server does not do on request.
 *
 * @module
 */

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A server that runs until it is disposed of. */
export interface LoopbackServer extends AsyncDisposable {
  readonly endpoint: string;
}

/** A server that keeps the requests that it got, in the order of arrival. */
export interface ScriptedServer extends LoopbackServer {
  readonly requests: readonly ReceivedRequest[];
}

/** What is answered to a request. */
export type Answer = (
  request: ReceivedRequest,
) => Response | Promise<Response>;

/**
 * Answers each request with the next of the answers, and with the last one
 * when they are used up.
 */
export function startScriptedServer(
  ...answers: readonly [Answer, ...Answer[]]
): ScriptedServer {
  const requests: ReceivedRequest[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      // The number of a request is that of its arrival, not of its last byte.
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      const url = new URL(request.url);
      const received = {
        method: request.method,
        target: url.pathname + url.search,
        headers: request.headers,
        body: new Uint8Array(),
      };
      requests.push(received);
      received.body = await request.bytes();
      return await answer!(received);
    },
  );
  return {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An answer of success: that of a PUT, or with a body. */
export function success(
  body = "",
  headers: Record<string, string> = {},
): Answer {
  return () => new Response(body, { headers: { etag: '"1"', ...headers } });
}

/** An answer of failure, as S3 gives it. */
export function s3Failure(
  status: number,
  code: string,
  headers: Record<string, string> = {},
): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}` +
    `</Code><Message>It is a test</Message><RequestId>1</RequestId></Error>`;
  return () =>
    new Response(body, {
      status,
      headers: { "content-type": "application/xml", ...headers },
    });
}

/** A server below HTTP that tells how many connections it got. */
export interface SocketServer extends LoopbackServer {
  readonly connections: number;
}

/** Hands each connection to a function, and closes it when that is done. */
export function startSocketServer(
  handle: (connection: Deno.Conn, number: number) => Promise<void>,
): SocketServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const handled = new Set<Promise<void>>();
  let connections = 0;
  const serve = async (connection: Deno.Conn) => {
    open.add(connection);
    // What fails on a connection that its other side or the test has closed.
    await handle(connection, ++connections).catch(() => {});
    open.delete(connection);
    close(connection);
  };
  const accepting = (async () => {
    for await (const connection of listener) handled.add(serve(connection));
  })();
  return {
    endpoint: `http://127.0.0.1:${listener.addr.port}`,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      open.forEach(close);
      await Promise.all(handled);
    },
  };
}

/** Reads what comes, answers nothing, until the other side gives up. */
export async function staySilent(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  while (await connection.read(buffer) !== null);
}

/** An address at which nobody listens. */
export function unusedEndpoint(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return `http://127.0.0.1:${listener.addr.port}`;
}

/** A server between a client and another server. */
export interface CountingProxy extends LoopbackServer {
  /** First lines of the requests that passed. */
  readonly requestLines: readonly string[];
}

/** Passes everything on, and looks at the first lines of the requests. */
export function startCountingProxy(endpoint: string): CountingProxy {
  const { hostname, port } = new URL(endpoint);
  const requestLines: string[] = [];
  const server = startSocketServer(async (client) => {
    const upstream = await Deno.connect({ hostname, port: Number(port) });
    let sent = "";
    const watch = new TransformStream<
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>
    >({
      transform(chunk, controller) {
        sent += new TextDecoder("latin1").decode(chunk);
        for (;;) {
          // It may follow the body of another without a line's end between.
          const line = /(GET|HEAD|PUT|POST|DELETE) \S+(?= HTTP\/1\.1\r\n)/
            .exec(sent);
          if (line === null) break;
          requestLines.push(line[0]);
          sent = sent.slice(line.index + line[0].length);
        }
        controller.enqueue(chunk);
      },
    });
    await Promise.allSettled([
      client.readable.pipeThrough(watch).pipeTo(upstream.writable),
      upstream.readable.pipeTo(client.writable),
    ]);
  });
  return {
    endpoint: server.endpoint,
    requestLines,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    // A stream of it has closed it already.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
