/**
 * Reads a long table with a line for every row under every prompt, which DuckDB streams: millions of lines need no
 * memory.
 */

import { VARCHAR } from "@duckdb/node-api";
import { didYouMean, UserError } from "../../base/errors.js";
import { checkpointNames, type NamedCheckpoint } from "../checkpoint-names.js";
import { checkColumnNames, COLUMNS_HINT, ownColumn } from "../columns.js";
import { checkAxes, givenFor, readAxes } from "../given.js";
import type { Importer, ImportOptions } from "../importer.js";
import { ROW_OPTIONAL, ROW_REQUIRED } from "../row-table.js";
import { axesOfPrompt, promptName } from "../prompt-name.js";
import type { SourceFile } from "../source-file.js";
import type { Staging } from "../staging.js";
import { AXIS_PREFIX, numberOf, stageOf, wholeNumber } from "../table-records.js";
import { columnsOf, refuseTable, tableReader } from "../table-reader.js";
import { quoted } from "../../store/export-tables.js";
import { CLUSTER_FIELD } from "../../store/study-data.js";
import type { Statements } from "../../store/database.js";

const OPTIONAL = [...ROW_OPTIONAL, "answer"];
const GIVEN = ["checkpoint", "task", "prompt"] as const;

export const longTableRows: Importer = {
  kind: "long",
  title: "long tables of row scores",
  expects: `CSV, JSONL or Parquet files with the columns ${ROW_REQUIRED.join(", ")} and, where there are any, ${OPTIONAL.join(", ")}, ${AXIS_PREFIX}NAME`,
  detect: async (file) => {
    if (!/\.(csv|jsonl|parquet)$/i.test(file.name)) return false;
    const columns = await file.columns();
    return columns.includes("item") && columns.includes("value");
  },
  read: async (files, options, staging) => {
    for (const [i, file] of files.entries()) await readTable(file, i, files.length, options, staging);
    if (options.axes !== undefined) await addAxes(options.axes, staging);
    staging.missing.add("texts of rows and prompts");
  },
};

async function readTable(
  file: SourceFile,
  i: number,
  n: number,
  options: ImportOptions,
  staging: Staging,
): Promise<void> {
  const { database } = staging;
  const theirs = await columnsOf(database, file);
  const source = renamedReader(file, theirs);
  const columns = theirs.flatMap((name) => ownColumn(file.columnNames, name) ?? []);
  const constants = Object.fromEntries(GIVEN.map((name) => [name, givenFor(name, options[name], i, n)]));
  checkColumns(columns, constants, file.path);
  const literal = (value: string) => quoted(value, "'");
  const text = (name: string) =>
    columns.includes(name) ? `nullif(trim(CAST(${quoted(name, '"')} AS VARCHAR)), '')` : "NULL::VARCHAR";
  const of = (name: string) => (constants[name] === undefined ? text(name) : literal(constants[name]));
  const axes = columns.filter((name) => name.startsWith(AXIS_PREFIX));
  const metric = `coalesce(${text("metric")}, ${literal(options.metric ?? "score")})`;
  const selected = [
    "(row_number() OVER ())::BIGINT AS nth",
    ...[...GIVEN, "item", "answer", "shots", "cluster", "chance", "run", "step", "stage", "sft_task", "seed"].map((name) => `${of(name)} AS ${name}`),
    `${text("value")} AS given, TRY_CAST(${text("value")} AS DOUBLE) AS value, ${metric} AS metric`,
    ...axes.map((name) => `${text(name)} AS ${quoted(name, '"')}`),
    "NULL::VARCHAR AS name_seed",
  ]; // prettier-ignore
  await database
    .run(`CREATE OR REPLACE TABLE staging.main.long AS SELECT ${selected.join(", ")} FROM ${source}`)
    .catch((error: unknown) => refuseTable(file.path, error));
  await refuseBad(database, file);
  if (options.metric === undefined) await makeTasksOfMetrics(database);
  await takeSeedsFromNames(staging);
  await nameCheckpoints(staging);
  await describePrompts(staging, axes, file.path);
  await selectLines(staging, file.path);
  await database.run("DROP TABLE staging.main.long");
}

