/** Says what could not be estimated, and why. */

import type { AnalysedCheckpoint, Comparison, Limit, OrderRecord, TaskAtCheckpoint } from "./document/document.js";
import { headlineOf } from "./parts/adjust.js";
import { counted, shellWord } from "../base/wording.js";
import { areShares, type InputTask, type Measured } from "./read/input.js";

/** Sets the effective degrees of freedom below which prompts are said to differ in nearly one way only. */
const FEWEST_DF = 3;

/** Says what cannot be estimated where only means are known. */
export function limitsOfMeans(task: string, measured: readonly Measured[]): Limit[] {
  const about = { task, checkpoint: null };
  const means = measured.filter(({ scores }) => scores === null);
  if (means.length === 0) return [];
  const limits: Limit[] = [
    {
      what: "crossed standard errors, paired changes by item, changes over presentations, PSS, flip rates, components of items and axes",
      why: "they need the score of every row, and only means of cells are known",
      ...about,
    },
  ];
  if (means.some(({ noise }) => noise === null)) {
    limits.push({
      what: "noise-corrected SD",
      why: "neither a standard error (std) nor, for accuracies, a number of rows (n) is given for every cell",
      ...about,
    });
  }
  if (means.some(({ noise }) => noise === "independent")) {
    limits.push({
      what: "exact noise correction and errors of means over prompts",
      why: "what prompts share by their common rows is not known: an SD stands as that with all of the noise taken away and that with none (0.051–0.065), and errors of means are those of prompts that err alike, too large rather than too small",
      ...about,
    });
  }
  return limits;
}

/** Says what cannot be estimated because of what the metric is. */
export function limitsOfMetric({ name, judged }: InputTask): Limit[] {
  if (areShares(judged)) return [];
  const { title, of, range } = judged;
  const ends = range.map((end, i) => end ?? (i === 0 ? "minus infinity" : "infinity")).join(" to ");
  const why =
    of === "set"
      ? `${title} is a figure of all rows together, not a share of them; its errors are the jackknife's`
      : `${title} goes from ${ends}, and is no share of the rows`;
  return [
    {
      what: "logit scale, components of axes, PSS, saturation and the share of the score that fine-tuning changed",
      why,
      task: name,
      checkpoint: null,
    },
  ];
}

/** Says what cannot be estimated because of how one checkpoint was measured. */
export function limitsOfMeasured(task: string, { checkpoint, undefined: left }: Measured): Limit[] {
  if (left.length === 0) return [];
  const named = `${left.slice(0, 3).join(", ")}${left.length > 3 ? ", …" : ""}`;
  const why = `the metric is not defined for the answers under ${counted(left.length, "prompt")}, which are left out: ${named}`;
  return [{ what: "the score under some prompts", why, task, checkpoint }];
}

export function limitsOfLevel(level: TaskAtCheckpoint): Limit[] {
  const { task, checkpoint, prompts, sensitivity, quantiles, posix, answers, scorer } = level;
  const about = { task, checkpoint };
  const limits: Limit[] = [];
  if (prompts.length < 2) {
    limits.push({ what: "sensitivity to the prompt", why: "only one prompt was scored", ...about });
  }
  const { probability, logit } = sensitivity;
  if (prompts.length > 1 && probability === null) {
    limits.push({ what: "SD between wordings", why: "no presentation has two prompts on two rows or more", ...about });
  }
  const df = probability?.effective_df ?? null;
  if (df !== null && df < FEWEST_DF && prompts.length > FEWEST_DF + 1) {
    limits.push({
      what: "SD between wordings to the precision of so many prompts",
      why: `rows differ between prompts in nearly one way only, as where each prompt prefers a label: ${counted(prompts.length, "prompt")} count as fewer than ${FEWEST_DF + 1} in its interval`,
      ...about,
    });
  }
  if (quantiles.withheld !== null && prompts.length > 1) {
    limits.push({ what: "quantiles over wordings", why: quantiles.withheld, ...about });
  }
  if (logit !== null && logit.withheld !== null) {
    limits.push({ what: "interval of the SD in logits", why: logit.withheld, ...about });
  }
  if (logit?.corrected_sd === null && logit.noise !== null) {
    limits.push({ what: "SD in logits", why: "prompts score either nearly all or nearly nothing", ...about });
  }
  if (probability?.interval && probability.interval.low !== null && logit?.interval?.high === null) {
    limits.push({
      what: "upper limit of the SD in logits",
      why: "these scores give none: an SD of any size would fit them",
      ...about,
    });
  }
  if (posix === null && answers !== null && prompts.length > 1) {
    limits.push({
      what: "POSIX",
      why:
        scorer.label_mass === null
          ? "responses were not scored under the other prompts"
          : "the lengths of the answers in tokens are not stored; --answer first-token has answers of one token",
      ...about,
    });
  }
  return limits;
}

