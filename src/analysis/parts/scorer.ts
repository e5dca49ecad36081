/**
 * Measures how much of the sensitivity is the scorer's: label mass, answers that cannot be read, other ways to judge.
 */

import { batchCalibrated } from "../../metrics/calibration.js";
import type { CrossedDesign } from "../../statistics/crossed/design.js";
import type { ScoreGrid } from "../../statistics/grid.js";
import { mean } from "../../statistics/uncertainty.js";
import type { AlternativeScorer, ScorerRecord } from "../document/document.js";
import type { Answers, JudgedTask, Measured } from "../read/input.js";
import { momentsOf, pssOf } from "../read/remembered.js";
import { sensitivityOf } from "./sensitivity-of.js";

export function scorerOf(measured: Measured, { metric }: JudgedTask, design: CrossedDesign): ScorerRecord {
  const { scores, prompts } = measured;
  return {
    label_mass: worstOf(prompts, measured.labelMass, Math.min),
    unparseable: worstOf(prompts, measured.unparseable, Math.max),
    tied: measured.tied,
    scorers:
      scores === null
        ? []
        : [
            { name: metric, shares: measured.shares, grid: scores.grid },
            ...scores.alternatives,
            ...(scores.answers?.logprobs
              ? [{ name: "batch_calibrated", shares: true, grid: batchGrid(scores.answers) }]
              : []),
          ].map(({ name, shares, grid }) => alternative(name, grid, design, shares)),
  };
}

function worstOf(
  prompts: readonly string[],
  values: readonly (number | null)[],
  pick: (...values: number[]) => number,
): ScorerRecord["label_mass"] {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  const worst = pick(...known);
  return { mean: mean(known), worst, worst_prompt: prompts[values.indexOf(worst)] as string };
}

/** Returns what is right or wrong under batch calibration, prompt by prompt. */
function batchGrid({ prompts, items, labels, logprobs, gold }: Answers): ScoreGrid {
  const values = new Float64Array(prompts * items);
  for (let p = 0; p < prompts; p++) {
    const own = (logprobs as Float64Array).subarray(p * items * labels, (p + 1) * items * labels);
    batchCalibrated(own, labels).forEach((answer, i) => {
      values[p * items + i] = answer === gold[i] ? 1 : 0;
    });
  }
  return { prompts, items, values };
}

function alternative(name: string, grid: ScoreGrid, design: CrossedDesign, shares: boolean): AlternativeScorer {
  const moments = momentsOf(grid);
  const noise = grid.items > 1 ? "crossed" : null;
  const bounds = { shares, width: shares ? 1 : Infinity, unseen: null };
  const { probability, logit } = sensitivityOf(moments, design, noise, bounds).byScale;
  return {
    name,
    mean: mean(moments.means),
    raw_sd: probability?.raw_sd ?? null,
    corrected_sd: probability?.corrected_sd ?? null,
    interval: probability?.interval ?? null,
    corrected_sd_logit: logit?.corrected_sd ?? null,
    pss: shares ? (pssOf(grid)?.value ?? null) : null,
    shares,
  };
}
