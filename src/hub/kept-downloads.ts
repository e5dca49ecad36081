/**
 * Keeps what a study downloads within bounds: at most so many snapshots at a time, the oldest given up first. Only what
 * the study itself brought into the cache is ever deleted, and a blob only when no snapshot of its repository shows it
 * any more. What it brought is noted before the download begins, so that a study that was killed and goes on still
 * knows.
 */

import { lstat, readdir, readlink, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import pLimit from "p-limit";
import { compileSchema } from "../base/validation.js";
import { repoCache, sizeOf } from "./cache.js";
import { writingCache } from "./errors.js";
import { repoFolderName } from "./repo.js";
import type { HubSettings } from "./settings.js";
import type { Snapshot } from "./snapshot.js";

/**
 * Holds the notes on the downloads that are kept. Paths are relative to the cache, with forward slashes, e.g.
 * `models--org--name/blobs/…`.
 */
interface Notes {
  /** The cache that the notes are about. */
  cache: string;
  /** Files of snapshots and blobs that the study added, and may delete. */
  own_files: string[];
  own_blobs: string[];
  /** Snapshots with downloads of the study, the least recently used first. */
  held: Held[];
}

interface Held {
  files: string[];
  blobs: string[];
}

const FOLDER = String.raw`^(models|datasets)--[\w.-]+/`;
const paths = (rest: string) => ({ type: "array", items: { type: "string", pattern: `${FOLDER}${rest}$` } });
const filePaths = paths(String.raw`snapshots/[0-9a-f]{40}/(?!(.*/)?\.\.?(/|$))[^\\\u0000]+`);
const blobPaths = paths("blobs/([0-9a-f]{40}|[0-9a-f]{64})");
const isNotes = compileSchema<Notes>({
  type: "object",
  required: ["cache", "own_files", "own_blobs", "held"],
  properties: {
    cache: { type: "string" },
    own_files: filePaths,
    own_blobs: blobPaths,
    held: {
      type: "array",
      items: { type: "object", required: ["files", "blobs"], properties: { files: filePaths, blobs: blobPaths } },
    },
  },
});

/** Says where the notes are kept between runs. */
export interface NotesFile {
  readonly read: () => Promise<string | undefined>;
  readonly write: (text: string) => Promise<void>;
}

export class KeptDownloads {
  /** What is in use now is never given up. */
  private readonly used = new Set<Held>();
  /** The notes are changed by one call at a time. */
  private readonly alone = pLimit(1);

  private constructor(
    private readonly settings: HubSettings,
    readonly limit: number,
    private readonly file: NotesFile,
    private readonly notes: Notes,
  ) {}

  /** @param limit downloaded snapshots that may be on disk at a time; 0 keeps those in use and, at the end, none */
  static async open(settings: HubSettings, limit: number, file: NotesFile): Promise<KeptDownloads> {
    const fresh: Notes = { cache: settings.cacheDir, own_files: [], own_blobs: [], held: [] };
    const found = parsed(await file.read());
    // Notes about another cache say nothing about what was in this one before.
    return new KeptDownloads(settings, limit, file, found?.cache === settings.cacheDir ? found : fresh);
  }

  /**
   * Makes room for snapshots before they are downloaded or used, and keeps them meanwhile.
   * @param together what is used at the same time, e.g. a base and its adapters: counted as one
   * @returns what ends their use
   */
  hold(...together: Snapshot[]): Promise<() => void> {
    return this.alone(() => this.holdNow(together));
  }

  private async holdNow(together: readonly Snapshot[]): Promise<() => void> {
    const { notes } = this;
    const held: Held = { files: [], blobs: [] };
    let isNew = false;
    for (const { repo, commit, files } of together) {
      const cache = repoCache(this.settings, repo);
      const folder = repoFolderName(repo);
      for (const { path, blob, size } of files) {
        const [file, content] = [`${folder}/snapshots/${commit}/${path}`, `${folder}/blobs/${blob}`];
        held.files.push(file);
        held.blobs.push(content);
        if ((await sizeOf(cache.snapshot(commit, path))) === size) continue;
        isNew = true;
        addOnce(notes.own_files, file);
        if ((await sizeOf(cache.blob(blob))) === undefined) addOnce(notes.own_blobs, content);
      }
    }
    const before = notes.held.findIndex(({ files }) => files.join("\n") === held.files.join("\n"));
    if (before < 0 && !isNew) return () => undefined;
    if (before >= 0) notes.held.splice(before, 1);
    notes.held.push(held);
    this.used.add(held);
    await this.save();
    await this.shrinkTo(this.limit);
    return () => {
      this.used.delete(held);
    };
  }

  /** Ends the use of all snapshots; to be called when nothing is in use any more. */
  finish(): Promise<void> {
    this.used.clear();
    return this.alone(() => this.shrinkTo(this.limit));
  }

  private async shrinkTo(limit: number): Promise<void> {
    const { notes, used } = this;
    const old = notes.held.filter((held) => !used.has(held)).slice(0, Math.max(0, notes.held.length - limit));
    if (old.length === 0) return;
    await writingCache(this.settings, async () => {
      for (const one of old) {
        notes.held = notes.held.filter((held) => held !== one);
        await this.giveUp(one);
      }
    });
    await this.save();
  }

  private async giveUp(old: Held): Promise<void> {
    const { notes } = this;
    const stillUsed = new Set(notes.held.flatMap(({ files, blobs }) => [...files, ...blobs]));
    for (const path of old.files) {
      if (stillUsed.has(path) || !notes.own_files.includes(path)) continue;
      await rm(join(this.settings.cacheDir, path), { force: true });
      notes.own_files = notes.own_files.filter((other) => other !== path);
    }
    for (const path of old.blobs) {
      if (stillUsed.has(path) || !notes.own_blobs.includes(path)) continue;
      const blob = join(this.settings.cacheDir, path);
      if ((await shownBlobs(join(blob, "..", "..", "snapshots"))).has(basename(path))) continue;
      await rm(blob, { force: true });
      notes.own_blobs = notes.own_blobs.filter((other) => other !== path);
    }
  }

  private save(): Promise<void> {
    return this.file.write(JSON.stringify(this.notes, null, 2));
  }
}

function parsed(text: string | undefined): Notes | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return isNotes(value) ? value : undefined;
  } catch {
    return undefined; // none, or damaged: then nothing is known to be ours, and nothing is deleted
  }
}

function addOnce(list: string[], item: string): void {
  if (!list.includes(item)) list.push(item);
}

/** Names of the blobs that any snapshot of a repository links to. */
async function shownBlobs(snapshots: string): Promise<Set<string>> {
  const shown = new Set<string>();
  for (const entry of await readdir(snapshots, { recursive: true, withFileTypes: true }).catch(() => [])) {
    const path = join(entry.parentPath, entry.name);
    if ((await lstat(path)).isSymbolicLink()) shown.add(basename(await readlink(path)));
  }
  return shown;
}
