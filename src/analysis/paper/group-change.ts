/** Computes the published change by group, and says from what it is made. */

import { mean } from "../../statistics/uncertainty.js";
import { changeAt, type Lookup, POINTS } from "./cells.js";

/** Holds a dataset with the fine-tuning it is looked at after. */
type Member = readonly [task: string, sftTask: string];

/** Lists the datasets learned in pre-training as published: sciq stands twice. */
const PRE_TRAINING: readonly Member[] = [
  ["sciq_mcq", "tulu"],
  ["sciq_mcq", "tulu"],
  ["hellaswag", "tulu"],
  ["arc_challenge", "tulu"],
  ["arc_easy", "tulu"],
  ["openbookqa", "tulu"],
];
const FINE_TUNING: readonly Member[] = [
  ["mnli_matched", "mnli"],
  ["mnli_mismatched", "mnli"],
  ["paws", "paws"],
  ["xsum", "xsum"],
  ["xlsum", "xsum"],
  ["socialiqa", "socialiqa"],
  ["boolq", "tulu"],
];

export const GROUPS = { preTraining: PRE_TRAINING.slice(1), fineTuning: FINE_TUNING };

/** Holds Table 6 of Sun & Dredze 2024 (arXiv:2408.06663 v5): learned in pre-training, learned in fine-tuning. */
const PUBLISHED: Readonly<Record<string, readonly [number, number]>> = {
  step1000: [0.048, 0.062],
  step18000: [0.048, 0.149],
  step342000: [0.004, 0.286],
  step424000: [0.01, 0.297],
  step505000: [0.03, 0.304],
  step592000: [0.027, 0.297],
  step738000: [0.021, 0.264],
  main: [-0.005, 0.29],
};

export interface GroupRow {
  readonly point: string;
  /** Mean change of datasets learned in pre-training, sciq counted twice as published, and once. */
  readonly pre_training: number;
  readonly pre_training_once: number;
  readonly fine_tuning: number;
  readonly published: readonly [number, number] | null;
  /** Whether both are the published ones to three decimals. */
  readonly reproduced: boolean;
  readonly missing: readonly string[];
}

/** @returns one row for each checkpoint with data of both groups */
export function groupChange(lookup: Lookup): GroupRow[] {
  return POINTS.flatMap((point) => {
    const missing: string[] = [];
    const of = (members: readonly Member[]) =>
      mean(
        members.flatMap(([task, sftTask]) => {
          const change = changeAt(lookup, point, sftTask, task);
          if (change === undefined && !missing.includes(task)) missing.push(task);
          return change?.change ?? [];
        }),
      );
    const [twice, once, fine] = [of(PRE_TRAINING), of(GROUPS.preTraining), of(FINE_TUNING)];
    if (Number.isNaN(twice) || Number.isNaN(fine)) return [];
    const published = PUBLISHED[point] ?? null;
    const same = (value: number, printed: number | undefined) => Math.abs(value - (printed ?? NaN)) <= 0.0005 + 1e-9;
    return [
      {
        point,
        pre_training: twice,
        pre_training_once: once,
        fine_tuning: fine,
        published,
        reproduced: published !== null && same(twice, published[0]) && same(fine, published[1]),
        missing,
      },
    ];
  });
}
