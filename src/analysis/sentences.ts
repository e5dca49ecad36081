/** The conclusions in plain words. Each carries its conditions and its uncertainty. */

import { counted } from "../base/wording.js";
import type { Analysis, Comparison, Pooled, RankAgreement, Sentence, SentenceKind, TaskAtCheckpoint, Transfer, Trend } from "./document/document.js"; // prettier-ignore
import { atEndOfScale } from "./parts/end-of-scale.js";
import { interval, number, percent, pValue, signed } from "./numbers.js";

type Parts = Omit<Analysis, "schema" | "version" | "seed" | "sources" | "tasks" | "sentences" | "limits">;

export function sentencesOf(parts: Parts): Sentence[] {
  const compared = new Set(parts.comparisons.flatMap(({ base, sft, task }) => [`${base} ${task}`, `${sft} ${task}`]));
  const alone = parts.levels.filter(({ checkpoint, task }) => !compared.has(`${checkpoint} ${task}`));
  return [
    ...parts.comparisons.map(changeOfSensitivity),
    ...parts.comparisons.map(changeOfLevel),
    ...parts.pooled.filter(({ over }) => over === "all tasks").flatMap(pooledSentence),
    ...parts.trends.flatMap(trendSentence),
    ...parts.transfer.flatMap(transferSentences),
    ...alone.flatMap(levelSentence),
    ...parts.levels.flatMap(scorerSentence),
    ...parts.levels.flatMap(axesSentence),
    ...parts.agreement.map(agreementSentence),
    ...cautions(parts),
  ];
}

function sentence(
  kind: SentenceKind,
  text: string,
  task: string | null = null,
  checkpoint: string | null = null,
): Sentence {
  return { kind, text, task, checkpoint };
}

function afterSft({ sft_task, sft, base }: Pick<Comparison, "sft_task" | "sft" | "base">): string {
  return sft_task === null ? `From ${base} to ${sft}` : `After SFT on ${sft_task} (${base} to ${sft})`;
}

function changeOfSensitivity(one: Comparison): Sentence {
  const { task, prompts, items, sensitivity, verdict } = one;
  const { probability, logit } = sensitivity;
  const say = (text: string) => sentence("change of sensitivity", text, task, one.sft);
  if (prompts.length < 2 || probability === null) {
    return say(
      `${afterSft(one)} nothing can be said of the sensitivity on ${task}: ${counted(prompts.length, "shared prompt")}.`,
    );
  }
  const design = `${counted(prompts.length, "prompt")}${items === null ? "" : ` x ${counted(items, "row")}`}`;
  const raw = `raw SD ${number(probability.raw_sd_before)} to ${number(probability.raw_sd_after)}`;
  const corrected =
    probability.sd_before === null || probability.sd_after === null
      ? "noise not known"
      : `noise-corrected ${number(probability.sd_before)} to ${number(probability.sd_after)}`;
  const change = probability.sd_change_interval === null ? "" : `, change ${interval(probability.sd_change_interval)}`;
  const tested =
    (logit?.p ?? null) === null
      ? ""
      : `; on the logit scale ${pValue(logit?.p as number)}${logit?.p_holm === null ? "" : `, ${pValue(logit?.p_holm as number, "Holm")}`}`;
  const figures = `over ${design} the SD between prompts on ${task}: ${raw}, ${corrected}${change}${tested}`;
  const conclusions: Record<Comparison["verdict"], string> = {
    rose: `${afterSft(one)} scores on ${task} depend more on the prompt`,
    fell: `${afterSft(one)} scores on ${task} depend less on the prompt`,
    "no change seen": `${afterSft(one)} no change of the sensitivity on ${task} is seen`,
    "probability scale only": `${afterSft(one)} the SD on ${task} changed on the probability scale only, as it does when nothing but the mean moves`,
    "not testable": `${afterSft(one)} a change of the sensitivity on ${task} cannot be tested`,
  };
  return say(`${conclusions[verdict]}: ${figures}.${power(one)}${atTheEnd(one)}`);
}

function atTheEnd(one: Comparison): string {
  const found = atEndOfScale(one);
  if (found === null) return "";
  return ` After it ${found.count} of ${counted(one.prompts.length, "prompt")} score ${found.where}: there prompts have nothing left to differ in.`;
}

