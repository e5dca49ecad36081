/**
 * Lays the cache on disk out as Python's huggingface_hub does so that either finds what the other downloaded:
 * `blobs/<checksum>`, `snapshots/<commit>/<path>` (relative links to blobs), `refs/<revision>` (holding a commit).
 * `listings/<commit>.json` is our own addition: the file list of a commit, for working offline.
 */

import { randomUUID } from "node:crypto";
import { copyFile, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { makeFolders } from "../base/folders.js";
import { isReadOnly } from "./errors.js";
import { repoFolderName, type Repo } from "./repo.js";
import type { HubSettings } from "./settings.js";

/** Holds paths of one repository in the cache. */
export interface RepoCache {
  blob(name: string): string;
  snapshot(commit: string, path?: string): string;
  ref(revision: string): string;
  listing(commit: string): string;
}

export function repoCache(settings: HubSettings, repo: Repo): RepoCache {
  const folder = join(settings.cacheDir, repoFolderName(repo));
  return {
    blob: (name) => join(folder, "blobs", name),
    snapshot: (commit, path = "") => join(folder, "snapshots", commit, path),
    ref: (revision) => join(folder, "refs", revision),
    listing: (commit) => join(folder, "listings", `${commit}.json`),
  };
}

/** Returns the size of a file in bytes, links followed; undefined where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => found.size,
    () => undefined,
  );
}

/** Returns the text of a small file of the cache; undefined where there is none. */
export async function remembered(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

/**
 * Writes a small file of the cache in one step. A cache that cannot be written, such as one shared by a group, costs
 * no more than asking the hub again, so that is not an error here.
 */
export async function remember(path: string, text: string): Promise<void> {
  try {
    await replace(path, (temporary) => writeFile(temporary, text));
  } catch (error) {
    if (!isReadOnly(error)) throw error;
  }
}

/** Makes a snapshot's path show a blob: a relative link, or a copy where links are not allowed (as on Windows). */
export async function showBlob(blob: string, path: string): Promise<void> {
  await replace(path, async (temporary) => {
    try {
      await symlink(relative(dirname(path), blob), temporary);
    } catch (error) {
      if (!isReadOnly(error)) throw error;
      await copyFile(blob, temporary);
    }
  });
}

// Written beside its place and moved there, so that no other process ever sees half a file.
async function replace(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await makeFolders(dirname(path));
  const temporary = `${path}.${randomUUID()}`;
  try {
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