export function limitsOfComparison({ sensitivity, design, task, sft, floor, verdict }: Comparison): Limit[] {
  const about = { task, checkpoint: sft };
  const headline = headlineOf(sensitivity);
  const limits: Limit[] = [];
  if (headline?.withheld) {
    const what = headline.p === null ? "p-value of a change of sensitivity" : "interval of the change of sensitivity";
    limits.push({ what, why: headline.withheld, ...about });
  }
  if (headline?.p != null && headline.tests?.flips === null) {
    limits.push({
      what: "test of a change of sensitivity without a normal distribution",
      why: `${design.wordings} wordings; the signs of fewer than 12 say too little, so the p-value rests on normal effects of wordings`,
      ...about,
    });
  }
  if ((verdict === "rose" || verdict === "fell") && floor.before === null && sensitivity.logit !== null) {
    limits.push({
      what: "whether prompts differ more or less because scores left or reached that of guessing",
      why: "the score of guessing is not known; a table tells it in the column chance",
      ...about,
    });
  }
  if (!design.balanced && design.wordings > 1) {
    limits.push({
      what: "full degrees of freedom",
      why: "wordings stand unequally often, so that prompts of one wording count as if they moved together",
      ...about,
    });
  }
  return limits;
}

export function limitsOfOrder({ task, second, withheld, higher, lower, equal }: OrderRecord): Limit[] {
  if (withheld === null || higher + lower + equal < 2) return [];
  return [{ what: "probability that a change of wording reverses an order", why: withheld, task, checkpoint: second }];
}

/** Says which fine-tuned checkpoints are compared with none of the others, since nothing tells which is their base. */
export function limitsOfBases(checkpoints: readonly AnalysedCheckpoint[]): Limit[] {
  const alone = checkpoints.filter(({ stage, base }) => stage === "sft" && base === null);
  const [base] = checkpoints.filter(({ stage }) => stage !== "sft");
  const [first] = alone;
  if (first === undefined || base === undefined) return [];
  const others = alone.length === 1 ? "" : ` and ${counted(alone.length - 1, "other SFT checkpoint")}`;
  const why = `the base of ${first.name}${others} is not known: none has the same name, or is the only one at the same step; name it, as by --pair ${shellWord(`${base.name}=${first.name}`)}`;
  return [{ what: "what SFT changed", why, task: null, checkpoint: alone.length === 1 ? first.name : null }];
}

/**
 * Says that several runs of one base are kept apart, where none of them was fine-tuned: a change by fine-tuning is what
 * has a figure over runs.
 */
export function limitsOfBaseRuns(checkpoints: readonly AnalysedCheckpoint[]): Limit[] {
  const tuned = new Set(checkpoints.map(({ base }) => base));
  const arms = new Map<string, AnalysedCheckpoint[]>();
  for (const one of checkpoints.filter(({ name, stage }) => stage !== "sft" && !tuned.has(name))) {
    const { seed, run, step, tokens = null, arm } = one;
    if (seed === undefined) continue;
    const own = arm ?? JSON.stringify([run?.replace(`, seed ${seed}`, ""), step, tokens]);
    arms.set(own, [...(arms.get(own) ?? []), one]);
  }
  const several = [...arms.values()].filter((own) => own.length > 1);
  const [first] = several[0] ?? [];
  if (first === undefined) return [];
  const runs = new Set(several.flatMap((own) => own.map(({ seed }) => seed))).size;
  const why = `${counted(runs, "run")} of ${first.arm ?? first.run?.replace(/, seed .*/, "") ?? first.name}${several.length > 1 ? " and others" : ""} are kept apart, each with figures of its own; only what fine-tuning changed has a figure over runs`;
  return [{ what: "means and SDs over training runs", why, task: null, checkpoint: null }];
}

/**
 * Merges limits, so that the same reason for many checkpoints or tasks is said once. Several tasks are counted where it
 * does not hold for all.
 * @param tasks how many tasks the analysis has
 */
export function merged(limits: readonly Limit[], tasks: number): Limit[] {
  const groups = new Map<string, Limit[]>();
  for (const limit of limits) {
    const key = JSON.stringify([limit.what, limit.why]);
    groups.set(key, [...(groups.get(key) ?? []), limit]);
  }
  const only = (values: readonly (string | null)[]) => (new Set(values).size === 1 ? (values[0] ?? null) : null);
  return [...groups.values()].map((members) => {
    const [{ what, why }] = members as [Limit];
    const named = new Set(members.flatMap(({ task }) => task ?? []));
    const some = named.size > 1 && named.size < tasks && members.every(({ task }) => task !== null);
    return {
      what: some ? `${what}, on ${named.size} of ${counted(tasks, "task")}` : what,
      why,
      task: only(members.map(({ task }) => task)),
      checkpoint: only(members.map(({ checkpoint }) => checkpoint)),
    };
  });
}