/** What the design could have seen, on the probability scale. */
function power({ sensitivity: { probability } }: Comparison): string {
  const { power: seen, sd_before: before } = probability ?? { power: null, sd_before: null };
  if (seen === null || before === null) return "";
  const falls = seen.fall_to === null ? "no fall and " : `a fall to ${number(seen.fall_to)} and `;
  const fall = before === 0 ? "" : falls;
  const rise = seen.rise_to === null ? "no rise" : `a rise to ${number(seen.rise_to)}`;
  return ` From ${number(before)} this design sees ${fall}${rise} with power 0.8.`;
}

function changeOfLevel(one: Comparison): Sentence {
  const { level, task } = one;
  const range = level.crossed_interval ?? level.item_interval;
  const whom = level.crossed_interval === null ? "these prompts" : "new prompts like these";
  const error = range === null ? "its uncertainty is not known" : `${interval(range)} for ${whom} and new rows`;
  const p =
    level.p === null ? "" : `; ${pValue(level.p)}${level.p_holm === null ? "" : `, ${pValue(level.p_holm, "Holm")}`}`;
  const text = `${afterSft(one)} the mean on ${task} went from ${number(level.before)} to ${number(level.after)} (${signed(level.change)}, ${error}${p}).`;
  return sentence("change of level", text, task, one.sft);
}

function pooledSentence(one: Pooled): Sentence[] {
  const between = `${interval(one.interval)}, ${pValue(one.p)}; between tasks SD ${number(Math.sqrt(one.tau2))}`;
  const over = `over ${counted(one.tasks.length, "task")}`;
  const left = one.left_out.length === 0 ? "" : `; ${one.left_out.length} more could not be pooled`;
  switch (one.quantity) {
    case "level":
      return [
        sentence(
          "pooled",
          `${afterSft(one)} the mean changed by ${signed(one.effect)} ${over} (${between}${left}).`,
          null,
          one.sft,
        ),
      ];
    case "log SD ratio, logit scale": {
      const factor = Math.exp(one.effect);
      return [
        sentence(
          "pooled",
          `${afterSft(one)} the SD between prompts is ${number(factor, 2)} times what it was, in logits, ${over} (log ratio ${signed(one.effect)}, ${between}${left}).`,
          null,
          one.sft,
        ),
      ];
    }
    default:
      return [];
  }
}

function trendSentence(one: Trend): Sentence[] {
  const { quantity, spearman, points, slope, task, sft_task: sftTask } = one;
  if (spearman === null || slope === null || !["level", "SD, logit scale", "change of SD, logit scale", "change of raw SD"].includes(quantity)) return []; // prettier-ignore
  const whose = sftTask === null ? "of the base checkpoints" : `after SFT on ${sftTask}`;
  const seen = spearman.p <= 0.05 ? (spearman.rho > 0 ? "rises" : "falls") : "shows no trend";
  const text = `Along ${counted(points.length, "checkpoint")} of pre-training the ${quantity} on ${task} ${whose} ${seen} (Spearman ${number(spearman.rho, 2)}, ${pValue(spearman.p)}; ${signed(slope.per_100k_steps, 4)} for 100,000 steps, ${interval(slope.interval, 4)}).`;
  return [sentence("trend", text, task, null)];
}

function transferSentences(one: Transfer): Sentence[] {
  return one.summaries.flatMap((ratio) => {
    if (ratio.over === "all other tasks" || ratio.mean === null || ratio.median === null) return [];
    const floor =
      ratio.floor_aware_median === null
        ? "no base was above chance, so nothing could be forgotten"
        : `${percent(ratio.floor_aware_median)} of what the base knew beyond chance (median), ${counted(ratio.at_floor.length, "base")} at chance left out`;
    const text = `SFT on ${one.sft_task} (${one.base}) changed ${counted(ratio.tasks.length, `${ratio.over} task`)} by ${percent(ratio.mean)} of their score in the mean, ${percent(ratio.median)} in the median; ${floor}.`;
    return [sentence("transfer", text, null, one.sft)];
  });
}

