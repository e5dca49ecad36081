/** Turns what can go wrong between here and the hub into one line that says what to do. */

import { messageOf, UserError } from "../base/errors.js";
import { proxyFor, proxyName, proxyVariable } from "../base/proxy.js";
import { repoName, repoPage, type Repo } from "./repo.js";
import type { HubSettings } from "./settings.js";

/** Says that the hub did not answer, or that offline mode forbids to ask it: data from elsewhere would still work. */
export class HubUnavailableError extends UserError {}

/** Says that a failure may pass: the request is worth repeating. */
export class TransientError extends Error {
  /**
   * @param reported what the user is told when repeating does not help
   * @param waitMs wait asked for by the server, in milliseconds
   */
  constructor(
    readonly reported: UserError,
    readonly waitMs?: number,
  ) {
    super(reported.message);
  }
}

/** Makes the error for something that offline mode needs and the cache does not hold. */
export function notCached(settings: HubSettings, what: string): HubUnavailableError {
  return new HubUnavailableError(
    `offline, and ${what} is not in ${settings.cacheDir}; run once with network access, or copy the cache here`,
  );
}

const REPEATABLE = new Set([...["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "EAI_AGAIN", "TimeoutError"]]);

/** Lists the codes of certificates that this machine has no reason to trust. */
const UNTRUSTED =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?)$/;

/** Writes an origin for messages, with the proxy that it is asked through. */
export function wayTo(origin: string): string {
  const proxy = proxyFor(new URL(origin));
  return proxy === undefined ? origin : `${origin} through the proxy ${proxyName(proxy)}`;
}

/** Makes the error for a connection that could not be made or broke, from whatever Node threw. */
export function connectionFailure(origin: string, error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code =
    cause instanceof Error ? ("code" in cause && typeof cause.code === "string" ? cause.code : cause.name) : "";
  const detail = messageOf(cause) || code;
  if (cause instanceof UserError) return cause;
  const proxy = proxyFor(new URL(origin));
  const way = wayTo(origin);
  const check = UNTRUSTED.test(code)
    ? "set NODE_EXTRA_CA_CERTS to a file with the certificate of the authority that signs here (PEM)"
    : `check the network${proxy === undefined ? "" : ", HTTP_PROXY, HTTPS_PROXY and NO_PROXY"} and HF_ENDPOINT`;
  const reported = new HubUnavailableError(`cannot reach ${way} (${detail}); ${check}`);
  return REPEATABLE.has(code) ? new TransientError(reported) : reported;
}

/**
 * Makes the error for a status other than success.
 * @param asked what was asked for: `revision` alone, or a `file` at a revision
 * @param hint appended where the revision does not exist, e.g. a nearby name
 */
export function refusal(
  settings: HubSettings,
  repo: Repo,
  response: Response,
  asked: { revision: string; file?: string },
  hint = "",
): UserError {
  const name = repoName(repo);
  const code = response.headers.get("x-error-code");
  const { status } = response;
  if (status === 407) {
    return wrongProxyUser(settings.endpoint);
  }
  if (status === 401 && settings.token !== undefined && code === null) {
    return new UserError(`${settings.endpoint} does not accept the token; set HF_TOKEN to a valid one, or unset it`);
  }
  if (code === "GatedRepo" || status === 403) {
    const page = repoPage(settings, repo);
    return settings.token === undefined
      ? new UserError(`${name} needs a token: accept the terms at ${page} and set HF_TOKEN`)
      : new UserError(
          `${name} is closed to this token: accept the terms at ${page}, or set HF_TOKEN to one that may read it`,
        );
  }
  if (status === 401) {
    return new UserError(
      `${name} is not on ${settings.endpoint}, or it needs a token: check the name, or set HF_TOKEN`,
    );
  }
  if (status === 404 && code === "RevisionNotFound") {
    return new UserError(`${name} has no revision "${asked.revision}"${hint}`);
  }
  if (status === 404 && asked.file !== undefined && code !== "RepoNotFound") {
    return new UserError(`${name} has no file "${asked.file}" at revision ${asked.revision}`);
  }
  if (status === 404) return new UserError(`${name} is not on ${settings.endpoint}; check the name`);
  return new UserError(`${settings.endpoint} answered ${status} ${response.statusText} for ${name}`.trimEnd());
}

/** Makes the error for a proxy that does not know who asks. */
export function wrongProxyUser(endpoint: string): UserError {
  const name = proxyVariable(new URL(endpoint)) ?? "HTTPS_PROXY";
  return new UserError(
    `the proxy wants a user and a password, or other ones; write ${name}=http://USER:PASSWORD@HOST:PORT`,
  );
}

/** Runs work on the cache; a full disk or a cache that cannot be written becomes one clear line. */
export async function writingCache<T>(settings: HubSettings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cacheFailure(settings, error);
  }
}

/** Tells whether the error says that a place cannot be written to at all. */
export function isReadOnly(error: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes(errnoOf(error));
}

/** Makes the clear form of a file system error in the cache; any other error is returned as it is. */
export function cacheFailure(settings: HubSettings, error: unknown): unknown {
  const code = errnoOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new UserError(
      `no space left for the hub cache ${settings.cacheDir}; free some, or set HF_HUB_CACHE to a larger disk`,
    );
  }
  if (isReadOnly(error)) {
    return new UserError(
      `cannot write to the hub cache ${settings.cacheDir} (${code}); set HF_HUB_CACHE to a folder you can write to`,
    );
  }
  if (code !== "") return new UserError(`the hub cache ${settings.cacheDir} failed: ${messageOf(error)}`);
  return error;
}

function errnoOf(error: unknown): string {
  return error instanceof Error && "syscall" in error && "code" in error ? String(error.code) : "";
}
