/** Reads the rows of one split of a hub dataset. */

import picomatch from "picomatch";
import { didYouMean, UserError } from "../base/errors.js";
import { downloadFile, HubUnavailableError, listFiles, resolveRevision } from "../hub/index.js";
import type { HubSettings, Repo, RepoFile } from "../hub/index.js";
import type { HubSource, InlineDatasetDescription } from "./description.js";
import { cardLabelNames, labelNamesIn, type LabelNames } from "./features.js";
import { datasetCard, splitNames, splitPattern } from "./hub-layout.js";
import { readRowsFile } from "./read-file.js";
import { parsedSplit, sliced, sliceName } from "./slice.js";
import type { Row } from "./description.js";

export interface HubSplit {
  readonly rows: readonly Row[];
  /** `id@revision pattern`, for messages. */
  readonly source: string;
  /** The commit the rows are from. */
  readonly commit: string;
}

// Several tasks may be made from one dataset: its rows are read once in the life of the process.
const loaded = new Map<string, Promise<HubSplit>>();

/**
 * Downloads and reads the files of a split, or takes them from the cache.
 * @param split one of the dataset's, or a slice of one
 * @param part "first-file" reads only the first file of the split: enough to draw shots from, where a whole train split
 *   may be gigabytes
 * @throws UserError when the repository, the files or their rows are not as described; HubUnavailableError when the
 *   hub cannot be reached, naming the other sources of data
 */
export async function loadHubSplit(
  settings: HubSettings,
  hub: HubSource,
  split: string,
  description: Pick<InlineDatasetDescription, "columns" | "labels">,
  part: "all" | "first-file" = "all",
): Promise<HubSplit> {
  const { name, slice } = parsedSplit(split);
  if (slice === undefined) return loadWhole(settings, hub, name, description, part);
  // Rows are counted over the whole split.
  const whole = await loadWhole(settings, hub, name, description, "all");
  const rows = sliced(whole.rows, slice);
  const source = whole.source + sliceName(slice);
  if (rows.length === 0) throw new UserError(`${source}: none of the ${whole.rows.length} rows is in this part`);
  return { ...whole, rows, source };
}

function loadWhole(
  settings: HubSettings,
  hub: HubSource,
  split: string,
  description: Pick<InlineDatasetDescription, "columns" | "labels">,
  part: "all" | "first-file",
): Promise<HubSplit> {
  const files = hub.files?.[split] ?? [hub.config, split];
  const key = JSON.stringify([settings, hub.id, hub.revision, files, part, description.columns, description.labels]);
  let rows = loaded.get(key);
  if (!rows) {
    rows = readSplit(settings, hub, split, description, part);
    loaded.set(key, rows);
    rows.catch(() => loaded.delete(key));
  }
  return rows;
}

/** Holds what a dataset of the hub says of itself. */
export interface HubAbout {
  readonly splits: readonly string[];
  /** Reads the names of its labels: of the card, else of the first Parquet file of a split. */
  readonly labelNames: (split: string) => Promise<LabelNames>;
}

/** Reads which splits and labels a dataset of the hub has. @throws UserError as {@link loadHubSplit} */
export async function hubAbout(settings: HubSettings, hub: HubSource): Promise<HubAbout> {
  const repo: Repo = { type: "dataset", id: hub.id };
  const commit = await resolveRevision(settings, repo, hub.revision);
  const files = await listFiles(settings, repo, commit);
  const place = { repo, commit, name: `${hub.id}@${hub.revision}` };
  const card = await datasetCard(settings, place, files);
  return {
    splits: splitNames(card, files, place.name, hub.config),
    labelNames: async (split) => {
      const said = cardLabelNames(card, hub.config);
      if (said.size > 0) return said;
      const pattern = await splitPattern(settings, place, files, hub.config, split);
      const [first] = matching(files, pattern, place.name, "first-file");
      if (first === undefined || !/\.(?:parquet|arrow)$/.test(first.path)) return new Map();
      return labelNamesIn(await downloadFile(settings, repo, commit, first));
    },
  };
}

async function readSplit(
  settings: HubSettings,
  hub: HubSource,
  split: string,
  description: Pick<InlineDatasetDescription, "columns" | "labels">,
  part: "all" | "first-file",
): Promise<HubSplit> {
  try {
    const repo: Repo = { type: "dataset", id: hub.id };
    const commit = await resolveRevision(settings, repo, hub.revision);
    const name = `${hub.id}@${hub.revision}`;
    const listed = await listFiles(settings, repo, commit);
    const place = { repo, commit, name };
    const pattern = hub.files?.[split] ?? (await splitPattern(settings, place, listed, hub.config, split));
    const all = matching(listed, pattern, name, part);
    const files = part === "all" ? all : all.slice(0, 1);
    const rows: Row[] = [];
    for (const file of files) {
      const path = await downloadFile(settings, repo, commit, file);
      for (const row of await readRowsFile(path, description, `${name} ${file.path}`)) rows.push(row);
    }
    return { rows, source: `${name} ${part === "all" ? [pattern].flat().join(", ") : String(files[0]?.path)}`, commit };
  } catch (error) {
    if (!(error instanceof HubUnavailableError)) throw error;
    throw new HubUnavailableError(
      `${error.message}; without the hub, use --data sample (bundled rows) or --data DIR (files of your own)`,
    );
  }
}

function matching(
  files: readonly RepoFile[],
  patterns: string | readonly string[],
  name: string,
  part: "all" | "first-file",
): RepoFile[] {
  const pattern = [patterns].flat().join(", ");
  const isMatch = picomatch([patterns].flat());
  const found = files.filter(({ path }) => isMatch(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  if (found.length === 0) {
    const paths = files.map(({ path }) => path);
    throw new UserError(`${name} has no file that matches "${pattern}"${didYouMean(pattern, paths, 10)}`);
  }
  // A cache filled by another program may hold some shards only: part of a split must not pass for the whole.
  const shards = Number(/-of-(\d+)\.\w+$/.exec(found[0]?.path ?? "")?.[1] ?? found.length);
  if (part === "all" && found.length < shards) {
    throw new HubUnavailableError(
      `only ${found.length} of the ${shards} files "${pattern}" of ${name} are in the cache`,
    );
  }
  return found;
}
