/**
 * Decides which hub to talk to and where its files are kept, by the same environment variables as Python's
 * huggingface_hub.
 */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UserError } from "../base/errors.js";

export interface HubSettings {
  /** Base URL without a trailing slash. */
  readonly endpoint: string;
  /** Absolute path of the cache that holds `models--…` and `datasets--…` folders. */
  readonly cacheDir: string;
  /** Access token, sent to the endpoint's own origin only. */
  readonly token: string | undefined;
  /** Where the token was found: HF_TOKEN or a file; undefined without one. */
  readonly tokenSource?: string | undefined;
  /** True: answer from the cache, never from the network. */
  readonly offline: boolean;
  /** Wait before the first retry, in milliseconds; it doubles with every further one. */
  readonly retryDelayMs: number;
}

/**
 * Reads HF_ENDPOINT, HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HF_TOKEN, HF_TOKEN_PATH and HF_HUB_OFFLINE.
 * @param offline true makes the settings offline whatever the environment says
 * @throws UserError when the endpoint is no http(s) URL or the token holds characters no header can carry
 */
export function hubSettings(env: NodeJS.ProcessEnv = process.env, { offline = false } = {}): HubSettings {
  const home = env["HOME"] ?? env["USERPROFILE"] ?? homedir();
  const folder = (name: string, fallback: string) => resolve((env[name] || fallback).replace(/^~(?=$|[/\\])/, home));
  const hfHome = folder("HF_HOME", join(folder("XDG_CACHE_HOME", join(home, ".cache")), "huggingface"));
  return {
    endpoint: endpointOf(env["HF_ENDPOINT"] || "https://huggingface.co"),
    cacheDir: folder("HF_HUB_CACHE", join(hfHome, "hub")),
    ...tokenOf(env["HF_TOKEN"], folder("HF_TOKEN_PATH", join(hfHome, "token"))),
    offline: offline || /^(1|on|yes|true)$/i.test(env["HF_HUB_OFFLINE"] ?? ""),
    retryDelayMs: 500,
  };
}

function endpointOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UserError(`HF_ENDPOINT is "${text}": expected a URL such as https://huggingface.co`);
  }
  return text.replace(/\/+$/, "");
}

function tokenOf(value: string | undefined, path: string): Pick<HubSettings, "token" | "tokenSource"> {
  const token = value?.trim() || tokenInFile(path);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new UserError(
      `the token in ${value?.trim() ? "HF_TOKEN" : path} holds spaces or non-ASCII characters; copy it again`,
    );
  }
  return token === undefined ? { token } : { token, tokenSource: value?.trim() ? "HF_TOKEN" : path };
}

function tokenInFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined; // no file, or one that is not ours to read: go on without a token, as the hub allows
  }
}
