/** Judges stored answers by another metric, without the model. */

import { DOUBLE, INTEGER, VARCHAR } from "@duckdb/node-api";
import { readAnswer, type Extraction } from "../metrics/extract.js";
import { meanMetrics, type RowSample } from "../metrics/row-score.js";
import { metricRecord, type Metric, type RowAnswer, type RowMetric, type SetMetric } from "../metrics/metric.js";
import { sha256 } from "../base/hash.js";
import type { Database, Statements } from "./database.js";
import { metricValues } from "./metric-values.js";
import type { Results, ResultsHeader, TaskRecord } from "./results.js";
import { rowLines } from "./row-lines.js";
import { rowScoreOf, SELECT_ANSWERS, SELECT_ROWS, type StoredAnswer, type StoredRow } from "./row-columns.js";
import { assembleResults, runHeader, runResults, type StoredRun } from "./runs.js";

/** Says how many row scores a metric was computed for, and how many lack what it is made of. */
export interface Rescored {
  readonly scored: number;
  readonly without: number;
}

/** Identifies a finished cell. */
interface CellIds {
  readonly task: string;
  readonly checkpoint: number;
  readonly variant: number;
}

/**
 * Adds a metric to the results of a run: one of rows to every row that has what it needs, also in the results of other
 * runs with these rows; one of all rows together to the cells of the tasks that it fits. Nothing is changed where it
 * can be computed for none.
 */
export async function rescore(database: Database, run: StoredRun, metric: Metric): Promise<Rescored> {
  const header = await runHeader(database, run);
  const cells = await database.all<CellIds>(
    `SELECT DISTINCT task, checkpoint, variant FROM run_cells WHERE run = $id AND current AND status = 'finished'`,
    { id: run.id },
  );
  const counts =
    metric.of === "row"
      ? await rescoreRows(database, cells, metric)
      : await countDefined(database, cells, header, metric);
  if (counts.scored === 0) return counts;
  const runs =
    metric.of === "set" ? [{ id: run.id }] : await database.all<{ id: number }>("SELECT id FROM runs ORDER BY id");
  for (const { id } of runs) await recordMetric(database, id, metric);
  await refreshDocuments(database);
  return counts;
}

async function rescoreRows(database: Database, cells: readonly CellIds[], metric: RowMetric): Promise<Rescored> {
  let [scored, without] = [0, 0];
  await database.transaction(async (within) => {
    await within.run(
      "CREATE OR REPLACE TEMP TABLE rescored (checkpoint INTEGER, question INTEGER, score DOUBLE, samples VARCHAR)",
    );
    for (const { checkpoint, variant } of cells) {
      const rows = await within.all<StoredAnswer>(SELECT_ANSWERS, { checkpoint, variant });
      const values = new Map(rows.map((row) => [row.question, judgedBy(metric, row)]));
      const known = [...values].flatMap(([question, judged]) =>
        judged === undefined ? [] : [{ question, ...judged }],
      );
      scored += known.length;
      without += values.size - known.length;
      await within.append(
        "rescored",
        [INTEGER, INTEGER, DOUBLE, VARCHAR],
        known.map(({ question, score, samples }) => [checkpoint, question, score, samples ?? null]),
      );
    }
    await within.run(
      `UPDATE row_scores SET metrics = map_concat(row_scores.metrics, MAP {$metric: r.score}),
         samples = r.samples
       FROM (SELECT DISTINCT * FROM rescored) r WHERE r.checkpoint = row_scores.checkpoint AND r.question = row_scores.question`,
      { metric: metric.name },
    );
    await hashAgain(within);
    await within.run("DROP TABLE rescored");
  });
  return { scored, without };
}

/** Judges a stored row, or each text that was drawn for it; undefined where it lacks what the metric looks at. */
function judgedBy(
  metric: RowMetric,
  row: StoredAnswer,
): { readonly score: number; readonly samples?: string } | undefined {
  if (row.samples === null) {
    const score = metric.row(answerOf(row));
    return score === undefined ? undefined : { score };
  }
  const samples = (JSON.parse(row.samples) as RowSample[]).map((sample) => {
    const { answer } = sample;
    const own =
      typeof answer === "number" ? { choice: answer, generated: sample.generated ?? "" } : { generated: answer };
    const value = metric.row(answerOf({ ...row, ...own }));
    return value === undefined ? sample : { ...sample, metrics: { ...sample.metrics, [metric.name]: value } };
  });
  const score = meanMetrics(samples)[metric.name];
  return score === undefined ? undefined : { score, samples: JSON.stringify(samples) };
}

