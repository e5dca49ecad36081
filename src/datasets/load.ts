/** Loads all rows: from the bundled sample, the hub, a folder of files or a plugin's own files. */

import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import { BUILTIN_DATASETS, builtinRows } from "./builtin/rows.js";
import { UserError } from "../base/errors.js";
import { hubSettings } from "../hub/index.js";
import type { InlineDatasetDescription, LocalRows, ResolvedDataset } from "./description.js";
import { loadHubSplit } from "./hub-split.js";
import { folderParts } from "./folder.js";
import { readLocalRows, placeName } from "./local-rows.js";
import { EXTENSIONS, isBinary, PACKED } from "./read-file.js";
import type { Row } from "./description.js";
import { checkRows } from "./rows.js";

/** Says where the user wants rows to come from. */
export type DataSource =
  | { kind: "sample" }
  /** Rows about the world that the built-in checkpoints were trained on. */
  | { kind: "builtin" }
  | { kind: "hub"; offline: boolean }
  /** `columns`: column of a task -> what the files call it. */
  | { kind: "folder"; path: string; columns?: ReadonlyMap<string, string> };

export interface LoadedRows {
  evalRows: Row[];
  /** Undefined: shots must be drawn from the evaluation rows, which are then not evaluated. */
  trainRows: Row[] | undefined;
  origin: "sample" | "builtin" | "hub" | "folder" | "plugin";
  /** For messages: a path, or hub id, revision and files. */
  evalSource: string;
  trainSource: string | undefined;
  /** Commit on the hub. */
  revision: string | undefined;
  /** Licence of these rows; undefined for the user's own files. */
  licence: string | undefined;
}

/**
 * States the licence of the sample rows and the built-in ones, which were made for this package and share its licence.
 */
const OWN_LICENCE = "Apache-2.0";

/**
 * Loads the rows of a task's dataset.
 * @param taskName names the task's files in a folder: `TASK.jsonl` and `TASK.train.jsonl`, or .csv, .parquet
 * @param env for the hub's settings, see hubSettings
 * @returns the rows, or why this source has none for the task
 * @throws UserError when the source is there but broken: see readRowsFile and loadHubSplit
 */
