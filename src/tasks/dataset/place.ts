/** Finds the rows of a dataset that is named as a task: on the hub, in a file or in a folder. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { didYouMean, UsageError } from "../../base/errors.js";
import {
  ANY_COLUMNS,
  EXTENSIONS,
  folderParts,
  hubAbout,
  labelNamesIn,
  PACKED,
  shardsOf,
  type LabelNames,
  type LocalRows,
  type ResolvedDataset,
} from "../../datasets/index.js";
import { hubSettings } from "../../hub/index.js";

/** Holds a dataset that was found. */
export interface PlacedDataset {
  /** What messages call it. */
  readonly source: string;
  /** Name of the task, without its prefix. */
  readonly name: string;
  readonly dataset: ResolvedDataset;
  /** Names of its labels where it says them. */
  readonly labelNames: LabelNames;
  readonly notes: readonly string[];
}

/** Lists splits in the order in which one is evaluated: labels of test splits are often hidden. */
const EVALUATED = ["validation", "valid", "val", "dev", "test", "train"];
const TRAIN = ["train", "training"];

/**
 * Finds a dataset of the hub.
 * @param spec ORG/DATASET[:CONFIG][@REV][#SPLIT]
 */
export async function hubDataset(spec: string, offline: boolean): Promise<PlacedDataset> {
  const [, id = "", config, revision, split] =
    /^([\w.-]+(?:\/[\w.-]+)?)(?::([^@#]+))?(?:@([^#]+))?(?:#(.+))?$/.exec(spec) ?? [];
  if (id === "") throw new UsageError(`hub:${spec}: expected hub:ORG/DATASET[:CONFIG]@REV[#SPLIT]`);
  const hub = { id, revision: revision ?? "main", ...(config === undefined ? {} : { config }) };
  const about = await hubAbout(hubSettings(undefined, { offline }), hub);
  const source = `${id}@${hub.revision}`;
  const splits = chosenSplits(about.splits, split, source);
  return {
    source,
    name: [id.split("/").at(-1), config].filter((part) => part !== undefined && part !== "default").join("_"),
    dataset: { description: { columns: ANY_COLUMNS, hub, splits } },
    labelNames: await about.labelNames(splits.eval),
    notes: [
      splitNote(splits, about.splits),
      ...(revision === undefined ? ["no revision is given, so the branch main is read, which may change"] : []),
    ],
  };
}

/**
 * Finds a dataset on this machine.
 * @param spec a file, a folder of files named after splits, or a folder of Parquet or Arrow parts; #SPLIT names the
 *   evaluated one
 */
export async function fileDataset(spec: string): Promise<PlacedDataset> {
  const [, given = spec, split] = existsSync(spec) ? [] : (/^(.*?)(?:#([^#/\\]+))?$/s.exec(spec) ?? []);
  const path = resolve(given);
  if (!existsSync(path)) throw new UsageError(`file:${given}: no such file or folder`);
  const found = statSync(path).isDirectory() ? await inFolder(path, split) : besideIt(path, split);
  const { files, name, notes } = found;
  const [first = ""] = files.eval.paths;
  const [part = first] = statSync(first).isDirectory() ? await folderParts(first) : [];
  return {
    source: given,
    name,
    dataset: { description: { columns: ANY_COLUMNS }, files },
    labelNames: await labelNamesIn(part).catch(() => new Map()),
    notes,
  };
}

interface Found {
  readonly files: { readonly eval: LocalRows; readonly train?: LocalRows };
  readonly name: string;
  readonly notes: readonly string[];
}

/** Takes a file, with NAME.train.EXTENSION beside it for shots. */
function besideIt(path: string, split: string | undefined): Found {
  if (split !== undefined) throw new UsageError(`file:${path}#${split}: a file has no splits; leave out #${split}`);
  const extension = endingOf(path);
  const name = basename(path, extension);
  const train = join(dirname(path), `${name}.train${extension}`);
  return { files: { eval: at(path), ...(existsSync(train) ? { train: at(train) } : {}) }, name, notes: [] };
}

const at = (...paths: readonly string[]): LocalRows => ({ paths });

async function inFolder(path: string, split: string | undefined): Promise<Found> {
  const bySplit = new Map<string, LocalRows>();
  for (const [named, files] of await filesBySplit(path, split)) {
    const ordered = files.length === 1 ? files : shardsOf(files);
    if (ordered === undefined) {
      const wholes = "several files are rows of the split";
      throw new UsageError(`file:${path}: ${wholes} "${named}" (${files.slice(0, 4).join(", ")}); put them in a folder ${named}/ as Parquet, or name one file`); // prettier-ignore
    }
    bySplit.set(named, at(...ordered.map((file) => join(path, file))));
  }
  const name = basename(path);
  if (bySplit.size === 0 && split === undefined && (await folderParts(path)).length > 0)
    return { files: { eval: at(path) }, name, notes: [] };
  if (bySplit.size === 0)
    throw new UsageError(`file:${path}: no file is named after a split (train, validation, test); name a file, or rename it`); // prettier-ignore
  const splits = chosenSplits([...bySplit.keys()], split, path);
  const train = splits.train === undefined ? undefined : bySplit.get(splits.train);
  const files = { eval: bySplit.get(splits.eval) as LocalRows, ...(train === undefined ? {} : { train }) };
  return { files, name, notes: [splitNote(splits, [...bySplit.keys()])] };
}

/** Returns the files and folders of rows of a folder by the splits that they are named after. */
async function filesBySplit(path: string, split: string | undefined): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const file of readdirSync(path).sort()) {
    const words = basename(file, endingOf(file)).split(/[-_.]/);
    const isFolder = statSync(join(path, file)).isDirectory();
    if (isFolder ? (await folderParts(join(path, file))).length === 0 : !isRows(file)) continue;
    const named = [split ?? "", ...EVALUATED, ...TRAIN].find((one) => words.includes(one));
    if (named !== undefined) found.set(named, [...(found.get(named) ?? []), file]);
  }
  return found;
}

interface Splits {
  readonly eval: string;
  readonly train?: string;
}

/** @throws UsageError with the nearest split */
function chosenSplits(known: readonly string[], wanted: string | undefined, source: string): Splits {
  if (wanted !== undefined && !known.includes(wanted))
    throw new UsageError(`${source} has no split "${wanted}"${didYouMean(wanted, known)}`);
  const chosen = wanted ?? EVALUATED.find((name) => known.includes(name)) ?? known[0];
  if (chosen === undefined)
    throw new UsageError(`${source}: no files of rows are found; where a script makes them, use @refs/convert/parquet`);
  const train = TRAIN.find((name) => known.includes(name) && name !== chosen);
  return { eval: chosen, ...(train === undefined ? {} : { train }) };
}

function splitNote({ eval: chosen, train }: Splits, known: readonly string[]): string {
  const shots = train === undefined ? "shots are rows of it, too" : `shots are of "${train}"`;
  return `the split "${chosen}" is evaluated (of ${known.join(", ")}), ${shots}`;
}

function endingOf(file: string): string {
  const packed = file.toLowerCase().endsWith(PACKED) ? file.slice(-PACKED.length) : "";
  return extname(file.slice(0, file.length - packed.length)) + packed;
}

function isRows(file: string): boolean {
  return (EXTENSIONS as readonly string[]).includes(endingOf(file).slice(1).replace(PACKED, "").toLowerCase());
}