/** Brings the hashes of the cells whose rows were rescored up to date. */
async function hashAgain(within: Statements): Promise<void> {
  const touched = await within.all<{ checkpoint: number; variant: number }>(
    `SELECT DISTINCT c.checkpoint, c.variant FROM cells c JOIN variant_questions v ON v.variant = c.variant
     JOIN rescored r ON r.checkpoint = c.checkpoint AND r.question = v.question`,
  );
  for (const { checkpoint, variant } of touched) {
    const rows = (await within.all<StoredRow>(SELECT_ROWS, { checkpoint, variant })).map(rowScoreOf);
    const hash = sha256(rowLines(rows));
    await within.run("UPDATE cells SET rows_sha256 = $hash WHERE checkpoint = $checkpoint AND variant = $variant", {
      checkpoint,
      variant,
      hash,
    });
  }
}

/** Counts the rows of the cells that a metric of all rows together is defined for. */
async function countDefined(
  database: Database,
  cells: readonly CellIds[],
  { tasks }: ResultsHeader,
  metric: SetMetric,
): Promise<Rescored> {
  let [scored, without] = [0, 0];
  for (const { task: name, checkpoint, variant } of cells) {
    const task = tasks.find((one) => one.name === name);
    const rows = (await database.all<StoredRow>(SELECT_ROWS, { checkpoint, variant })).map(rowScoreOf);
    const defined = fits(metric, task) && metricValues(rows, metric.name, task) !== undefined;
    if (defined) scored += rows.length;
    else without += rows.length;
  }
  return { scored, without };
}

function fits(metric: Metric, task: TaskRecord | undefined): boolean {
  return task?.answer_kind === undefined || metric.answers.includes(task.answer_kind);
}

/** Records what a metric is with the tasks of a run that it fits. */
async function recordMetric(database: Database, id: number, metric: Metric): Promise<void> {
  const header = await runHeader(database, { id });
  const tasks = header.tasks.map((task) => {
    const { metrics = [] } = task;
    if ((metric.of === "set" && !fits(metric, task)) || metrics.some(({ name }) => name === metric.name)) return task;
    return { ...task, metrics: [...metrics, metricRecord(metric)] };
  });
  await database.run("UPDATE runs SET plan = $plan WHERE id = $id", { id, plan: JSON.stringify({ ...header, tasks }) });
}

/** Makes the results of every run that has ended anew, from its rows; times stay. */
async function refreshDocuments(database: Database): Promise<void> {
  const runs = await database.all<{ id: number }>("SELECT id FROM runs WHERE document IS NOT NULL ORDER BY id");
  for (const { id } of runs) {
    const before = await runResults(database, { id });
    const { tasks, cells, summaries, comparisons } = await assembleResults(database, id);
    const after: Results = { ...before, tasks, cells, summaries, comparisons };
    await database.run("UPDATE runs SET document = $document WHERE id = $id", { id, document: JSON.stringify(after) });
  }
}

/** Returns what a metric looks at in a stored row. */
function answerOf({
  asked,
  texts,
  numbered,
  how,
  extract,
  gold,
  choice,
  logprobs,
  generated,
}: StoredAnswer): RowAnswer {
  const answers = JSON.parse(asked) as string[];
  return {
    answers,
    numbered,
    whole: how !== "first-token",
    references: gold === null ? (JSON.parse(texts ?? "[]") as string[]) : answers.slice(gold, gold + 1),
    ...(gold === null ? {} : { gold }),
    ...(choice === null ? {} : { choice }),
    ...(logprobs === null ? {} : { logprobs }),
    ...(generated === null
      ? {}
      : readAnswer(generated, extract === null ? undefined : (JSON.parse(extract) as Extraction))),
  };
}
