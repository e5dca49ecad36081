/** Judges stored answers by another metric, without the model. */

import { DOUBLE, INTEGER, VARCHAR } from "@duckdb/node-api";
import { UsageError, didYouMean } from "../base/errors.js";
import { preferredChoice } from "../metrics/choice.js";
import { rougeL, rougeLsum } from "../metrics/rouge.js";
import { exactMatch, rougeN, tokenF1 } from "../metrics/text-match.js";
import type { Database } from "./database.js";
import { rowLines, rowScoreOf, SELECT_ROWS, type StoredRow } from "./row-columns.js";
import { assembleResults, runResults, type StoredRun } from "./runs.js";
import type { Results } from "./results.js";
import { sha256 } from "../base/hash.js";

/** Of log-likelihoods, in the order of the answers. */
const CHOICE_METRICS = ["acc", "acc_norm", "acc_bytes"] as const;
/** Of a text and the texts that count as right; the best counts. */
const TEXT_METRICS: Readonly<Record<string, (target: string, text: string) => number>> = {
  exact_match: exactMatch,
  f1: tokenF1,
  rouge_1: (target, text) => rougeN(1, target, text).f1,
  rouge_2: (target, text) => rougeN(2, target, text).f1,
  rouge_l: (target, text) => rougeL(target, text).f1,
  rouge_lsum: (target, text) => rougeLsum(target, text).f1,
};

export const RESCORE_METRICS: readonly string[] = [...CHOICE_METRICS, ...Object.keys(TEXT_METRICS)];

interface Judged extends StoredRow {
  readonly answers: string;
  readonly texts: string | null;
  readonly numbered: boolean;
}

/**
 * Adds a metric to every row of a run that it can be computed for, and to the results of all runs with these rows.
 * @param metric one of {@link RESCORE_METRICS}
 * @returns how many row scores got it, and how many have neither log-likelihoods nor a text that it could be made of
 */
export async function rescore(
  database: Database,
  { id }: StoredRun,
  metric: string,
): Promise<{ readonly scored: number; readonly without: number }> {
  if (!RESCORE_METRICS.includes(metric)) {
    throw new UsageError(`--metric ${metric}: no such metric${didYouMean(metric, RESCORE_METRICS)}`);
  }
  const cells = await database.all<{ checkpoint: number; variant: number }>(
    "SELECT DISTINCT checkpoint, variant FROM run_cells WHERE run = $id AND current AND status = 'finished'",
    { id },
  );
  let [scored, without] = [0, 0];
  await database.transaction(async (within) => {
    await within.run(
      "CREATE OR REPLACE TEMP TABLE rescored (checkpoint INTEGER, question INTEGER, metric VARCHAR, score DOUBLE)",
    );
    for (const { checkpoint, variant } of cells) {
      const rows = await within.all<Judged>(
        SELECT_ROWS.replace(
          " FROM variant_questions",
          ", q.answers, i.texts, p.numbered FROM variant_questions",
        ).replace("WHERE", "JOIN variants p ON p.id = v.variant WHERE"),
        { checkpoint, variant },
      );
      const values = new Map(rows.map((row) => [row.question, judge(row, metric)]));
      const known = [...values].filter((entry): entry is [number, number] => entry[1] !== undefined);
      scored += known.length;
      without += values.size - known.length;
      await within.append(
        "rescored",
        [INTEGER, INTEGER, VARCHAR, DOUBLE],
        known.map(([question, score]) => [checkpoint, question, metric, score]),
      );
    }
    await within.run(
      `UPDATE row_scores SET metrics = map_concat(row_scores.metrics, MAP {r.metric: r.score})
       FROM (SELECT DISTINCT * FROM rescored) r WHERE r.checkpoint = row_scores.checkpoint AND r.question = row_scores.question`,
    );
    const touched = await within.all<{ checkpoint: number; variant: number }>(
      `SELECT DISTINCT c.checkpoint, c.variant FROM cells c JOIN variant_questions v ON v.variant = c.variant
       JOIN rescored r ON r.checkpoint = c.checkpoint AND r.question = v.question`,
    );
    for (const { checkpoint, variant } of touched) {
      const rows = (await within.all<StoredRow>(SELECT_ROWS, { checkpoint, variant })).map(rowScoreOf);
      await within.run("UPDATE cells SET rows_sha256 = $hash WHERE checkpoint = $checkpoint AND variant = $variant", {
        checkpoint,
        variant,
        hash: sha256(rowLines(rows)),
      });
    }
    await within.run("DROP TABLE rescored");
  });
  await refreshDocuments(database);
  return { scored, without };
}

/** Makes the results of every run that has ended anew, from its rows; times stay. */
async function refreshDocuments(database: Database): Promise<void> {
  const runs = await database.all<{ id: number }>("SELECT id FROM runs WHERE document IS NOT NULL ORDER BY id");
  for (const { id } of runs) {
    const before = await runResults(database, { id });
    const { cells, summaries, comparisons } = await assembleResults(database, id);
    const after: Results = { ...before, cells, summaries, comparisons };
    await database.run("UPDATE runs SET document = $document WHERE id = $id", { id, document: JSON.stringify(after) });
  }
}

function judge(row: Judged, metric: string): number | undefined {
  const answers = JSON.parse(row.answers) as string[];
  const choice = CHOICE_METRICS.find((name) => name === metric);
  if (choice !== undefined) {
    if (row.logprobs === null || row.gold === null) return undefined;
    const texts = row.numbered ? answers.map(() => "") : answers;
    return Number(preferredChoice(row.logprobs, texts)[choice] === row.gold);
  }
  if (row.generated === null) return undefined;
  const right = row.gold === null ? (JSON.parse(row.texts ?? "[]") as string[]) : answers.slice(row.gold, row.gold + 1);
  const { generated } = row;
  return Math.max(
    ...right.map((target) => (TEXT_METRICS[metric] as (a: string, b: string) => number)(target, generated)),
  );
}
