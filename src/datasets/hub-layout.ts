/** Finds which files of a hub dataset are those of a split: as its card says, else by their names. */

import { readFile } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import { parse as parseYaml } from "yaml";
import { didYouMean, messageOf, UserError } from "../base/errors.js";
import { downloadFile, type HubSettings, type Repo, type RepoFile } from "../hub/index.js";
import { EXTENSIONS } from "./read-file.js";

/** Holds a dataset at a commit, and what messages call it. */
export interface PlacedRepo {
  readonly repo: Repo;
  readonly commit: string;
  readonly name: string;
}

/** Holds what the card of a dataset says of one of its configurations. */
interface CardConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** Split -> globs of its files. */
  readonly splits: ReadonlyMap<string, readonly string[]>;
}

/**
 * Returns the globs of the files of a split.
 * @param config name of the configuration; undefined for the default one
 * @throws UserError that lists the configurations or splits there are
 */
export async function splitPattern(
  settings: HubSettings,
  place: PlacedRepo,
  files: readonly RepoFile[],
  config: string | undefined,
  split: string,
): Promise<readonly string[]> {
  const card = await datasetCard(settings, place, files);
  const paths = files.map(({ path }) => path);
  return patternIn(configsOf(card), paths, { name: place.name, config, split });
}

/** Names what files of splits are called where a card does not list them. */
const SPLIT_NAMES = ["train", "training", "validation", "valid", "val", "dev", "test"];

/**
 * Lists the splits of a configuration, as the card says or files are named.
 * @throws UserError where the card has several configurations and none of this name
 */
export function splitNames(
  card: Readonly<Record<string, unknown>>,
  files: readonly RepoFile[],
  name: string,
  config: string | undefined,
): readonly string[] {
  const chosen = chosenConfig(configsOf(card), name, config);
  if (chosen !== undefined) return [...chosen.splits.keys()];
  const paths = files.map(({ path }) => path);
  return SPLIT_NAMES.filter((split) => byName(paths, config, split).length > 0);
}

/** Reads the metadata of a dataset's card, README.md; nothing where there is none. @throws UserError for broken YAML */
export async function datasetCard(
  settings: HubSettings,
  { repo, commit, name }: PlacedRepo,
  files: readonly RepoFile[],
): Promise<Readonly<Record<string, unknown>>> {
  const readme = files.find(({ path }) => path === "README.md");
  if (readme === undefined) return {};
  const text = await readFile(await downloadFile(settings, repo, commit, readme), "utf8");
  const [, front = ""] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text) ?? [];
  try {
    const card: unknown = parseYaml(front);
    return isRecord(card) ? card : {};
  } catch (error) {
    throw new UserError(`${name} README.md: the metadata is not YAML (${messageOf(error)})`);
  }
}

function configsOf(card: Readonly<Record<string, unknown>>): CardConfig[] {
  return listOf(card["configs"]).flatMap((one) => {
    if (!isRecord(one) || one["data_files"] === undefined) return [];
    const name = typeof one["config_name"] === "string" ? one["config_name"] : "default";
    const folder = typeof one["data_dir"] === "string" ? `${one["data_dir"]}/` : "";
    return [
      { name, isDefault: one["default"] === true || name === "default", splits: splitsOf(one["data_files"], folder) },
    ];
  });
}

/** Reads `data_files`: a path or several of the train split, or entries with a split and its path. */
function splitsOf(given: unknown, folder: string): Map<string, readonly string[]> {
  const globs = (paths: unknown) => listOf(paths).map((path) => folder + String(path));
  const entries = listOf(given).filter(isRecord);
  if (entries.length === 0) return new Map([["train", globs(given)]]);
  return new Map(
    entries.flatMap((entry): [string, readonly string[]][] =>
      "path" in entry
        ? [[typeof entry["split"] === "string" ? entry["split"] : "train", globs(entry["path"])]]
        : Object.entries(entry).map(([split, paths]) => [split, globs(paths)]),
    ),
  );
}

interface Wanted {
  readonly name: string;
  readonly config: string | undefined;
  readonly split: string;
}

/** Returns a configuration of the card; undefined where it lists none. @throws UserError that lists those there are */
function chosenConfig(
  configs: readonly CardConfig[],
  name: string,
  config: string | undefined,
): CardConfig | undefined {
  const only = configs.length === 1 ? configs[0] : configs.find(({ isDefault }) => isDefault);
  const chosen = configs.find((one) => one.name === config) ?? (config === undefined ? only : undefined);
  if (chosen !== undefined || configs.length === 0) return chosen;
  const names = configs.map((one) => one.name);
  if (config === undefined) throw new UserError(`${name} has several configurations; name one of ${names.join(", ")}`);
  throw new UserError(`${name} has no configuration "${config}"${didYouMean(config, names)}`);
}

function patternIn(configs: readonly CardConfig[], paths: readonly string[], wanted: Wanted): readonly string[] {
  const { name, config, split } = wanted;
  const chosen = chosenConfig(configs, name, config);
  if (chosen !== undefined) {
    const found = chosen.splits.get(split);
    if (found !== undefined) return found;
    const known = [...chosen.splits.keys()];
    throw new UserError(`${name} has no split "${split}" in "${chosen.name}"${didYouMean(split, known)}`);
  }
  const found = byName(paths, config, split);
  if (found.length > 0) return found;
  const where = config === undefined ? "" : ` of "${config}"`;
  throw new UserError(
    `${name} has no file that is named after the split "${split}"${where}${didYouMean(split, paths.filter(isRows), 10)}; ` +
      `where its rows are made by a script, use the revision refs/convert/parquet`,
  );
}

/** Returns the files whose names or folders say the split, as CONFIG/SPLIT-00000-of-00001.parquet or data/SPLIT.csv. */
function byName(paths: readonly string[], config: string | undefined, split: string): string[] {
  const foldersOf = (path: string) => dirname(path).split("/");
  const found = paths.filter(
    (path) => isRows(path) && [...foldersOf(path), ...basename(path).split(/[-_.]/)].includes(split),
  );
  if (config === undefined) return found;
  const own = found.filter((path) => foldersOf(path).includes(config) || basename(path).startsWith(config));
  // A dataset of one configuration need not name it.
  const isOnly = found.every((path) => dirname(path) === dirname(found[0] ?? ""));
  return own.length > 0 || !isOnly ? own : found;
}

function isRows(path: string): boolean {
  return (EXTENSIONS as readonly string[]).includes(extname(path.replace(/\.gz$/, "")).slice(1));
}

function listOf(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : [value].flat();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
