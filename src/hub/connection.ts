/** Sends one GET over a connection that is kept, and through a proxy where the environment names one. */

import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import { agentFor } from "../base/proxy.js";

/** Sets the milliseconds without a byte after which a connection is given up. */
const SILENCE = 300_000;

/** Lists the statuses that have no body by definition. */
const WITHOUT_BODY = new Set([204, 205, 304]);

const agents = new Map<string, http.Agent>();

/** Keeps the connections of an origin; unused ones keep no process alive. */
function agentOf(url: URL): http.Agent {
  let agent = agents.get(url.origin);
  if (agent === undefined) {
    agent = agentFor(url, { keepAlive: true });
    agents.set(url.origin, agent);
  }
  return agent;
}

/**
 * Sends a GET; redirects are answers like others.
 * @returns the answer when its head is there, its body as a stream
 * @throws what Node gives: an error with a code of the system, of TLS, or of the signal
 */
export function get(url: URL, headers: Headers, signal: AbortSignal | undefined): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === "https:" ? https : http;
    const sent = request(url, { headers: Object.fromEntries(headers), agent: agentOf(url), signal, timeout: SILENCE });
    sent.on("timeout", () =>
      sent.destroy(Object.assign(new Error("nothing came for 5 minutes"), { code: "ETIMEDOUT" })),
    );
    sent.on("error", reject);
    sent.on("response", (reply) => {
      const { statusCode: status = 0, statusMessage: statusText = "" } = reply;
      const pairs = Object.entries(reply.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      );
      const body = WITHOUT_BODY.has(status)
        ? null
        : (Readable.toWeb(reply) as unknown as globalThis.ReadableStream<Uint8Array>);
      if (body === null) reply.resume();
      const response = new Response(body, { status, statusText, headers: pairs });
      resolve(Object.defineProperty(response, "url", { value: url.href }));
    });
    sent.end();
  });
}
