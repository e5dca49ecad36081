/** Downloads one file of a repository once into the cache. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ReadableStreamDefaultReader } from "node:stream/web";
import { UserError } from "../base/errors.js";
import { makeFolders } from "../base/folders.js";
import { repoCache, showBlob, sizeOf } from "./cache.js";
import { connectionFailure, HubUnavailableError, notCached, refusal, TransientError, writingCache } from "./errors.js";
import type { RepoFile } from "./listing.js";
import { claimPartial, removeAbandoned } from "./partial.js";
import { repoName, repoPage, type Repo } from "./repo.js";
import { request, withRetries } from "./request.js";
import type { HubSettings } from "./settings.js";

/**
 * Receives after every piece the bytes present so far (those of an earlier attempt included) and the bytes of the file.
 */
export type OnProgress = (received: number, total: number) => void;

interface Source {
  readonly settings: HubSettings;
  readonly repo: Repo;
  readonly commit: string;
  readonly file: RepoFile;
  readonly onProgress: OnProgress | undefined;
}

// Within this process, equal content is fetched once however many ask for it at the same time.
const underWay = new Map<string, Promise<void>>();

/**
 * Makes sure that a file is in the cache.
 * @param commit 40 hex digits, see resolveRevision
 * @param file an entry of listFiles
 * @returns path of the file in the snapshot folder. Size and checksum were verified when it was downloaded
 * @throws UserError when the file does not exist, is closed, arrives corrupt or cannot be stored; HubUnavailableError
 *   when the hub cannot be reached, or offline when the file is not in the cache
 */
export async function downloadFile(
  settings: HubSettings,
  repo: Repo,
  commit: string,
  file: RepoFile,
  onProgress?: OnProgress,
): Promise<string> {
  const cache = repoCache(settings, repo);
  const path = cache.snapshot(commit, file.path);
  if ((await sizeOf(path)) === file.size) return path;
  if (settings.offline) throw notCached(settings, `${file.path} of ${repoName(repo)} at ${commit}`);
  const blob = cache.blob(file.blob);
  await writingCache(settings, async () => {
    let fetched = underWay.get(blob);
    if (!fetched) {
      fetched = fetchBlob(blob, { settings, repo, commit, file, onProgress }).finally(() => underWay.delete(blob));
      underWay.set(blob, fetched);
    }
    await fetched;
    await showBlob(blob, path);
  });
  return path;
}

async function fetchBlob(blob: string, source: Source): Promise<void> {
  const { settings, file } = source;
  if ((await sizeOf(blob)) === file.size) return;
  await makeFolders(dirname(blob));
  const partial = await claimPartial(blob);
  let furthest = (await sizeOf(partial)) ?? 0;
  const gained = async () => {
    const before = furthest;
    furthest = Math.max(furthest, (await sizeOf(partial)) ?? 0);
    return furthest > before;
  };
  await withRetries(
    settings,
    async () => {
      await complete(partial, source);
      await rename(partial, blob);
    },
    gained,
  );
  await removeAbandoned(blob);
}

/** Fetches what is missing from the partial file and verifies the whole. */
async function complete(partial: string, source: Source): Promise<void> {
  const { file, repo } = source;
  let kept = (await sizeOf(partial)) ?? 0;
  if (kept > file.size) {
    await rm(partial);
    kept = 0;
  }
  if (kept < file.size || kept === 0) kept = await fetchRest(partial, kept, source);
  const size = (await sizeOf(partial)) ?? 0;
  if (size < file.size)
    throw new TransientError(
      new HubUnavailableError(`${file.path} of ${repoName(repo)} ended early; run again to continue`),
    );
  const found = await checksum(partial, file);
  if (size === file.size && found === file.blob) return;
  await rm(partial);
  const problem = size === file.size ? `has checksum ${found}, not ${file.blob}` : `is longer than ${file.size} bytes`;
  const error = new UserError(
    `${file.path} of ${repoName(repo)} ${problem}: it arrived corrupt and was removed; run again`,
  );
  // What an earlier attempt left may be at fault, so the file gets one chance from its first byte.
  throw kept > 0 ? new TransientError(error, 0) : error;
}

/** Streams the bytes from `kept` on into the partial file; returns how many of the earlier bytes were used. */
async function fetchRest(partial: string, kept: number, source: Source): Promise<number> {
  const { settings, repo, commit, file, onProgress } = source;
  const address = file.path.split("/").map(encodeURIComponent).join("/");
  const url = `${repoPage(settings, repo)}/resolve/${commit}/${address}`;
  const response = await request(settings, url, kept > 0 ? { range: `bytes=${kept}-` } : {});
  if (response.status === 416 && kept > 0) {
    await response.body?.cancel();
    await rm(partial);
    return fetchRest(partial, 0, source);
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw refusal(settings, repo, response, { revision: commit, file: file.path });
  }
  const continued = response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${kept}-`);
  const used = continued ? kept : 0;
  const out = await open(partial, continued ? "a" : "w");
  try {
    let received = used;
    for await (const piece of pieces(response, settings.endpoint)) {
      await out.appendFile(piece);
      received += piece.length;
      onProgress?.(received, file.size);
    }
  } finally {
    await out.close();
  }
  return used;
}

async function* pieces(response: Response, endpoint: string): AsyncGenerator<Uint8Array> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw connectionFailure(new URL(response.url || endpoint).origin, error);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined); // frees the connection when writing failed
  }
}

/** Computes the SHA-256, or for a file that git itself stores, its blob id: SHA-1 of a header and the content. */
async function checksum(path: string, file: RepoFile): Promise<string> {
  const large = file.blob.length === 64;
  const hash = createHash(large ? "sha256" : "sha1");
  if (!large) hash.update(`blob ${file.size}\0`);
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
