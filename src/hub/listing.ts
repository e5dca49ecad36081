/** Lists the files of a repository at a commit. */

import { readdir, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { compileSchema } from "../base/validation.js";
import { getJson } from "./api.js";
import { remember, remembered, repoCache, sizeOf } from "./cache.js";
import { notCached, refusal, writingCache } from "./errors.js";
import { apiUrl, repoName, type Repo } from "./repo.js";
import type { HubSettings } from "./settings.js";

export interface RepoFile {
  /** Path in the repository, with forward slashes. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Name of the content in the cache: the SHA-256 of a large file, else its git blob id (SHA-1). */
  readonly blob: string;
  /** SHA-256 of the content in hex, where the hub tells it: for large files only. */
  readonly sha256?: string;
}

// A path that climbs out of its folder, or is absolute, has no business in a listing.
const SAFE_PATH = String.raw`^(?!/)(?!(.*/)?\.\.?(/|$))[^\\\u0000]+$`;
const path = { type: "string", pattern: SAFE_PATH };
const size = { type: "integer", minimum: 0 };
const sha256 = { type: "string", pattern: "^[0-9a-f]{64}$" };
const blob = { type: "string", pattern: "^([0-9a-f]{40}|[0-9a-f]{64})$" };

interface TreeEntry {
  type: string;
  path: string;
  size: number;
  oid: string;
  lfs?: { oid: string; size: number };
}

const isTree = compileSchema<TreeEntry[]>({
  type: "array",
  items: {
    type: "object",
    required: ["type", "path", "size", "oid"],
    properties: {
      type: { type: "string" },
      path,
      size,
      oid: blob,
      lfs: { type: "object", required: ["oid", "size"], properties: { oid: sha256, size } },
    },
  },
});

const isListing = compileSchema<RepoFile[]>({
  type: "array",
  items: { type: "object", required: ["path", "size", "blob"], properties: { path, size, blob, sha256 } },
});

/**
 * Lists all files of a commit, from the cache where it holds the list, else from the hub.
 * @param commit 40 hex digits, see resolveRevision
 * @returns in the hub's order. Offline and without a kept list: the files of the snapshot folder, of which some may
 *   never have been downloaded
 * @throws UserError when the repository does not exist or is closed; HubUnavailableError when the hub cannot be
 *   reached, or offline when the cache holds nothing of this commit
 */
export async function listFiles(settings: HubSettings, repo: Repo, commit: string): Promise<RepoFile[]> {
  const cache = repoCache(settings, repo);
  const kept = keptListing(await remembered(cache.listing(commit)));
  if (kept) return kept;
  if (settings.offline) {
    const files = await snapshotFiles(cache.snapshot(commit));
    if (files.length === 0) throw notCached(settings, `${repoName(repo)} at ${commit}`);
    return files;
  }
  const files = await fetchListing(settings, repo, commit);
  await writingCache(settings, () => remember(cache.listing(commit), JSON.stringify(files)));
  return files;
}

function keptListing(text: string | undefined): RepoFile[] | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return isListing(value) ? value : undefined;
  } catch {
    return undefined; // none, or not ours: ask again
  }
}

async function fetchListing(settings: HubSettings, repo: Repo, commit: string): Promise<RepoFile[]> {
  const files: RepoFile[] = [];
  let url: string | undefined = `${apiUrl(settings, repo)}/tree/${commit}?recursive=true`;
  while (url !== undefined) {
    const page: { value: TreeEntry[]; response: Response } = await getJson(settings, url, isTree, (response) =>
      refusal(settings, repo, response, { revision: commit }),
    );
    for (const entry of page.value) if (entry.type === "file") files.push(fileOf(entry));
    url = nextPage(page.response.headers.get("link"), url);
  }
  return files;
}

function fileOf({ path, size, oid, lfs }: TreeEntry): RepoFile {
  return lfs ? { path, size: lfs.size, blob: lfs.oid, sha256: lfs.oid } : { path, size, blob: oid };
}

function nextPage(link: string | null, current: string): string | undefined {
  const target = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(link ?? "")?.[1];
  return target === undefined ? undefined : new URL(target, current).href;
}

async function snapshotFiles(folder: string, prefix = ""): Promise<RepoFile[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch(() => []);
  const files: RepoFile[] = [];
  for (const entry of entries) {
    const path = prefix + entry.name;
    if (entry.isDirectory()) {
      files.push(...(await snapshotFiles(folder, `${path}/`)));
      continue;
    }
    const size = await sizeOf(join(folder, path));
    if (size === undefined) continue; // a link whose blob was deleted
    files.push({ path, size, blob: basename(await realpath(join(folder, path))) });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
