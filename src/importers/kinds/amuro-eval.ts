/**
 * Reads the tables that `amuro-eval results export` writes as CSV, Parquet or JSON lines, which DuckDB streams: scores,
 * rows, prompts, tasks and checkpoints.
 */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError, UserError } from "../../base/errors.js";
import { quoted, SCORE_COLUMNS } from "../../store/export-tables.js";
import type { Importer } from "../importer.js";
import { canBeObject, listAt, numberAt, objectAt, textAt, type Json } from "../json.js";
import type { AnsweredBy, Axes, TaskFacts } from "../rows.js";
import type { SourceFile } from "../source-file.js";
import type { Staging } from "../staging.js";
import { columnsOf, refuseTable, tableReader } from "../table-reader.js";

/** Lists the tables by their names, each with columns that tell it from others of the same name. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  scores: ["checkpoint", "prompt", "row_hash", "prompt_hash"],
  cells: ["file", "checkpoint", "prompt"],
  items: ["row_hash", "fields", "answers"],
  prompts: ["hash", "example"],
  tasks: ["task", "metric", "answer_kind"],
  checkpoints: ["checkpoint", "weights_sha256"],
};

/** Lists flags that say what these tables say themselves. */
const SAID = { checkpoint: "--checkpoint", task: "--task", prompt: "--prompt", promptFrom: "--prompt-from", axes: "--axes" } as const; // prettier-ignore

/** Names the columns that scores are gathered in, whatever the format. */
const SCORES = `checkpoint VARCHAR, task VARCHAR, prompt VARCHAR, "row" INTEGER, row_hash VARCHAR, prompt_hash VARCHAR,
  gold INTEGER, choice INTEGER, tied INTEGER, generated VARCHAR, logprobs DOUBLE[], label_mass DOUBLE, context_tokens INTEGER,
  new_tokens INTEGER, shots_dropped INTEGER, truncated BOOLEAN, merged BOOLEAN, samples VARCHAR, metrics MAP(VARCHAR, DOUBLE)`;

export const amuroEval: Importer = {
  kind: "amuro-eval",
  title: "exports of amuro-eval",
  expects: "the folder that results export --format csv, parquet or jsonl wrote",
  detect: async (file) => {
    const [, table = ""] = /^(\w+)\.(?:csv|parquet|jsonl)$/i.exec(file.name) ?? [];
    const wanted = TABLES[table] ?? (/\.jsonl$/i.test(file.name) ? ["row_hash", "prompt_hash", "metrics"] : undefined);
    if (wanted === undefined) return false;
    const columns = await file.columns();
    return wanted.every((column) => columns.includes(column));
  },
  read: async (files, options, staging) => {
    for (const [name, flag] of Object.entries(SAID)) {
      if (options[name as keyof typeof SAID] !== undefined) throw new UsageError(`${flag}: an export of amuro-eval says this itself; leave it out`); // prettier-ignore
    }
    const tables = files.filter(({ name }) => /^(scores\.(csv|parquet)|cells\.jsonl)$/i.test(name));
    const bare = files.find(({ root }) => !tables.some((table) => table.root === root));
    if (bare !== undefined)
      throw new UserError(`${bare.root}: has neither scores.csv, scores.parquet nor cells.jsonl; give the whole folder that results export wrote`); // prettier-ignore
    for (const table of tables) {
      const folder = dirname(table.path);
      const other = tables.find((one) => one !== table && dirname(one.path) === folder);
      if (other !== undefined) throw new UserError(`${folder}: holds two exports; give one of them, as ${table.path} or ${other.path}`); // prettier-ignore
      await readExport(table, staging);
    }
    staging.missing.add("metrics of all rows together");
  },
};