/** Several numbers of shots make several prompts. */
const PROMPT = "t.prompt || CASE WHEN t.shots IS NULL THEN '' ELSE '+shots=' || t.shots END";
const IDENTITY = ["checkpoint", "run", "step", "stage", "sft_task"] as const;
/** Seeds of fine-tuned checkpoints are checkpoints; those of others are replicates, which are averaged. */
const TUNING_SEED = "CASE WHEN t.stage = 'sft' OR t.sft_task IS NOT NULL THEN t.seed END";

/** Makes a task of each metric where a task has several: each has rows and a score of guessing of its own. */
async function makeTasksOfMetrics(database: Statements): Promise<void> {
  await database.run(
    `UPDATE staging.main.long SET task = task || ' (' || metric || ')' WHERE task IN
       (SELECT task FROM staging.main.long GROUP BY task HAVING count(DISTINCT metric) > 1)`,
  );
}

/** Makes replicates of one prompt of prompts whose names end in a seed. */
async function takeSeedsFromNames({ database, notes }: Staging): Promise<void> {
  const prompts = await database.all<{ prompt: string }>("SELECT DISTINCT prompt FROM staging.main.long");
  const seeded = prompts.flatMap(({ prompt }) => {
    const { id, seed } = promptName(prompt);
    return seed === null ? [] : [[prompt, id, seed]];
  });
  if (seeded.length === 0) return;
  await database.run("CREATE OR REPLACE TABLE staging.main.seeded (name VARCHAR, id VARCHAR, seed VARCHAR)");
  await database.append("staging.main.seeded", [VARCHAR, VARCHAR, VARCHAR], seeded);
  await database.run("UPDATE staging.main.long SET prompt = s.id, name_seed = s.seed FROM staging.main.seeded s WHERE prompt = s.name"); // prettier-ignore
  notes.add("names of prompts that end in a seed are replicates of one prompt, and averaged");
}

async function nameCheckpoints({ database, checkpoints }: Staging): Promise<void> {
  const found = await database.all<Record<"checkpoint", string> & Record<(typeof IDENTITY)[number] | "seed", string | null>>(
    `SELECT ${IDENTITY.map((name) => `t.${name}`).join(", ")}, ${TUNING_SEED} AS seed FROM staging.main.long t GROUP BY ALL ORDER BY min(nth)`,
  ); // prettier-ignore
  const cells = found.map((one) => ({
    ...one,
    step: one.step === null ? null : Number(one.step),
    stage: stageOf(one.stage, one.sft_task, one.checkpoint),
  }));
  const nameOf = checkpointNames(cells);
  await database.run(`CREATE OR REPLACE TABLE staging.main.named (name VARCHAR, ${[...IDENTITY, "seed"].map((name) => `${name} VARCHAR`).join(", ")})`); // prettier-ignore
  await database.append("staging.main.named", Array.from({ length: 7 }, () => VARCHAR), found.map((one, i) => [nameOf(cells[i] as NamedCheckpoint), ...IDENTITY.map((name) => one[name]), one.seed])); // prettier-ignore
  for (const cell of cells) {
    const { checkpoint: sharedName, step, stage, sft_task: sftTask, run, seed } = cell;
    checkpoints.set(nameOf(cell), { sharedName, step, stage, sftTask, run, seed });
  }
}

