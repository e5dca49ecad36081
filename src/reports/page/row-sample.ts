/** Chooses rows of a task for reading one by one: what was asked, and what every prompt got before and after SFT. */

import { randomStream, sampleIndices } from "../../base/random.js";
import type { ItemText, StudyData } from "../../store/study-data.js";
import type { RowScore } from "../../metrics/row-score.js";
import { rounded } from "../../base/numbers.js";

/** Limits the characters of a field and of a generated answer that are kept. */
const LONGEST_FIELD = 600;
const LONGEST_ANSWER = 160;
/** Limits the rows of one task. */
const MOST_ROWS = 400;
const FEWEST_ROWS = 8;

/** Holds one task's rows as the page's script reads them. Lists over rows are in the order of `rows`. */
export interface RowSample {
  readonly metric: string;
  /** Level of every prompt on each axis, by the id of the prompt. */
  readonly axes: Readonly<Record<string, Readonly<Record<string, string | number | null>>>>;
  readonly rows: readonly SampledRow[];
  readonly checkpoints: readonly SampledCheckpoint[];
}

export interface SampledRow {
  readonly row: number;
  readonly fields: readonly (readonly [string, string])[];
  readonly answers: readonly string[];
  readonly right: string | null;
}

export interface SampledCheckpoint {
  readonly name: string;
  readonly prompts: readonly string[];
  /** [prompt][row] */
  readonly scores: readonly (readonly number[])[];
  /** [prompt][row]: index of the answer given, -1 for none, or the beginning of the text. */
  readonly answers: readonly (readonly (number | string)[])[];
  /** [prompt][row][answer], in nats; null where answers were not scored. */
  readonly logprobs: readonly (readonly (readonly number[] | null)[])[];
  readonly masses: readonly (readonly (number | null)[])[];
}

export interface SampledTask {
  readonly task: string;
  readonly sample: RowSample;
  /** Rows that were scored. */
  readonly total: number;
}

export interface SampleOptions {
  readonly study: StudyData;
  readonly task: string;
  /** Those whose rows are wanted. */
  readonly checkpoints: readonly string[];
  readonly seed: number;
  /** Characters of JSON that may be used, about. */
  readonly budget: number;
}

/**
 * Chooses as many rows as the budget allows: half of them those on which prompts and checkpoints disagree most, half
 * drawn at random from the others.
 * @returns undefined where no cell of the task is finished
 */
export async function sampleRows({
  study,
  task,
  checkpoints,
  seed,
  budget,
}: SampleOptions): Promise<SampledTask | undefined> {
  const about = study.results.tasks.find(({ name }) => name === task);
  const grids = [];
  for (const checkpoint of checkpoints) {
    const grid = await study.scores(checkpoint, task);
    if (grid !== undefined) grids.push({ checkpoint, prompts: grid.prompts, rows: grid.rows, means: meansByRow(grid) });
  }
  const [first] = grids;
  if (about === undefined || first === undefined) return undefined;
  const total = first.rows.length;
  const texts = new Map((await study.items(task)).map((item) => [item.row, item]));
  const [known] = texts.values();
  const perAnswer = known === undefined || known.answers.length === 0 ? 60 : 14 + 7 * known.answers.length;
  const perRow =
    (known === undefined ? 20 : textLength(known)) +
    grids.reduce((sum, { prompts }) => sum + prompts.length, 0) * perAnswer;
  const n = Math.min(total, MOST_ROWS, Math.max(FEWEST_ROWS, Math.floor(budget / perRow)));
  const chosen = chooseRows(
    grids.map(({ means }) => means),
    n,
    total,
    seed,
    task,
  );
  const sampled = [];
  for (const { checkpoint, prompts } of grids)
    sampled.push(await readCheckpoint(study, { checkpoint, task, prompts, metric: about.metric }, chosen));
  return {
    task,
    total,
    sample: {
      metric: about.metric,
      axes: Object.fromEntries(about.prompts.map(({ id, axes }) => [id, axes])),
      rows: chosen.map((i) => sampledRow(first.rows[i] ?? i, texts.get(first.rows[i] ?? i))),
      checkpoints: sampled,
    },
  };
}

/** Computes the mean score of each row over prompts. */
function meansByRow({
  prompts,
  rows,
  scores,
}: {
  prompts: readonly string[];
  rows: readonly number[];
  scores: Float64Array;
}): Float64Array {
  const means = new Float64Array(rows.length);
  for (let p = 0; p < prompts.length; p++) {
    for (let i = 0; i < rows.length; i++)
      means[i] = (means[i] ?? 0) + (scores[p * rows.length + i] ?? 0) / prompts.length;
  }
  return means;
}

function chooseRows(means: readonly Float64Array[], n: number, total: number, seed: number, task: string): number[] {
  const all = Array.from({ length: total }, (_, i) => i);
  // Disagreement of prompts within a checkpoint, and distance between checkpoints.
  const unrest = all.map((i) => {
    const own = means.map((mean) => mean[i] ?? 0);
    return own.reduce((sum, m) => sum + m * (1 - m), 0) / own.length + (Math.max(...own) - Math.min(...own)) / 4;
  });
  const order = [...all].sort((a, b) => (unrest[b] ?? 0) - (unrest[a] ?? 0) || a - b);
  if (n >= total) return order;
  const most = order.slice(0, Math.ceil(n / 2));
  const others = order.slice(most.length);
  return [
    ...most,
    ...sampleIndices(others.length, n - most.length, randomStream(seed, task, "rows of the report")).map(
      (i) => others[i] as number,
    ),
  ];
}

async function readCheckpoint(
  study: StudyData,
  {
    checkpoint,
    task,
    prompts,
    metric,
  }: { checkpoint: string; task: string; prompts: readonly string[]; metric: string },
  chosen: readonly number[],
): Promise<SampledCheckpoint> {
  const cells: RowScore[][] = [];
  for (const prompt of prompts) {
    const rows = (await study.rows(checkpoint, task, prompt)) ?? [];
    cells.push(chosen.flatMap((i) => rows[i] ?? []));
  }
  const each = <T>(value: (row: RowScore) => T): T[][] => cells.map((rows) => rows.map(value));
  return {
    name: checkpoint,
    prompts,
    scores: each(({ metrics }) => rounded(metrics[metric] ?? 0, 3)),
    answers: each(({ answer, generated }) =>
      typeof answer === "number"
        ? answer < 0 && generated !== undefined
          ? cut(generated, LONGEST_ANSWER)
          : answer
        : cut(answer, LONGEST_ANSWER),
    ),
    logprobs: each(({ logprobs }) => logprobs?.map((value) => rounded(value, 2)) ?? null),
    masses: each(({ label_mass }) => (label_mass === undefined ? null : rounded(label_mass, 3))),
  };
}

function sampledRow(row: number, text: ItemText | undefined): SampledRow {
  if (text === undefined) return { row, fields: [], answers: [], right: null };
  return {
    row,
    fields: Object.entries(text.fields).map(([field, value]) => [field, cut(value, LONGEST_FIELD)] as const),
    answers: text.answers.map((answer) => cut(answer, LONGEST_ANSWER)),
    right: cut(text.right, LONGEST_FIELD),
  };
}

function textLength({ fields, answers, right }: ItemText): number {
  return [...Object.values(fields), ...answers, right].reduce(
    (sum, text) => sum + Math.min(text.length, LONGEST_FIELD),
    40,
  );
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${Array.from(text.slice(0, longest)).join("")}…`;
}
