/** Lists the named revisions of a repository: its branches and tags. */

import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { compileSchema } from "../base/validation.js";
import { getJson } from "./api.js";
import { remembered, repoCache } from "./cache.js";
import { notCached, refusal } from "./errors.js";
import { apiUrl, COMMIT, isRevisionName, repoName, type Repo } from "./repo.js";
import type { HubSettings } from "./settings.js";

export interface Ref {
  /** Name of the branch or tag. */
  readonly name: string;
  /** The commit it stands for, 40 hex digits. */
  readonly commit: string;
}

interface NamedCommit {
  name: string;
  targetCommit: string;
}
const named = {
  type: "array",
  items: {
    type: "object",
    required: ["name", "targetCommit"],
    properties: { name: { type: "string" }, targetCommit: { type: "string", pattern: COMMIT.source } },
  },
};
const isRefs = compileSchema<{ branches: NamedCommit[]; tags: NamedCommit[] }>({
  type: "object",
  required: ["branches", "tags"],
  properties: { branches: named, tags: named },
});

/**
 * Lists branches, then tags, in the hub's order; of a branch and a tag with one name, the branch.
 * @returns offline, those that the cache holds, by name
 * @throws UserError when the repository does not exist or is closed; HubUnavailableError when the hub cannot be
 *   reached, or offline when the cache holds no revision
 */
export async function listRefs(settings: HubSettings, repo: Repo): Promise<Ref[]> {
  if (settings.offline) return cachedRefs(settings, repo);
  const { value } = await getJson(settings, `${apiUrl(settings, repo)}/refs`, isRefs, (response) =>
    refusal(settings, repo, response, { revision: "main" }),
  );
  const refs = new Map<string, Ref>();
  for (const { name, targetCommit } of [...value.branches, ...value.tags]) {
    if (isRevisionName(name) && !refs.has(name)) refs.set(name, { name, commit: targetCommit });
  }
  return [...refs.values()];
}

async function cachedRefs(settings: HubSettings, repo: Repo): Promise<Ref[]> {
  const cache = repoCache(settings, repo);
  const entries = await readdir(cache.ref(""), { recursive: true, withFileTypes: true }).catch(() => []);
  const refs: Ref[] = [];
  for (const entry of entries.filter((found) => found.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(cache.ref(""), path).replaceAll("\\", "/");
    const commit = (await remembered(path))?.trim() ?? "";
    // Pull requests and conversions are no branches.
    if (COMMIT.test(commit) && !name.startsWith("refs/")) refs.push({ name, commit });
  }
  if (refs.length === 0) throw notCached(settings, `a revision of ${repoName(repo)}`);
  return refs.sort((a, b) => (a.name < b.name ? -1 : 1));
}
