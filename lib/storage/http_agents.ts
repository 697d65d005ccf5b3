/**
 * The connections to an S3 store.
 *
 * @module
 */

import http from "node:http";
import https from "node:https";

/** What Node's agents have beside what their types tell. */
interface AgentInternals {
  addRequest(request: http.ClientRequest, ...rest: unknown[]): void;
}

/** Options of {@linkcode makeAgents}. */
export interface AgentOptions {
  /** Connections at once. */
  readonly maxSockets: number;
}

/** Agents that keep connections, and send each request once. */
export function makeAgents(
  { maxSockets }: AgentOptions,
): { httpAgent: http.Agent; httpsAgent: https.Agent } {
  const options = { keepAlive: true, maxSockets };
  return {
    httpAgent: sendOnce(new http.Agent(options)),
    httpsAgent: sendOnce(new https.Agent(options)),
  };
}

/**
 * Deno's Node layer sends a request again by itself when it failed on a kept
 * connection, one that was given up too: an upload that was interrupted would
 * be stored nevertheless. Whether to try again is for `RetryingStore` to say.
 */
function sendOnce<A extends http.Agent>(agent: A): A {
  const internals = agent as unknown as AgentInternals;
  const addRequest = internals.addRequest.bind(agent);
  const sent = new WeakSet<http.ClientRequest>();
  internals.addRequest = (request, ...rest) => {
    if (sent.has(request)) {
      const error = Object.assign(new Error("The connection was closed"), {
        code: "ECONNRESET",
      });
      queueMicrotask(() => request.emit("error", error));
      return;
    }
    sent.add(request);
    addRequest(request, ...rest);
  };
  return agent;
}
