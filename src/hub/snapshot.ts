/** Describes a part of a repository at a commit: what one use of it needs on disk. */

import { sizeOf, repoCache } from "./cache.js";
import type { RepoFile } from "./listing.js";
import type { Repo } from "./repo.js";
import type { HubSettings } from "./settings.js";

export interface Snapshot {
  readonly settings: HubSettings;
  readonly repo: Repo;
  /** 40 hex digits, see resolveRevision. */
  readonly commit: string;
  /** The files that are needed, entries of listFiles. */
  readonly files: readonly RepoFile[];
}

/** Returns the folder of a snapshot's files in the cache, whether or not they are there yet. */
export function snapshotFolder({ settings, repo, commit }: Omit<Snapshot, "files">): string {
  return repoCache(settings, repo).snapshot(commit);
}

/** Lists the files that have to be downloaded before the snapshot can be used. */
export async function missingFiles({ settings, repo, commit, files }: Snapshot): Promise<RepoFile[]> {
  const cache = repoCache(settings, repo);
  const missing: RepoFile[] = [];
  for (const file of files) if ((await sizeOf(cache.snapshot(commit, file.path))) !== file.size) missing.push(file);
  return missing;
}