async function describePrompts(staging: Staging, axes: readonly string[], path: string): Promise<void> {
  const { database } = staging;
  const levels = axes.map((name) => `min(${quoted(name, '"')}) AS ${quoted(name, '"')}, count(DISTINCT ${quoted(name, '"')}) AS ${quoted(`n ${name}`, '"')}`); // prettier-ignore
  const prompts = await database.all<Record<string, string | bigint | null>>(
    `SELECT t.task, ${PROMPT} AS prompt, min(t.shots) AS shots, count(seed) + count(name_seed) AS replicates${levels.map((one) => `, ${one}`).join("")}
     FROM staging.main.long t GROUP BY t.task, ${PROMPT}`,
  );
  for (const { task, prompt, shots, replicates, ...own } of prompts) {
    const several = axes.filter((name) => (own[`n ${name}`] as bigint) > 1n);
    if (several.length > 0 && replicates === 0n)
      throw new UserError(`${path}: prompt ${String(prompt)} of ${String(task)} has several levels in ${several[0]}; a prompt has one level on each axis`); // prettier-ignore
    // An axis that differs between replicates is none of the prompt.
    const levelOf = (name: string) => (several.includes(name) ? null : (own[name] as string | null));
    const given = Object.fromEntries(axes.map((name) => [name.slice(AXIS_PREFIX.length), levelOf(name)]));
    const counted = typeof shots === "string" ? { shots: Number(shots) } : {};
    const worded = axesOfPrompt(promptName(String(prompt)).axes, Object.entries(given));
    staging.prompt(String(task), String(prompt), { axes: { ...worded, ...counted } });
  }
  const tasks = await database.all<{ task: string; chance: string | null; n: bigint }>(
    "SELECT task, min(chance) AS chance, count(DISTINCT chance) AS n FROM staging.main.long GROUP BY task ORDER BY min(nth)",
  );
  for (const { task, chance, n } of tasks) {
    if (n > 1n) throw new UserError(`${path}: task ${task} has ${n} values in column chance; a task has one`);
    const guessing = chance === null ? {} : { chance: numberOf(chance, "chance", path) };
    staging.task(task, { answeredBy: "scores", source: path, ...guessing });
  }
}

async function selectLines(staging: Staging, path: string): Promise<void> {
  const { database } = staging;
  const [about] = await database.all<{ metrics: bigint; seeds: bigint }>(
    "SELECT count(DISTINCT metric) AS metrics, count(seed) + count(name_seed) AS seeds FROM staging.main.long",
  );
  const plain = about?.metrics === 1n && about.seeds === 0n;
  const same = [...IDENTITY.map((name) => [`t.${name}`, name]), [TUNING_SEED, "seed"]];
  const from = `staging.main.long t JOIN staging.main.named c ON ${same.map(([own, name]) => `${own} IS NOT DISTINCT FROM c.${name}`).join(" AND ")}`;
  const names = ["nth", "checkpoint", "task", "prompt", "item", "fields", "generated", "metrics"];
  const cluster = (value: string) =>
    `CASE WHEN ${value} IS NULL THEN NULL ELSE json_object(${quoted(CLUSTER_FIELD, "'")}, ${value}) END`;
  if (plain) {
    await staging.select(
      names,
      `SELECT nth, c.name AS checkpoint, t.task, ${PROMPT} AS prompt, t.item, ${cluster("t.cluster")} AS fields,
         t.answer AS generated, MAP([t.metric], [t.value]) AS metrics FROM ${from}`,
    );
    return;
  }
  const grouped = `SELECT min(nth) AS nth, c.name AS checkpoint, t.task, ${PROMPT} AS prompt, t.item, t.metric, avg(t.value) AS value,
      min(t.cluster) AS cluster, min(t.answer) AS answer, count(*) > count(DISTINCT coalesce(t.seed, t.name_seed, '')) AS twice
    FROM ${from} GROUP BY c.name, t.task, ${PROMPT}, t.item, t.metric`;
  await database.run(`CREATE OR REPLACE TABLE staging.main.grouped AS ${grouped}`);
  const [twice] = await database.all<{ item: string; prompt: string; checkpoint: string }>(
    "SELECT item, prompt, checkpoint FROM staging.main.grouped WHERE twice ORDER BY nth LIMIT 1",
  );
  if (twice !== undefined)
    throw new UserError(`${path}: item ${twice.item} under prompt ${twice.prompt} of ${twice.checkpoint} a second time; keep one of them, or tell them apart by a column seed`); // prettier-ignore
  await staging.select(
    names,
    `SELECT min(nth) AS nth, checkpoint, task, prompt, item, ${cluster("min(cluster)")} AS fields, min(answer) AS generated,
       map_from_entries(list((metric, value) ORDER BY nth)) AS metrics FROM staging.main.grouped GROUP BY checkpoint, task, prompt, item`,
  );
  await database.run("DROP TABLE staging.main.grouped");
}

