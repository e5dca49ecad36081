/** Reaches HTTP and HTTPS addresses through the proxy that the environment names, or directly. */

import http from "node:http";
import https from "node:https";
import { BlockList, isIP } from "node:net";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import { UserError } from "./errors.js";

/**
 * Returns the proxy for an address: HTTP_PROXY or HTTPS_PROXY by the address's own scheme, else ALL_PROXY, unless
 * NO_PROXY names the host. Names in lower case count first, as in curl. This machine is never asked through a proxy.
 * @returns undefined where the address is reached directly
 * @throws UserError when the variable is no address of an HTTP proxy
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv = process.env): URL | undefined {
  const name = proxyVariable(url, env);
  if (name === undefined || isLoopback(url.hostname)) return undefined;
  if (isExcepted(url, env["no_proxy"] ?? env["NO_PROXY"] ?? "")) return undefined;
  const text = (env[name] ?? "").trim();
  const written = text.includes("://") ? text : `http://${text}`;
  if (!URL.canParse(written) || !/^https?:$/.test(new URL(written).protocol))
    // What stands there may hold a password.
    throw new UserError(`${name} is no address of an HTTP proxy; expected a URL such as http://proxy.example.org:3128`);
  return new URL(written);
}

/** Returns the name of the variable that says which proxy addresses of this scheme go through. */
export function proxyVariable(url: URL, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const scheme = url.protocol.slice(0, -1);
  const names = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`, "all_proxy", "ALL_PROXY"];
  return names.find((one) => (env[one] ?? "").trim() !== "");
}

/** Writes a proxy for messages: without user and password. */
export function proxyName(proxy: URL): string {
  return proxy.origin;
}

/**
 * Makes the connections to an address: an `https:` address is reached through a tunnel of the proxy, an `http:` address
 * by asking the proxy for it.
 */
export function agentFor(url: URL, options: http.AgentOptions): http.Agent {
  const isSecure = url.protocol === "https:";
  const proxy = proxyFor(url);
  if (proxy === undefined) return isSecure ? new https.Agent(options) : new http.Agent(options);
  return isSecure ? new HttpsProxyAgent(proxy, options) : new HttpProxyAgent(proxy, options);
}

function hostOf(url: Pick<URL, "hostname">): string {
  return url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
}

function isLoopback(hostname: string): boolean {
  const host = hostOf({ hostname });
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Tells whether a list such as `localhost,.cluster.local,10.0.0.0/8,hub:8080` names the address's host. */
function isExcepted(url: URL, list: string): boolean {
  const host = hostOf(url);
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const subnet = /^(.+)\/(\d+)$/.exec(entry);
      if (subnet !== null) return isWithin(host, subnet[1] ?? "", Number(subnet[2]));
      const [, name = entry, own] = /^(\[.+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
      if (own !== undefined && own !== port) return false;
      const bare = name.replace(/^\[|\]$/g, "").replace(/^\*?\./, "");
      return host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`));
    });
}

function isWithin(host: string, network: string, bits: number): boolean {
  const kind = isIP(host) === 6 ? "ipv6" : "ipv4";
  const most = kind === "ipv6" ? 128 : 32;
  if (isIP(host) === 0 || isIP(network) !== isIP(host) || bits > most) return false;
  const subnet = new BlockList();
  subnet.addSubnet(network, bits, kind);
  return subnet.check(host, kind);
}
