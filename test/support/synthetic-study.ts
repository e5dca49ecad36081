/**
 * Provides a study that was never run: scores drawn from a logistic model of checkpoint, prompt and row, made when they
 * are asked for, so that a study of millions of scores needs no disk. Every text may be replaced, for tests with
 * hostile ones.
 */

import type { CellRecord, CheckpointRecord, Results, TaskRecord } from "../../src/store/results.js";
import type { ItemText, StudyData, TaskScores } from "../../src/store/study-data.js";
import type { RowScore } from "../../src/metrics/row-score.js";
import { builtinRegistry } from "../../src/tasks/registry.js";

export interface SyntheticOptions {
  readonly tasks?: readonly string[];
  readonly steps?: readonly number[];
  /** One SFT checkpoint of every base for each. */
  readonly sftTasks?: readonly string[];
  readonly prompts?: number;
  readonly rows?: number;
  /** Applied to every text that could come from others. */
  readonly text?: (text: string) => string;
}

const WORDINGS = ["default", "instruct", "io", "question", "terse", "polite", "american-spelling", "code"];
const sha = (name: string) => mixed(name, 0).toString(16).padStart(8, "0").repeat(8);

export class SyntheticStudy implements StudyData {
  readonly source: string;
  readonly results: Results;
  private readonly rowCount: number;
  private readonly text: (text: string) => string;

  constructor({
    tasks = ["rte", "paws", "boolq", "arc_easy", "xsum"],
    steps = [1000, 342_000, 738_000],
    sftTasks = ["mnli_matched", "paws"],
    prompts = 24,
    rows = 60,
    text = (plain) => plain,
  }: SyntheticOptions = {}) {
    this.rowCount = rows;
    this.text = text;
    this.source = text("synthetic");
    const checkpoints = steps.flatMap((step) => {
      const base = text(`olmo-step${step}`);
      const tuned = sftTasks.map((task) => checkpoint(`${base}-${task}`, step, "sft", base, text(task), text));
      return [checkpoint(base, step, "base", null, null, text), ...tuned];
    });
    const records = tasks.map((name) => taskRecord(name, prompts, rows, text));
    const cells = checkpoints.flatMap(({ name }) =>
      records.flatMap((task) => task.prompts.map(({ id }) => this.cell(name, task, id))),
    );
    this.results = {
      schema: "amuro-eval/results@1",
      status: "complete",
      device: "cpu",
      command: { base: steps.map((step) => text(`./step${step}`)), seed: 42 },
      versions: { "amuro-eval": "0.1.0", node: "20.0.0" },
      notes: [text("synthetic scores: nothing was run")],
      checkpoints,
      tasks: records,
      cells,
      summaries: [],
      comparisons: [],
      skipped: [{ task: text("hellaswag"), reason: text("no rows") }],
      times: {
        started: "2026-01-01T00:00:00.000Z",
        finished: "2026-01-01T00:10:00.000Z",
        seconds: 600,
        tokens_per_second: 1000,
        tokens: 600_000,
        tokens_reused: 400_000,
        model_seconds: 590,
        cells: cells.map(() => ({ seconds: 1, tokens: 100, tokens_reused: 60 })),
      },
    };
  }

  scores(checkpointName: string, taskName: string, metric?: string): Promise<TaskScores | undefined> {
    const task = this.results.tasks.find(({ name }) => name === taskName);
    if (task === undefined || (metric !== undefined && metric !== task.metric)) return Promise.resolve(undefined);
    const scores = new Float64Array(task.prompts.length * this.rowCount);
    task.prompts.forEach((_, p) => {
      for (let i = 0; i < this.rowCount; i++) scores[p * this.rowCount + i] = this.scoreOf(checkpointName, task, p, i);
    });
    return Promise.resolve({
      checkpoint: checkpointName,
      task: taskName,
      metric: task.metric,
      prompts: task.prompts.map(({ id }) => id),
      rows: Array.from({ length: this.rowCount }, (_, i) => i),
      scores,
    });
  }

  rows(checkpointName: string, taskName: string, prompt: string): Promise<readonly RowScore[] | undefined> {
    const task = this.results.tasks.find(({ name }) => name === taskName);
    const p = task?.prompts.findIndex(({ id }) => id === prompt) ?? -1;
    if (task === undefined || p < 0) return Promise.resolve(undefined);
    return Promise.resolve(
      Array.from({ length: this.rowCount }, (_, i): RowScore => {
        const value = this.scoreOf(checkpointName, task, p, i);
        const about = {
          row: i,
          row_hash: sha(`${taskName}${i}`),
          prompt_hash: sha(`${taskName}${prompt}${i}`),
          metrics: { [task.metric]: value },
          context_tokens: 200,
          shots_dropped: 0,
          truncated: false,
        };
        if (task.metric !== "acc") return { ...about, answer: this.text(`a generated summary of row ${i}`) };
        const gold = i % 2;
        const sure = 0.1 + 2 * uniform(checkpointName, taskName, prompt, i, "ll");
        const logprobs = [0, 1].map((label) => ((label === gold) === (value === 1) ? -0.5 : -0.5 - sure));
        const answer = value === 1 ? gold : 1 - gold;
        return { ...about, gold, answer, logprobs, label_mass: 0.8, correct: value === 1 };
      }),
    );
  }

