/** Sends one HTTP request to the hub, with redirects, the token and repeats. */

import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../base/errors.js";
import { VERSION } from "../base/package-info.js";
import { get } from "./connection.js";
import { connectionFailure, HubUnavailableError, TransientError, wayTo } from "./errors.js";
import type { HubSettings } from "./settings.js";

const ATTEMPTS = 4;
const MAX_REDIRECTS = 10;
const MAX_WAIT_MS = 60_000;

/**
 * Sends a GET and follows redirects by hand: the token goes to the endpoint's origin and to nobody else.
 * @returns a response of any status but 429 and 5xx
 * @throws TransientError for 429, 5xx and broken connections; HubUnavailableError where repeating is useless
 */
export async function request(
  settings: HubSettings,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Response> {
  const home = new URL(settings.endpoint).origin;
  let target = new URL(url);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const sent = new Headers(headers);
    sent.set("user-agent", `amuro-eval/${VERSION}`);
    // A compressed body would not have the length and the byte ranges of the file.
    sent.set("accept-encoding", "identity");
    if (settings.token !== undefined && target.origin === home) sent.set("authorization", `Bearer ${settings.token}`);
    const response = await send(target, sent, signal);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return usable(target.origin, response);
    await response.body?.cancel();
    target = new URL(location, target);
  }
  throw new UserError(`${settings.endpoint} redirects ${url} in circles`);
}

async function send(target: URL, headers: Headers, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await get(target, headers, signal);
  } catch (error) {
    throw connectionFailure(target.origin, error);
  }
}

async function usable(origin: string, response: Response): Promise<Response> {
  const { status } = response;
  if (status < 500 && status !== 429) return response;
  await response.body?.cancel();
  const why = status === 429 ? "too many requests; wait a while, or set HF_TOKEN" : "try again later";
  const reported = new HubUnavailableError(`${wayTo(origin)} keeps answering ${status} (${why})`);
  const seconds = Number(response.headers.get("retry-after") ?? NaN);
  throw new TransientError(reported, Number.isFinite(seconds) ? Math.min(seconds * 1000, MAX_WAIT_MS) : undefined);
}

/**
 * Repeats an attempt that fails with a TransientError, waiting longer each time.
 * @param gained whether the failed attempt brought the work forward, which makes its failure count as the first one
 * @throws the reported error of the last TransientError, or at once any other error
 */
export async function withRetries<T>(
  settings: HubSettings,
  attempt: () => Promise<T>,
  gained: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<T> {
  let failures = 0;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      failures = (await gained()) ? 1 : failures + 1;
      if (failures === ATTEMPTS) throw error.reported;
      await sleep(error.waitMs ?? settings.retryDelayMs * 2 ** (failures - 1));
    }
  }
}