function levelSentence({ checkpoint, task, level, prompts, items, sensitivity, range }: TaskAtCheckpoint): Sentence[] {
  const error = level.crossed_interval ?? level.item_interval;
  const known = error === null ? "" : ` (${interval(error)})`;
  const mean = `${checkpoint} reaches ${number(level.mean)}${known} on ${task} over ${counted(prompts.length, "prompt")}${items === null ? "" : ` x ${counted(items, "row")}`}`;
  const { probability } = sensitivity;
  if (probability === null) return [sentence("level", `${mean}.`, task, checkpoint)];
  const sd =
    probability.corrected_sd === null || probability.interval === null
      ? `raw SD ${number(probability.raw_sd)}, noise not known`
      : `SD between prompts ${number(probability.corrected_sd)} without noise (${interval(probability.interval)}), ${number(probability.raw_sd)} with it`;
  const noise =
    range.spread_from_noise === null ? "" : `, where noise alone would make ${number(range.spread_from_noise)}`;
  const text = `${mean}: ${sd}; from ${number(range.worst)} (${range.worst_prompt}) to ${number(range.best)} (${range.best_prompt}), a spread of ${number(range.spread)}${noise}.`;
  return [sentence("sensitivity", text, task, checkpoint)];
}

/** Where another scorer sees much less of it, or the model hardly answers in the form asked for. */
function scorerSentence({ checkpoint, task, scorer, answers, prompts }: TaskAtCheckpoint): Sentence[] {
  const out: Sentence[] = [];
  const say = (text: string) => out.push(sentence("scorer", text, task, checkpoint));
  const [own, ...others] = scorer.scorers;
  if (own?.corrected_sd != null && own.corrected_sd > 0) {
    for (const other of others) {
      if (other.corrected_sd === null || other.corrected_sd > own.corrected_sd / 2) continue;
      say(
        `${checkpoint} on ${task}: judged by ${other.name} the SD between prompts is ${number(other.corrected_sd)} instead of ${number(own.corrected_sd)} (mean ${number(other.mean)} and ${number(own.mean)}): much of the sensitivity is the scorer's.`,
      );
    }
  }
  if (scorer.label_mass !== null && scorer.label_mass.worst < 0.1) {
    say(
      `${checkpoint} on ${task}: under ${scorer.label_mass.worst_prompt} the labels hold ${number(scorer.label_mass.worst)} of the probability, so that they are ranked where the model would say something else.`,
    );
  }
  if (scorer.unparseable !== null && scorer.unparseable.worst > 0.1) {
    say(
      `${checkpoint} on ${task}: under ${scorer.unparseable.worst_prompt} ${number(100 * scorer.unparseable.worst, 0)} % of the answers could not be read as a label.`,
    );
  }
  if (answers?.one_answer_prompts != null && answers.one_answer_prompts * 2 >= prompts.length) {
    say(
      `${checkpoint} on ${task}: ${answers.one_answer_prompts} of ${counted(prompts.length, "prompt")} give one answer to nearly all rows; their scores are the shares of that label, not knowledge.`,
    );
  }
  return out;
}

function axesSentence({ checkpoint, task, axes, sensitivity }: TaskAtCheckpoint): Sentence[] {
  if (axes === null || (sensitivity.logit?.p_no_effect ?? 1) > 0.05) return [];
  const parts = axes.terms.filter(({ share }) => (share ?? 0) > 0).sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
  const named = parts.slice(0, 3).map(({ term, share }) => `${term} ${number(100 * (share ?? 0), 0)} %`);
  if (named.length === 0) return [];
  return [
    sentence(
      "axes",
      `${checkpoint} on ${task}: of the variance between prompts, in logits, ${named.join(", ")}.`,
      task,
      checkpoint,
    ),
  ];
}

function agreementSentence({ task, sft_task: sftTask, checkpoints, prompts, w, p }: RankAgreement): Sentence {
  const whose = sftTask === null ? "base checkpoints" : `checkpoints after SFT on ${sftTask}`;
  const seen = p <= 0.05 ? "agree on the order of" : "are not seen to agree on the order of";
  const text = `${checkpoints.length} ${whose} ${seen} ${counted(prompts, "prompt")} on ${task} (Kendall's W ${number(w, 2)}, ${pValue(p)}).`;
  return sentence("ranking", text, task, null);
}

function cautions({ comparisons }: Parts): Sentence[] {
  if (comparisons.length === 0) return [];
  const text =
    "Each SFT checkpoint is one run: what fine-tuning did cannot be told from what its seed did. The p-values are for prompts drawn like these, on the same rows; they are adjusted over the tasks of a pair, not over pairs.";
  return [sentence("caution", text)];
}
