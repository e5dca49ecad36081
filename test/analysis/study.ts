/** Provides a small study in memory, made by a formula: what the analysis reads, without a run. */

import { sha256 } from "../../src/base/hash.js";
import { estimateMean } from "../../src/statistics/uncertainty.js";
import { randomStream } from "../../src/base/random.js";
import type { CellRecord, Results } from "../../src/store/results.js";
import type { StudyData } from "../../src/store/study-data.js";
import type { RowScore } from "../../src/metrics/row-score.js";
import { resultsDocument } from "../support/results-document.js";

export interface StudyShape {
  readonly prompts: number;
  readonly items: number;
  /** Logit SD between prompts of each checkpoint; names ending in "-mnli" are fine-tuned from what stands before it. */
  readonly checkpoints: Readonly<
    Record<string, { readonly sd: number; readonly mean: number; readonly step?: number; readonly tokens?: number }>
  >;
  readonly tasks: readonly string[];
}

/** Right/wrong answers to three labels from a crossed logit model; wrong answers are the next label. */
export function syntheticStudy({ prompts, items, checkpoints, tasks }: StudyShape): StudyData {
  const ids = Array.from({ length: prompts }, (_, p) => `w${p}`);
  const rows = new Map<string, RowScore[]>();
  const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  for (const [name, { sd, mean }] of Object.entries(checkpoints)) {
    for (const task of tasks) {
      const ability = randomStream("items", task);
      const ease = Array.from({ length: items }, () => 1.2 * normal(ability));
      const random = randomStream("cells", name, task);
      for (const id of ids) {
        const effect = sd * normal(random);
        rows.set(
          JSON.stringify([name, task, id]),
          ease.map((easy, i): RowScore => {
            const right = random() < 1 / (1 + Math.exp(-(mean + effect + easy + 0.7 * normal(random))));
            const gold = i % 3;
            const answer = right ? gold : (gold + 1) % 3;
            const logprobs = [0, 1, 2].map((label) => (label === answer ? -0.2 : -2 - random()));
            return {
              row: i,
              row_hash: sha256(String(i)),
              prompt_hash: sha256(id + String(i)),
              gold,
              answer,
              logprobs,
              label_mass: 0.9,
              metrics: { acc: Number(right) },
              correct: right,
              context_tokens: 10,
              shots_dropped: 0,
              truncated: false,
            };
          }),
        );
      }
    }
  }
  const cells = [...rows].map(([key, own]): CellRecord => {
    const [checkpoint, task, prompt] = JSON.parse(key) as [string, string, string];
    const metrics = { acc: estimateMean(own.map((row) => row.metrics["acc"] as number)) };
    return { checkpoint, task, prompt, metrics, label_mass: 0.9 };
  });
  const document = resultsDocument();
  const [task] = document.tasks as [Results["tasks"][number]];
  const [prompt] = task.prompts as [(typeof task.prompts)[number]];
  const [checkpoint] = document.checkpoints as [Results["checkpoints"][number]];
  return {
    source: "synthetic",
    results: {
      ...document,
      checkpoints: Object.entries(checkpoints).map(([name, { step, tokens }]) => ({
        ...checkpoint,
        name,
        step: step ?? null,
        tokens: tokens ?? null,
        stage: name.endsWith("-mnli") ? "sft" : "base",
        sft_task: name.endsWith("-mnli") ? "mnli" : null,
        base: name.endsWith("-mnli") ? name.slice(0, -"-mnli".length) : null,
      })),
      tasks: tasks.map((name) => ({
        ...task,
        name,
        answer: "first-token",
        rows: items,
        prompts: ids.map((id, p) => ({
          ...prompt,
          id,
          seen: p === 0,
          axes: { ...prompt.axes, wording: id },
        })),
      })),
      cells,
      summaries: [],
      comparisons: [],
    },
    scores: () => Promise.resolve(undefined),
    rows: (name, of, id) => Promise.resolve(rows.get(JSON.stringify([name, of, id]))),
    items: () => Promise.resolve([]),
    promptText: () => Promise.resolve(undefined),
    answerWords: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}
