/** Names a repository of the hub in messages, addresses and the cache. */

import { UserError } from "../base/errors.js";
import type { HubSettings } from "./settings.js";

export interface Repo {
  readonly type: "dataset" | "model";
  /** `owner/name`, or `name` for the few repositories without an owner. */
  readonly id: string;
}

/** Matches a full commit id: what a revision is resolved to. */
export const COMMIT = /^[0-9a-f]{40}$/;

/** Tells whether a text can be the name of a branch, tag or `refs/…`: a relative path of plain parts. */
export function isRevisionName(text: string): boolean {
  return /^[^/\\\s]+(\/[^/\\\s]+)*$/.test(text) && !text.includes("..");
}

/** Names the repository in a message, e.g. `dataset "allenai/sciq"`. */
export function repoName(repo: Repo): string {
  return `${repo.type} "${repo.id}"`;
}

/** Returns the address of the repository's page, where terms are accepted. */
export function repoPage(settings: HubSettings, repo: Repo): string {
  return `${settings.endpoint}/${repo.type === "dataset" ? "datasets/" : ""}${checkedId(repo)}`;
}

/** Returns the address of the repository in the hub's API. */
export function apiUrl(settings: HubSettings, repo: Repo): string {
  return `${settings.endpoint}/api/${repo.type}s/${checkedId(repo)}`;
}

/** Returns the name of the repository's folder in the cache, e.g. `datasets--allenai--sciq`. */
export function repoFolderName(repo: Repo): string {
  return [`${repo.type}s`, ...checkedId(repo).split("/")].join("--");
}

function checkedId({ type, id }: Repo): string {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id) || /(^|\/)\.+($|\/)/.test(id)) {
    throw new UserError(`"${id}" is not the name of a hub ${type}; expected OWNER/NAME`);
  }
  return id;
}