async function readExport(table: SourceFile, staging: Staging): Promise<void> {
  const { database } = staging;
  await database.run(`CREATE OR REPLACE TABLE staging.main.exported ("nth" BIGINT, ${SCORES})`);
  await (/\.jsonl$/i.test(table.name) ? gatherCells(table, staging) : gatherScores(table, staging));
  for (const name of ["items", "prompts", "tasks", "checkpoints"]) {
    const beside = besideOf(table, name);
    await database
      .run(`CREATE OR REPLACE TABLE staging.main.exported_${name} AS SELECT * FROM ${tableReader(beside)}`)
      .catch((error: unknown) => refuseTable(beside.path, error));
    const known = new Set(await columnsOf(database, beside));
    const lacking = TABLES[name]?.find((column) => !known.has(column));
    if (lacking !== undefined) throw new UserError(`${beside.path}: no column "${lacking}"; was it written by results export?`); // prettier-ignore
  }
  await describe(staging);
  await refuseUnknownRows(staging, table);
  await staging.select(
    ["nth", "checkpoint", "task", "prompt", "item", "row_hash", "prompt_hash", "fields", "answers", "gold", "texts", "choice", "tied", "generated", "logprobs", "label_mass", "context_tokens", "new_tokens", "shots_dropped", "truncated", "merged", "samples", "metrics"],
    `SELECT s.nth, s.checkpoint, s.task, s.prompt, CAST(s."row" AS VARCHAR) AS item, s.row_hash, s.prompt_hash, CAST(i.fields AS VARCHAR) AS fields,
       coalesce(CAST(p.asked AS VARCHAR), CAST(i.answers AS VARCHAR)) AS answers, s.gold, CAST(i.texts AS VARCHAR) AS texts, s.choice, s.tied,
       s.generated, s.logprobs, s.label_mass,
       s.context_tokens, s.new_tokens, s.shots_dropped, s.truncated, s.merged, s.samples, s.metrics
     FROM staging.main.exported s
       JOIN (SELECT task, CAST("row" AS INTEGER) AS "row", row_hash, any_value(fields) AS fields, any_value(answers) AS answers,
         any_value(texts) AS texts FROM staging.main.exported_items GROUP BY ALL) i
         ON i.task = s.task AND i."row" = s."row" AND i.row_hash = s.row_hash
       LEFT JOIN (SELECT task, prompt, any_value(asked) AS asked FROM staging.main.exported_prompts GROUP BY task, prompt) p
         ON p.task = s.task AND p.prompt = s.prompt`,
  ); // prettier-ignore
  for (const name of ["", "_items", "_prompts", "_tasks", "_checkpoints"]) await database.run(`DROP TABLE staging.main.exported${name}`); // prettier-ignore
}

/** Finds the table of that name beside another. @throws UserError where there is none */
function besideOf(table: SourceFile, name: string): { readonly path: string; readonly name: string } {
  const [, ending = ""] = /\.(\w+)$/.exec(table.name) ?? [];
  const file = `${name}.${ending}`;
  const path = join(dirname(table.path), file);
  if (!existsSync(path)) throw new UserError(`${table.path}: no ${file} beside it; give the whole folder that results export wrote`); // prettier-ignore
  return { path, name: file };
}

/** Gathers the scores of a table with a column for each metric. */
async function gatherScores(table: SourceFile, { database }: Staging): Promise<void> {
  const columns = await columnsOf(database, table);
  const metrics = columns.filter((name) => !SCORE_COLUMNS.includes(name));
  if (metrics.length === 0) throw new UserError(`${table.path}: no column of a metric`);
  const values = metrics.map((name) => `{'key': ${quoted(name, "'")}, 'value': CAST(${quoted(name, '"')} AS DOUBLE)}`);
  await database
    .run(
      `INSERT INTO staging.main.exported SELECT row_number() OVER (), checkpoint, task, prompt, "row", row_hash, prompt_hash, gold, choice, NULL,
         generated, CAST(logprobs AS DOUBLE[]), CAST(label_mass AS DOUBLE), context_tokens, new_tokens, shots_dropped, truncated,
         merged, samples, map_from_entries(list_filter([${values.join(", ")}], lambda x: x['value'] IS NOT NULL))
       FROM ${tableReader(table)}`,
    )
    .catch((error: unknown) => refuseTable(table.path, error));
}

/** Gathers the scores of the files that a table lists, one for each cell. */
async function gatherCells(table: SourceFile, { database }: Staging): Promise<void> {
  for await (const { value, where } of table.lines()) {
    const [file, checkpoint, task, prompt] = ["file", "checkpoint", "task", "prompt"].map((name) =>
      textAt(value, name),
    );
    if (file === undefined || checkpoint === undefined || task === undefined || prompt === undefined)
      throw new UserError(`${where}: expected file, checkpoint, task and prompt`);
    const path = join(dirname(table.path), file);
    if (!existsSync(path)) throw new UserError(`${where}: there is no ${path}; give the whole folder that results export wrote`); // prettier-ignore
    const read = `read_json(${quoted(path, "'")}, format = 'newline_delimited', maximum_object_size = 16777216, columns = {
      "row": 'INTEGER', row_hash: 'VARCHAR', prompt_hash: 'VARCHAR', gold: 'INTEGER', answer: 'JSON', tied: 'INTEGER', generated: 'VARCHAR',
      logprobs: 'DOUBLE[]', label_mass: 'DOUBLE', context_tokens: 'INTEGER', new_tokens: 'INTEGER', shots_dropped: 'INTEGER',
      truncated: 'BOOLEAN', merged: 'BOOLEAN', samples: 'JSON', metrics: 'MAP(VARCHAR, DOUBLE)'})`;
    const isText = "json_type(answer) = 'VARCHAR'";
    await database
      .run(
        `INSERT INTO staging.main.exported SELECT row_number() OVER () + (SELECT coalesce(max(nth), 0) FROM staging.main.exported),
           $checkpoint, $task, $prompt, "row", row_hash, prompt_hash, gold, CASE WHEN NOT ${isText} THEN CAST(answer AS INTEGER) END,
           tied, CASE WHEN ${isText} THEN answer->>'$' ELSE generated END, logprobs, label_mass, context_tokens,
           new_tokens, shots_dropped, truncated, merged, CAST(samples AS VARCHAR), metrics FROM ${read}`,
        { checkpoint, task, prompt },
      )
      .catch((error: unknown) => refuseTable(path, error));
  }
}

