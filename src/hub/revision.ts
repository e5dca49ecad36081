/** Resolves the name of a revision (branch, tag, pull request) to the commit it stands for. */

import { didYouMean, UserError } from "../base/errors.js";
import { compileSchema } from "../base/validation.js";
import { getJson } from "./api.js";
import { remember, remembered, repoCache } from "./cache.js";
import { notCached, refusal, writingCache } from "./errors.js";
import { listRefs } from "./refs.js";
import { apiUrl, COMMIT, isRevisionName, repoName, type Repo } from "./repo.js";
import type { HubSettings } from "./settings.js";

const isRevision = compileSchema<{ sha: string }>({
  type: "object",
  required: ["sha"],
  properties: { sha: { type: "string", pattern: COMMIT.source } },
});

/**
 * Finds the commit of a revision, kept in the cache's refs/ for later use offline.
 * @param revision branch, tag, `refs/…` or a full commit id, which is returned without a request
 * @returns 40 hex digits
 * @throws UserError when the repository or the revision does not exist or is closed; HubUnavailableError when the hub
 *   cannot be reached, or offline when the revision is not in the cache
 */
export async function resolveRevision(settings: HubSettings, repo: Repo, revision: string): Promise<string> {
  if (COMMIT.test(revision)) return revision;
  if (!isRevisionName(revision)) {
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
  if (known !== value.sha) await rememberRevision(settings, repo, revision, value.sha);
  return value.sha;
}

/** Keeps the commit of a branch or tag in the cache's refs/, for later use offline. */
export async function rememberRevision(
  settings: HubSettings,
  repo: Repo,
  revision: string,
  commit: string,
): Promise<void> {
  await writingCache(settings, () => remember(repoCache(settings, repo).ref(revision), commit));
}

async function nearby(settings: HubSettings, repo: Repo, revision: string): Promise<string> {
  try {
    const names = (await listRefs(settings, repo)).map(({ name }) => name);
    return didYouMean(revision, names, 10);
  } catch {
    return ""; // the hint is extra; that the revision is missing is the news
  }
}
