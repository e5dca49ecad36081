/** Finds where the rows of a task of lm-evaluation-harness are. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import picomatch from "picomatch";
import { messageOf } from "../../base/errors.js";
import {
  ANY_COLUMNS,
  parsedSplit,
  shardsOf,
  type InlineDatasetDescription,
  type LocalRows,
  type ResolvedDataset,
  type Row,
} from "../../datasets/index.js";
import type { TaskConfig } from "./config.js";
import { refuseFunction, Refusal } from "./refusal.js";
import { PythonFunction } from "./yaml.js";

/** Names formats that `datasets` reads, which are no datasets of the hub. */
const FORMATS = ["json", "csv", "parquet", "text", "arrow"];

/** Holds the splits that a task uses. */
interface Splits {
  readonly eval: string;
  /** Undefined where shots come from the evaluated rows. */
  readonly train: string | undefined;
}

/**
 * Finds a task's rows: files on this machine, or a dataset of the hub.
 * @param folder of the task's file, in which its paths are looked for after the working folder
 * @throws Refusal where they are made by a program or lie elsewhere
 */
export function datasetOf(config: TaskConfig, folder: string): ResolvedDataset {
  const { dataset_path: path, dataset_name: name, dataset_kwargs: kwargs } = config;
  if (config["custom_dataset"] instanceof PythonFunction)
    throw refuseFunction("custom_dataset", config["custom_dataset"]);
  const splits = splitsOf(config);
  const about = { columns: ANY_COLUMNS, name: undefined, fileName: config.task };
  const shots = shotRowsOf(config);
  const more = { fileName: about.fileName, ...(shots === undefined ? {} : { shotRows: shots }) };
  const files = kwargs?.["data_files"];
  const data = kwargs?.["data_dir"];
  const place = typeof data === "string" && typeof path === "string" && FORMATS.includes(path) ? `./${data}` : path;
  const local = typeof place === "string" ? localFolder(place, folder) : undefined;
  if (place !== path && local === undefined)
    throw new Refusal("local rows that are not there", `dataset_kwargs.data_dir: no folder ${String(data)} (looked for in the working folder and in ${folder})`); // prettier-ignore
  const isHub = typeof place === "string" && local === undefined && !FORMATS.includes(place);
  if ((files !== undefined && !isHub) || (local !== undefined && statSync(local).isFile())) {
    const field = kwargs?.["field"];
    return { description: { columns: ANY_COLUMNS }, files: filesOf(files ?? local, splits, local ?? folder, field), ...more }; // prettier-ignore
  }
  if (local !== undefined) return { description: { columns: ANY_COLUMNS }, files: filesIn(local, splits), ...more };
  if (typeof path !== "string" || FORMATS.includes(path)) {
    // Rows may still come from a folder of the user.
    return { description: { columns: ANY_COLUMNS }, ...more };
  }
  const revision = kwargs?.["revision"];
  const hub = {
    id: path,
    revision: typeof revision === "string" ? revision : "main",
    ...(name == null ? {} : { config: name }),
    ...(files === undefined ? {} : { files: patternsOf(files, splits) }),
  };
  const description: InlineDatasetDescription = {
    columns: ANY_COLUMNS,
    hub,
    splits: { eval: splits.eval, ...(splits.train === undefined ? {} : { train: splits.train }) },
  };
  return { description, ...more };
}

function splitsOf(config: TaskConfig): Splits {
  const { training_split: train, validation_split: validation, test_split: test, fewshot_split: fewshot } = config;
  const evaluated = test ?? validation;
  if (typeof evaluated !== "string") {
    throw new Refusal(
      "no test or validation split",
      "neither test_split nor validation_split is given, so there are no rows to evaluate",
    );
  }
  const shots = config.fewshot_config?.split ?? fewshot ?? train ?? validation ?? undefined;
  for (const split of [evaluated, ...(shots === undefined ? [] : [shots])]) checkSplit(split);
  return { eval: evaluated, train: shots === evaluated ? undefined : shots };
}

function checkSplit(split: string): void {
  try {
    parsedSplit(split);
  } catch (error) {
    throw new Refusal("a split that is no name and no slice", messageOf(error));
  }
}

/** Returns the patterns of a hub dataset's files that `data_files` names. */
function patternsOf(given: unknown, splits: Splits): Readonly<Record<string, string>> {
  const bySplit = filesBySplit(given);
  const names = [splits.eval, ...(splits.train === undefined ? [] : [splits.train])].map(
    (one) => parsedSplit(one).name,
  );
  return Object.fromEntries(
    names.map((name) => {
      const patterns = [bySplit[name] ?? []].flat().map(String);
      if (patterns.length === 0)
        throw new Refusal("data_files without the split", `dataset_kwargs.data_files has no file of the split "${name}" (there are ${Object.keys(bySplit).join(", ")})`); // prettier-ignore
      return [name, patterns.length === 1 ? (patterns[0] as string) : `{${patterns.join(",")}}`];
    }),
  );
}