  items(taskName: string): Promise<readonly ItemText[]> {
    const generated = this.results.tasks.find(({ name }) => name === taskName)?.metric !== "acc";
    return Promise.resolve(
      Array.from({ length: this.rowCount }, (_, i) => ({
        row: i,
        fields: {
          [this.text("premise")]: this.text(`The ${i + 2} boats left the harbour before the storm came in.`),
          [this.text("hypothesis")]: this.text(`Row ${i}: the storm sank a boat.`),
        },
        answers: generated ? [] : [this.text("entailment"), this.text("neutral")],
        right: generated ? this.text("Boats left in time.") : this.text(["entailment", "neutral"][i % 2] as string),
      })),
    );
  }

  promptText(taskName: string, prompt: string): Promise<string | undefined> {
    const shots = "### Input_1: A dog runs.\n ### Input_2: An animal moves.\n ### Inference: entailment\n";
    return Promise.resolve(this.text(`${shots}### ${taskName}, ${prompt}\n ### Inference: `));
  }

  answerWords(taskName: string): Promise<readonly string[]> {
    const generated = this.results.tasks.find(({ name }) => name === taskName)?.metric !== "acc";
    return Promise.resolve(generated ? [] : [this.text("entailment"), this.text("neutral")]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private cell(checkpointName: string, task: TaskRecord, prompt: string): CellRecord {
    const n = this.rowCount;
    const p = task.prompts.findIndex(({ id }) => id === prompt);
    const meanOf = () =>
      Array.from({ length: n }, (_, i) => this.scoreOf(checkpointName, task, p, i)).reduce(
        (sum, score) => sum + score,
        0,
      ) / n;
    return {
      checkpoint: checkpointName,
      task: task.name,
      prompt,
      // Computed when it is asked for: a study of millions of scores is made in no time.
      get metrics() {
        return { [task.metric]: { mean: meanOf(), stderr: 0.01, n } };
      },
      label_mass: 0.8,
      rows_with_dropped_shots: 0,
      rows_truncated: 0,
      rows_merged: 0,
      tokens: n * 200,
    };
  }

  /**
   * Right or wrong, or a share for generated text; after SFT higher, and prompts closer together the later the base.
   */
  private scoreOf(checkpointName: string, task: TaskRecord, p: number, i: number): number {
    const { step, stage, sft_task } = this.results.checkpoints.find(
      ({ name }) => name === checkpointName,
    ) as CheckpointRecord;
    const late = Math.log10((step ?? 1000) / 1000) / 3;
    const tuned = stage === "sft" ? (sft_task === task.name ? 1.6 : 0.7 * uniform(sft_task ?? "", task.name)) : 0;
    const width = stage === "sft" ? 1.4 - late : 0.9;
    const prompt = width * (uniform(task.name, p, "prompt") + 0.5 * uniform(checkpointName, task.name, p) - 0.75);
    const item = 2.4 * (uniform(task.name, i, "item") - 0.5);
    const logit = -0.3 + 0.8 * late + tuned + 2 * prompt + item;
    const chance = 1 / (1 + Math.exp(-logit));
    const draw = 0.6 * uniform(task.name, i, "draw") + 0.4 * uniform(checkpointName, task.name, p, i);
    if (task.metric === "acc") return draw < chance ? 1 : 0;
    return Math.round(1000 * Math.min(1, Math.max(0, 0.4 * chance + 0.3 * (draw - 0.5)))) / 1000;
  }
}

function checkpoint(
  name: string,
  step: number,
  stage: "base" | "sft",
  base: string | null,
  sft_task: string | null,
  text: (text: string) => string,
): CheckpointRecord {
  return {
    name,
    spec: text(`./${name}`),
    revision: text(`step${step}`),
    step,
    tokens: step * 2_000_000,
    training_stage: null,
    stage,
    sft_task,
    base,
    kind: "weights",
    architecture: text("OlmoForCausalLM"),
    dtype: text("F32"),
    parameters: 1_176_764_416,
    window: 2048,
    hashes: { weights: sha(name), tokenizer: sha("tokenizer"), config: sha("config") },
  };
}

function taskRecord(name: string, prompts: number, rows: number, text: (text: string) => string): TaskRecord {
  const known = builtinRegistry()
    .all()
    .find((task) => task.name === name);
  return {
    name: text(name),
    family: text(known?.family.name ?? "nli"),
    metric: known?.answer.kind === "generation" ? "rouge_l" : "acc",
    answer: known?.answer.kind === "generation" ? "generate" : "loglikelihood",
    origin: "hub",
    eval_source: text(`hub:${name}/validation`),
    train_source: text(`hub:${name}/train`),
    revision: "0".repeat(40),
    licence: text("CC-BY-4.0"),
    rows_available: rows * 2,
    rows,
    rows_hash: sha(`rows ${name}`),
    shots: 4,
    shots_hash: sha(`shots ${name}`),
    prompts: Array.from({ length: prompts }, (_, p) => {
      const wording = WORDINGS[p % WORDINGS.length] as string;
      const draw = Math.floor(p / WORDINGS.length);
      return {
        id: text(draw === 0 ? wording : `${wording}+draw=${draw}`),
        hash: sha(`prompt ${p}`),
        style: text("form"),
        paper: p < 3,
        chat_template: null,
        axes: {
          wording: text(wording),
          format: null,
          labels: "own",
          choices: null,
          enumerator: null,
          "choice-order": null,
          shots: 4,
          draw,
          "shot-order": "as-is",
          balance: "none" as const,
          "shot-separator": "newline",
          chat: "off",
          noise: null,
        },
        seen: p === 0,
      };
    }),
  };
}

/** Returns the same number in [0, 1) for the same names: FNV-1a with a final mix. */
function uniform(...names: readonly (string | number)[]): number {
  return mixed(names.join("\u0001"), 0) / 2 ** 32;
}

function mixed(name: string, seed: number): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
