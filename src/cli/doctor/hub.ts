/** Looks at the way to the hub: endpoint, proxy, certificates, token, cache. */

import { existsSync } from "node:fs";
import { messageOf } from "../../base/errors.js";
import { proxyFor, proxyName } from "../../base/proxy.js";
import { hubSettings, probeHub, type HubSettings } from "../../hub/index.js";
import { finding, type Finding } from "./finding.js";
import { diskFinding } from "./machine.js";

export async function hubFindings(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const certificates = certificateFindings(env);
  let settings: HubSettings;
  try {
    settings = hubSettings(env);
  } catch (error) {
    return [...certificates, finding("hub", "settings that cannot be read", messageOf(error), true)];
  }
  return [
    ...(await endpointFindings(settings, env)),
    ...certificates,
    diskFinding("cache", settings.cacheDir, "set HF_HUB_CACHE or HF_HOME to a folder on a larger disk that you can write to"),
  ]; // prettier-ignore
}

async function endpointFindings(settings: HubSettings, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { endpoint, offline, token, tokenSource } = settings;
  const held = token === undefined ? "none: public repositories only" : `found in ${tokenSource ?? "the settings"}`;
  const noToken = unreadToken(settings, env);
  if (offline)
    return [finding("hub", `${endpoint}, not asked: HF_HUB_OFFLINE is set`), finding("token", held, noToken), ...proxyFindings(endpoint, env)];
  let answer: Awaited<ReturnType<typeof probeHub>>;
  try {
    answer = await probeHub(settings);
  } catch (error) {
    const problem = `${messageOf(error)}; without a hub use folders and --data sample, or set HF_HUB_OFFLINE=1 to use the cache`;
    return [finding("hub", `${endpoint}, no answer`, problem, true), finding("token", held, noToken), ...proxyFindings(endpoint, env)];
  }
  const { milliseconds, token: state } = answer;
  const isRefused = state === "refused";
  const refused = isRefused ? `${endpoint} does not accept it; set HF_TOKEN to a valid one, or unset it` : undefined;
  return [
    finding("hub", `${endpoint} answers within ${milliseconds} ms`),
    finding("token", state === "accepted" ? `${held}, accepted` : held, refused ?? noToken, isRefused),
    ...proxyFindings(endpoint, env),
  ];
} // prettier-ignore

/** Says that HF_TOKEN_PATH names a file without a token: runs go on without one, as Python's hub client does. */
function unreadToken({ token }: HubSettings, env: NodeJS.ProcessEnv): string | undefined {
  const path = env["HF_TOKEN_PATH"];
  if (token !== undefined || path === undefined || path === "") return undefined;
  return `HF_TOKEN_PATH is ${path}, where no token can be read; name a file that holds one, or unset it`;
}

function proxyFindings(endpoint: string, env: NodeJS.ProcessEnv): Finding[] {
  try {
    const proxy = proxyFor(new URL(endpoint), env);
    return [finding("proxy", proxy === undefined ? "none for the hub" : `${proxyName(proxy)} for the hub`)];
  } catch (error) {
    return [finding("proxy", "cannot be read", messageOf(error), true)];
  }
}

function certificateFindings(env: NodeJS.ProcessEnv): Finding[] {
  const file = env["NODE_EXTRA_CA_CERTS"];
  if (file === undefined || file === "") return [];
  const problem = existsSync(file) ? undefined : "no such file; name a PEM file, or unset NODE_EXTRA_CA_CERTS";
  return [finding("certificates", `those of ${file} beside Node's own`, problem, true)];
}