export async function loadRows(
  taskName: string,
  dataset: ResolvedDataset,
  source: DataSource,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LoadedRows | { skipped: string }> {
  const found = await loadFrom(taskName, dataset, source, env);
  if ("skipped" in found) return found;
  const loaded = changed(found, dataset, taskName);
  const { shotRows } = dataset;
  if (shotRows === undefined) return loaded;
  return { ...loaded, trainRows: [...shotRows], trainSource: `the list of shots of ${taskName}` };
}

/** Returns rows as the dataset changes them. @throws UserError where it leaves out all that are evaluated */
function changed(loaded: LoadedRows, { change }: ResolvedDataset, taskName: string): LoadedRows {
  if (change === undefined) return loaded;
  const kept = (rows: readonly Row[]) => rows.map(change).filter((row): row is Row => row !== undefined);
  const evalRows = kept(loaded.evalRows);
  if (evalRows.length === 0)
    throw new UserError(`${loaded.evalSource}: ${taskName} takes none of the ${loaded.evalRows.length} rows`);
  return { ...loaded, evalRows, trainRows: loaded.trainRows && kept(loaded.trainRows) };
}

async function loadFrom(
  taskName: string,
  dataset: ResolvedDataset,
  source: DataSource,
  env: NodeJS.ProcessEnv,
): Promise<LoadedRows | { skipped: string }> {
  if (source.kind === "folder") {
    for (const name of [taskName, dataset.fileName ?? taskName]) {
      const path = await fileOfTask(source.path, name);
      if (path === undefined) continue;
      const train = await fileOfTask(source.path, `${name}.train`);
      const files = { eval: at(path), ...(train === undefined ? {} : { train: at(train) }) };
      return fromFiles(dataset.description, files, "folder", undefined, source.columns);
    }
  }
  if (dataset.files) {
    const { description, files } = dataset;
    return fromFiles(description, files, "plugin", description.licence);
  }
  switch (source.kind) {
    case "folder":
      return { skipped: `no ${[...new Set([taskName, dataset.fileName ?? taskName])].join(" or ")}.jsonl, .csv or .parquet in ${source.path}` }; // prettier-ignore
    case "sample":
      return fromSample(taskName, dataset);
    case "builtin":
      return fromBuiltin(taskName, dataset);
    case "hub":
      return fromHub(taskName, dataset.description, source.offline, env);
  }
}

async function fromSample(taskName: string, dataset: ResolvedDataset): Promise<LoadedRows | { skipped: string }> {
  const { description, folder } = dataset;
  const path = folder === undefined ? undefined : join(folder, "sample.jsonl");
  if (folder === undefined || path === undefined || !(await exists(path))) {
    return { skipped: `no bundled sample for ${taskName}` };
  }
  const train = join(folder, "sample.train.jsonl");
  const files = { eval: at(path), ...((await exists(train)) ? { train: at(train) } : {}) };
  return fromFiles(description, files, "sample", OWN_LICENCE);
}

function fromBuiltin(taskName: string, { description, folder }: ResolvedDataset): LoadedRows | { skipped: string } {
  const name = folder === undefined ? undefined : description.name;
  if (name === undefined || !BUILTIN_DATASETS.includes(name)) return { skipped: `no built-in rows for ${taskName}` };
  const rows = (part: "train" | "eval") => checkRows(description, builtinRows(name, part), `built-in rows of ${name}`);
  return {
    evalRows: rows("eval"),
    trainRows: rows("train"),
    origin: "builtin",
    evalSource: `built-in rows of ${name}`,
    trainSource: `built-in train rows of ${name}`,
    revision: undefined,
    licence: OWN_LICENCE,
  };
}

async function fromFiles(
  description: InlineDatasetDescription,
  { eval: evaluated, train }: NonNullable<ResolvedDataset["files"]>,
  origin: LoadedRows["origin"],
  licence: string | undefined,
  columns?: ReadonlyMap<string, string>,
): Promise<LoadedRows> {
  return {
    evalRows: await readLocalRows(evaluated, description, columns),
    trainRows: train === undefined ? undefined : await readLocalRows(train, description, columns),
    origin,
    evalSource: placeName(evaluated),
    trainSource: train && placeName(train),
    revision: undefined,
    licence,
  };
}

async function fromHub(
  taskName: string,
  description: InlineDatasetDescription,
  offline: boolean,
  env: NodeJS.ProcessEnv,
): Promise<LoadedRows | { skipped: string }> {
  const { hub, splits, licence } = description;
  if (!hub || !splits) return { skipped: `the dataset of ${taskName} is not on the hub` };
  const settings = hubSettings(env, { offline });
  const evaluated = await loadHubSplit(settings, hub, splits.eval, description);
  // A dataset with a single split has no rows to spare: shots then come from the evaluation rows.
  const trainSplit = splits.train === splits.eval ? undefined : splits.train;
  const train =
    trainSplit === undefined ? undefined : await loadHubSplit(settings, hub, trainSplit, description, "first-file");
  return {
    // Copies, as other tasks may hold the same split.
    evalRows: [...evaluated.rows],
    trainRows: train && [...train.rows],
    origin: "hub",
    evalSource: evaluated.source,
    trainSource: train?.source,
    revision: evaluated.commit,
    licence,
  };
}

/**
 * Finds the one file `NAME.EXTENSION` of a folder, or its folder `NAME` of Parquet or Arrow parts; undefined where
 * there is none.
 */
async function fileOfTask(folder: string, name: string): Promise<string | undefined> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new UserError(`${folder} is not a folder; --data takes sample, builtin, hub or a folder with files of rows`);
  const found: string[] = [];
  for (const extension of EXTENSIONS.flatMap((one) => (isBinary(one) ? [one] : [one, one + PACKED]))) {
    const path = join(folder, `${name}.${extension}`);
    if (await exists(path)) found.push(path);
  }
  if ((await folderParts(join(folder, name))).length > 0) found.push(join(folder, name));
  if (found.length > 1) throw new UserError(`${found.join(" and ")} are both rows of ${name}; keep one of them`);
  return found[0];
}

const at = (path: string): LocalRows => ({ paths: [path] });

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
