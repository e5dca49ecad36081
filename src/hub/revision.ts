/** From the name of a revision (branch, tag, pull request) to the commit it stands for. */

import { didYouMean, UserError } from "../errors.js";
import { compileSchema } from "../validation.js";
import { getJson } from "./api.js";
import { remember, remembered, repoCache } from "./cache.js";
import { notCached, refusal, writingCache } from "./errors.js";
import { apiUrl, COMMIT, repoName, type Repo } from "./repo.js";
import type { HubSettings } from "./settings.js";

const isRevision = compileSchema<{ sha: string }>({
  type: "object",
  required: ["sha"],
  properties: { sha: { type: "string", pattern: COMMIT.source } },
});

const named = {
  type: "array",
  items: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
};
const isRefs = compileSchema<{ branches: { name: string }[]; tags: { name: string }[] }>({
  type: "object",
  required: ["branches", "tags"],
  properties: { branches: named, tags: named },
});

/**
 * The commit of a revision, kept in the cache's refs/ for later use offline.
 * @param revision branch, tag, `refs/…` or a full commit id, which is returned without a request
 * @returns 40 hex digits
 * @throws UserError when the repository or the revision does not exist or is closed; HubUnavailableError when the hub
 *   cannot be reached, or offline when the revision is not in the cache
 */
export async function resolveRevision(settings: HubSettings, repo: Repo, revision: string): Promise<string> {
  if (COMMIT.test(revision)) return revision;
  if (!/^[^/\\\s]+(\/[^/\\\s]+)*$/.test(revision) || revision.includes("..")) {
    throw new UserError(`"${revision}" is not the name of a revision of ${repoName(repo)}`);
  }
  const ref = repoCache(settings, repo).ref(revision);
  const known = (await remembered(ref))?.trim();
  if (settings.offline) {
    if (known !== undefined && COMMIT.test(known)) return known;
    throw notCached(settings, `revision "${revision}" of ${repoName(repo)}`);
  }
  const url = `${apiUrl(settings, repo)}/revision/${encodeURIComponent(revision)}`;
  const { value } = await getJson(settings, url, isRevision, async (response) => {
    const missing = response.headers.get("x-error-code") === "RevisionNotFound";
    return refusal(settings, repo, response, { revision }, missing ? await nearby(settings, repo, revision) : "");
  });
  if (known !== value.sha) await writingCache(settings, () => remember(ref, value.sha));
  return value.sha;
}

async function nearby(settings: HubSettings, repo: Repo, revision: string): Promise<string> {
  try {
    const { value } = await getJson(settings, `${apiUrl(settings, repo)}/refs`, isRefs, (response) =>
      refusal(settings, repo, response, { revision }),
    );
    const names = [...value.branches, ...value.tags].map(({ name }) => name);
    return didYouMean(revision, names, 10);
  } catch {
    return ""; // the hint is extra; that the revision is missing is the news
  }
}