/** Says what the small tables say of checkpoints, tasks and prompts. */
async function describe(staging: Staging): Promise<void> {
  const { database } = staging;
  const read = (name: string) => database.all<Json>(`SELECT * FROM staging.main.exported_${name}`);
  for (const one of (await read("checkpoints")).map(plain)) {
    const stage = textAt(one, "stage");
    const { "amuro-eval": version } = objectAt(parsed(one["versions"]));
    if (typeof version === "string") staging.tools.set("amuro-eval", version);
    staging.checkpoint(textAt(one, "checkpoint") ?? "", {
      spec: textAt(one, "spec"),
      revision: textAt(one, "revision"),
      step: numberAt(one, "step"),
      tokens: numberAt(one, "tokens"),
      trainingStage: textAt(one, "training_stage"),
      seed: textAt(one, "training_seed"),
      stage: stage === "base" || stage === "sft" ? stage : undefined,
      sftTask: textAt(one, "sft_task"),
      base: textAt(one, "base"),
      sharedName: textAt(one, "shared_name"),
      run: textAt(one, "run"),
    });
  }
  for (const one of (await read("prompts")).map(plain)) {
    staging.prompt(textAt(one, "task") ?? "", textAt(one, "prompt") ?? "", {
      axes: objectAt(parsed(one["axes"])) as Axes,
      text: textAt(one, "example"),
      numbered: numberAt(one, "numbered") === 1 || textAt(one, "numbered") === "true",
      chatTemplate: textAt(one, "chat_template") ?? null,
    });
  }
  const metrics = await database.all<{ task: string; metric: string }>(
    "SELECT DISTINCT task, unnest(map_keys(metrics)) AS metric FROM staging.main.exported",
  );
  for (const one of (await read("tasks")).map(plain)) {
    const task = textAt(one, "task") ?? "";
    const metric = textAt(one, "metric");
    const own = metrics.some((found) => found.task === task && found.metric === metric);
    if (!own) staging.notes.add(`${task}: judged by another metric than ${metric ?? "its own"}, which is one of all rows together; results rescore --metric ${metric ?? "NAME"} makes it again`); // prettier-ignore
    const labels = listAt(parsed(one["labels"])).map(String);
    staging.task(task, {
      answeredBy: (textAt(one, "answer") ?? "scores") as AnsweredBy,
      kind: textAt(one, "answer_kind") as TaskFacts["kind"],
      ...(labels.length === 0 ? {} : { labels }),
      ...(own ? { metric } : {}),
      lowerIsBetter: listAt(parsed(one["lower_is_better"])).map(String),
      shots: numberAt(one, "shots"),
      chance: numberAt(one, "chance"),
      source: textAt(one, "source"),
    });
  }
}

/** Writes whole numbers of DuckDB, which are bigints, as numbers. */
function plain(record: Json): Json {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]),
  );
}

/** Parses a column that holds JSON; DuckDB has parsed those of JSON lines already. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const found: unknown = JSON.parse(value);
  return Array.isArray(found) || canBeObject(found) ? found : undefined;
}

/** Scores of rows that "items" does not list would be lost without a word. */
async function refuseUnknownRows({ database }: Staging, { path }: SourceFile): Promise<void> {
  const [lost] = await database.all<{ task: string; row: number }>(
    `SELECT task, "row" FROM staging.main.exported s WHERE NOT EXISTS (SELECT 1 FROM staging.main.exported_items i
       WHERE i.task = s.task AND CAST(i."row" AS INTEGER) = s."row" AND i.row_hash = s.row_hash) ORDER BY nth LIMIT 1`,
  );
  if (lost !== undefined) throw new UserError(`${path}: row ${lost.row} of ${lost.task} is not in items beside it; are they of two exports?`); // prettier-ignore
}