/** Returns the rows that a file lists as its shots. */
function shotRowsOf({ fewshot_config: config, fewshot_split: split }: TaskConfig): readonly Row[] | undefined {
  if (config?.samples === undefined || config.split != null || split != null) return undefined;
  if (config.samples instanceof PythonFunction) throw refuseFunction("fewshot_config.samples", config.samples);
  return config.samples;
}

/** Returns a path of this machine; undefined for a name of the hub. */
function localFolder(path: string, folder: string): string | undefined {
  if (isAbsolute(path)) {
    if (existsSync(path)) return path;
    throw new Refusal("local rows that are not there", `dataset_path ${path}: no such file or folder`);
  }
  const found = [resolve(path), join(folder, path)].filter((one) => existsSync(one));
  // A name such as "openai/gsm8k" is that of a dataset, unless it is written as a path.
  return path.startsWith(".") || path.includes("\\") || /\.\w+$/.test(path)
    ? found[0]
    : found.find((one) => hasRows(one));
}

const ROWS = /\.(?:jsonl|json|csv|tsv|parquet|arrow)(?:\.gz)?$/;

function hasRows(path: string): boolean {
  return (
    statSync(path).isDirectory() && readdirSync(path).some((name) => ROWS.test(name) || name === "dataset_dict.json")
  );
}

type SplitFiles = NonNullable<ResolvedDataset["files"]>;

/** Returns the files that `data_files` names: those of all rows, or those of each split. */
function filesOf(given: unknown, splits: Splits, folder: string, field: unknown): SplitFiles {
  const bySplit = filesBySplit(given);
  const rowsOf = (split: string): LocalRows => {
    const { name, slice } = parsedSplit(split);
    const files = [bySplit[name] ?? []].flat().flatMap((one) => matching(one, folder));
    if (files.length === 0) {
      const names = Object.keys(bySplit).join(", ");
      throw new Refusal(
        "data_files without the split",
        `dataset_kwargs.data_files has no file of the split "${name}" (there are ${names})`,
      );
    }
    const paths = files.map((file) => pathOf(String(file), folder));
    return { paths, ...(typeof field === "string" ? { field } : {}), ...(slice === undefined ? {} : { slice }) };
  };
  return { eval: rowsOf(splits.eval), ...(splits.train === undefined ? {} : { train: rowsOf(splits.train) }) };
}

/** Returns what `data_files` names by splits; files of no split are those of "train". */
function filesBySplit(given: unknown): Readonly<Record<string, unknown>> {
  const isBySplit = typeof given === "object" && given !== null && !Array.isArray(given);
  return isBySplit ? (given as Record<string, unknown>) : { train: given };
}

function pathOf(file: string, folder: string): string {
  if (/^\w+:\/\//.test(file)) {
    throw new Refusal(
      "data_files on a server",
      `dataset_kwargs.data_files: ${file} is not on this machine; get the file and name its path`,
    );
  }
  const found = [resolve(file), join(folder, file)].find((one) => existsSync(one));
  if (found !== undefined) return found;
  throw new Refusal(
    "local rows that are not there",
    `dataset_kwargs.data_files: no file ${file} (looked for in the working folder and in ${folder})`,
  );
}

/** Returns the files that a pattern such as `data/*.jsonl` matches; what is no pattern as it is. */
function matching(file: unknown, folder: string): unknown[] {
  if (typeof file !== "string" || !/[*?[]/.test(file) || /^\w+:\/\//.test(file)) return [file];
  for (const place of [resolve(dirname(file)), join(folder, dirname(file))]) {
    if (!existsSync(place)) continue;
    const found = readdirSync(place).filter((name) => picomatch.isMatch(name, basename(file)));
    if (found.length > 0) return found.sort().map((name) => join(place, name));
  }
  return [file];
}

/** Returns the files of a folder that are named after the splits: one of each, or all its parts. */
function filesIn(folder: string, splits: Splits): SplitFiles {
  const names = readdirSync(folder).sort();
  const rowsOf = (split: string): LocalRows | undefined => {
    const { name: wanted, slice } = parsedSplit(split);
    const found = names.filter((name) => name === wanted || (ROWS.test(name) && name.split(/[-_.]/).includes(wanted)));
    const parts = shardsOf(found) ?? found.slice(0, 1);
    if (parts.length === 0) return undefined;
    return { paths: parts.map((name) => join(folder, name)), ...(slice === undefined ? {} : { slice }) };
  };
  const evaluated = rowsOf(splits.eval);
  if (evaluated === undefined) {
    throw new Refusal(
      "local rows that are not there",
      `dataset_path ${folder}: no file is named after the split "${splits.eval}" (there are ${names.slice(0, 8).join(", ")})`,
    );
  }
  const train = splits.train === undefined ? undefined : rowsOf(splits.train);
  return { eval: evaluated, ...(train === undefined ? {} : { train }) };
}
