/** Asks the hub whether it is there and knows the token. */

import { wrongProxyUser } from "./errors.js";
import { request, withRetries } from "./request.js";
import type { HubSettings } from "./settings.js";

const TIMEOUT_MS = 15_000;

export interface HubAnswer {
  readonly milliseconds: number;
  /** Unknown where there is none, or the endpoint is a mirror that does not say. */
  readonly token: "accepted" | "refused" | "unknown";
}

/** @throws HubUnavailableError when the hub cannot be reached; UserError when a proxy or an address is wrong */
export async function probeHub(settings: HubSettings): Promise<HubAnswer> {
  const start = performance.now();
  const response = await withRetries(settings, () =>
    request(settings, `${settings.endpoint}/api/whoami-v2`, {}, AbortSignal.timeout(TIMEOUT_MS)),
  );
  await response.body?.cancel();
  if (response.status === 407) throw wrongProxyUser(settings.endpoint);
  const refused = response.status === 401 || response.status === 403;
  return {
    milliseconds: Math.round(performance.now() - start),
    token: settings.token === undefined ? "unknown" : response.ok ? "accepted" : refused ? "refused" : "unknown",
  };
}
