/** Reads JSON from the hub's API. */

import { UserError } from "../base/errors.js";
import { validated, type Guard } from "../base/validation.js";
import { connectionFailure } from "./errors.js";
import { request, withRetries } from "./request.js";
import type { HubSettings } from "./settings.js";

const TIMEOUT_MS = 30_000;

/**
 * Gets JSON that fits a schema.
 * @param refused makes the error for an unsuccessful status
 * @returns the value and the response it came with
 */
export async function getJson<T>(
  settings: HubSettings,
  url: string,
  guard: Guard<T>,
  refused: (response: Response) => UserError | Promise<UserError>,
): Promise<{ value: T; response: Response }> {
  return withRetries(settings, async () => {
    const response = await request(settings, url, {}, AbortSignal.timeout(TIMEOUT_MS));
    const text = await bodyText(response, url);
    if (!response.ok) throw await refused(response);
    return { value: validated(guard, parsed(text, url), url), response };
  });
}

async function bodyText(response: Response, url: string): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw connectionFailure(new URL(url).origin, error);
  }
}

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`${url} did not answer with JSON; check HF_ENDPOINT and whether a proxy stands in between`);
  }
}