/** Reads a file with the names of its columns that they have here. */
function renamedReader(file: SourceFile, theirs: readonly string[]): string {
  const { path, columnNames } = file;
  checkColumnNames(columnNames, theirs, path);
  const named = theirs.flatMap((name) => {
    const own = ownColumn(columnNames, name);
    return own === undefined ? [] : [own === name ? quoted(name, '"') : `${quoted(name, '"')} AS ${quoted(own, '"')}`];
  });
  return `(SELECT ${named.join(", ")} FROM ${tableReader(file)})`;
}

function checkColumns(
  columns: readonly string[],
  given: Readonly<Record<string, string | undefined>>,
  path: string,
): void {
  const known = [...ROW_REQUIRED, ...OPTIONAL];
  const missing = ROW_REQUIRED.find((name) => !columns.includes(name) && given[name] === undefined);
  const unknown = columns.find((name) => !known.includes(name) && !name.startsWith(AXIS_PREFIX));
  if (missing !== undefined) {
    const flag = (GIVEN as readonly string[]).includes(missing) ? `; say it by --${missing} NAME` : "";
    throw new UserError(`${path}: no column "${missing}"${flag}; columns are ${known.join(", ")}, ${AXIS_PREFIX}NAME${COLUMNS_HINT}`); // prettier-ignore
  }
  if (unknown !== undefined) throw new UserError(`${path}: unknown column "${unknown}"${didYouMean(unknown, known)}; leave it out by --columns =${unknown}`); // prettier-ignore
}

/** Names the first line with something that cannot be. */
async function refuseBad(database: Statements, { path, name }: SourceFile): Promise<void> {
  const unit = /\.parquet$/i.test(path) ? "row" : "line";
  const more = /\.csv$/i.test(name) ? 1 : 0;
  const first = async (condition: string) =>
    (await database.all<Record<string, string | null> & { line: number }>(
      `SELECT (nth + ${more})::INTEGER AS line, * EXCLUDE (nth, value) FROM staging.main.long WHERE ${condition} ORDER BY nth LIMIT 1`,
    ))[0]; // prettier-ignore
  const bad = await first("checkpoint IS NULL OR task IS NULL OR prompt IS NULL OR item IS NULL OR given IS NULL OR value IS NULL OR NOT isfinite(value)"); // prettier-ignore
  if (bad !== undefined) {
    const empty = ["checkpoint", "task", "prompt", "item", "given"].find((name) => bad[name] === null);
    const where = `${path}, ${unit} ${bad.line}`;
    if (empty === undefined) numberOf(bad["given"] ?? "", "value", where);
    throw new UserError(`${where}: no ${empty === "given" ? "value" : empty}`);
  }
  const [torn] = await database.all<{ item: string; task: string; one: string; other: string }>(
    `SELECT task, item, min(cluster) AS one, max(cluster) AS other FROM staging.main.long
     GROUP BY task, item HAVING count(DISTINCT cluster) > 1 ORDER BY min(nth) LIMIT 1`,
  );
  if (torn !== undefined)
    throw new UserError(`${path}: item ${torn.item} of ${torn.task} is of cluster ${torn.one} and of ${torn.other}; a row belongs to one`); // prettier-ignore
  const found = await database.all<Record<string, string | null>>(
    "SELECT DISTINCT step, stage, sft_task, shots, chance FROM staging.main.long LIMIT 100000",
  );
  for (const { step = null, stage = null, sft_task: tuned = null, shots = null } of found) {
    wholeNumber(step, "step", path, 0);
    wholeNumber(shots, "shots", path, 0);
    stageOf(stage, tuned, path);
  }
}

async function addAxes(path: string, staging: Staging): Promise<void> {
  const axes = await readAxes(path);
  const prompts = [...staging.prompts.keys()].map((key) => JSON.parse(key) as [string, string]);
  checkAxes(axes, prompts.map(([, prompt]) => prompt), path); // prettier-ignore
  for (const [task, prompt] of prompts) staging.prompt(task, prompt, { axes: axes.get(prompt) ?? {} });
}
