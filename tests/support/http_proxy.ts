/**
 * A proxy in front of an S3 server, for requests that are not signed: what it
 * does not pass on as it is, a test decides.
 *
 * @module
 */

import type { LoopbackServer } from "./loopback_server.ts";

/** A request that came to the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  /** Decoded, with the bucket in front. */
  readonly path: string;
  readonly range: string | null;
}

/** A proxy that keeps the requests that it got. */
export interface HttpProxy extends LoopbackServer {
  readonly requests: readonly ProxiedRequest[];
}

/**
 * Passes requests on to a server.
 *
 * @param intercept Answers a request in the server's place, or does not.
 */
export function startHttpProxy(
  endpoint: string,
  intercept: (
    request: ProxiedRequest,
    passOn: () => Promise<Response>,
  ) => Response | Promise<Response> | undefined,
): HttpProxy {
  const requests: ProxiedRequest[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError: failed },
    async (request) => {
      const { method, headers } = request;
      const url = new URL(request.url);
      const proxied = {
        method,
        path: decodeURIComponent(url.pathname),
        range: headers.get("range"),
      };
      requests.push(proxied);
      const passOn = async () => {
        const target = `${endpoint}${url.pathname}${url.search}`;
        const kept = new Headers(headers);
        kept.delete("host");
        const answer = await fetch(target, { method, headers: kept });
        const { status } = answer;
        return new Response(answer.body, { status, headers: answer.headers });
      };
      return await (intercept(proxied, passOn) ?? passOn());
    },
  );
  return {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The first bytes of an answer, after which the connection breaks. */
export async function cutAnswer(
  passOn: () => Promise<Response>,
  bytes: number,
): Promise<Response> {
  const answer = await passOn();
  const whole = await answer.bytes();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async start(controller) {
      controller.enqueue(whole.subarray(0, bytes));
      // What was sent must arrive before the connection breaks.
      await new Promise((resolve) => setTimeout(resolve, 50));
      controller.error(new Error("cut"));
    },
  });
  return new Response(body, {
    status: answer.status,
    headers: answer.headers,
  });
}

/** Bodies break on purpose: Deno would print it. */
function failed(): Response {
  return new Response(null, { status: 500 });
}
