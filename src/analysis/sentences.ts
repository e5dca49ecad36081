/** Writes the conclusions in plain words. Each carries its conditions and its uncertainty. */

import { counted } from "../base/wording.js";
import {
  changeOfLevel,
  changeOfSensitivity,
  isLevelSeen,
  isSensitivitySeen,
  pooledSentence,
  sentence,
} from "./change-sentences.js";
import { designWords } from "./design-words.js";
import type {
  Analysis,
  RankAgreement,
  SensitivityRecord,
  Sentence,
  TaskAtCheckpoint,
  Transfer,
} from "./document/document.js";
import { orderSentence } from "./order-sentences.js";
import { replicateSentence } from "./replicate-sentences.js";
import { samplingSentence } from "./sampling-sentence.js";
import { shownInterval } from "./shown-interval.js";
import { taskSentences } from "./task-sentences.js";
import { trendSentences } from "./trend-sentences.js";
import { coefficient, intervalInWords, percent, pValue, score, signed, signedPercent } from "../base/numbers.js";

type Parts = Omit<
  Analysis,
  "schema" | "version" | "seed" | "sources" | "unfinished" | "tasks" | "sentences" | "limits"
>;

export function sentencesOf(parts: Parts): Sentence[] {
  const compared = new Set(parts.comparisons.flatMap(({ base, sft, task }) => [`${base} ${task}`, `${sft} ${task}`]));
  const alone = parts.levels.filter(({ checkpoint, task }) => !compared.has(`${checkpoint} ${task}`));
  const of = (seen: boolean) => [
    ...parts.comparisons.filter((one) => isSensitivitySeen(one) === seen).map(changeOfSensitivity),
    ...parts.comparisons.filter((one) => isLevelSeen(one) === seen).map(changeOfLevel),
  ];
  return [
    ...of(true),
    ...parts.replicates.map(replicateSentence),
    ...parts.pooled.filter(({ over }) => over === "all tasks").flatMap((one) => pooledSentence(one, parts.comparisons)),
    ...taskSentences(parts),
    ...parts.orders.flatMap((order) => orderSentence(order, parts.checkpoints)),
    ...trendSentences(parts.trends),
    ...parts.transfer.flatMap(transferSentences),
    ...alone.flatMap(levelSentence),
    ...parts.levels.flatMap(scorerSentence),
    ...parts.levels.flatMap(samplingSentence),
    ...parts.levels.flatMap(axesSentence),
    ...parts.agreement.flatMap((one) => agreementSentence(one) ?? []),
    ...of(false),
    ...parts.levels.flatMap(validitySentence),
    ...cautions(parts),
  ];
}

function transferSentences(one: Transfer): Sentence[] {
  return one.summaries.flatMap((ratio) => {
    const { mean, median, mean_interval: range, floor_aware_median: above } = ratio;
    if (ratio.over === "all other tasks" || mean === null || median === null || range === null) return [];
    if ((range.low ?? -Infinity) <= 0 && (range.high ?? Infinity) >= 0) return [];
    const left = ratio.at_floor.length === 0 ? "" : `, ${counted(ratio.at_floor.length, "base")} at chance left out`;
    const floor = above === null ? "" : `; median ${signedPercent(above)} of what the base knew beyond chance${left}`;
    const text = `SFT on ${one.sft_task} (${one.base}) changed ${counted(ratio.tasks.length, `${ratio.over} task`)} by ${signedPercent(mean)} of their score in the mean (${intervalInWords(range, signedPercent)} for tasks like these), ${signedPercent(median)} in the median${floor}.`;
    return [sentence("transfer", text, null, one.sft)];
  });
}

function levelSentence(one: TaskAtCheckpoint): Sentence[] {
  const { checkpoint, task, level, prompts, items, sensitivity, range, design } = one;
  const words = designWords(design, prompts.length);
  const error = shownInterval(level);
  const whom = error.for === "new prompts and rows" ? words.others : "these prompts and new rows";
  const known = error.interval === null ? "" : ` (${intervalInWords(error.interval)} for ${whom})`;
  const mean = `${checkpoint} reaches ${score(level.mean)}${known} on ${task} over ${words.size}${items === null ? "" : ` x ${counted(items, "row")}`}`;
  const { probability } = sensitivity;
  if (probability === null) return [sentence("level", `${mean}.`, task, checkpoint)];
  const noise =
    range.spread_from_noise === null ? "" : `, where noise alone would make ${score(range.spread_from_noise)}`;
  const prompted =
    range.spread === 0
      ? "all prompts score the same"
      : `from ${score(range.worst)} (${range.worst_prompt}) to ${score(range.best)} (${range.best_prompt}), a spread of ${score(range.spread)}${noise}`;
  const text = `${mean}: ${sdWords(words.sd, probability)}; ${prompted}.${contrastWords(one)}`;
  return [sentence("sensitivity", text, task, checkpoint)];
}

/** Writes an SD in words: one whose interval begins at 0 is not clearly above 0; of means alone it is a lower bound. */
function sdWords(name: string, { corrected_sd: sd, interval: range, raw_sd, noise }: SensitivityRecord): string {
  const raw = `${score(raw_sd)} with the noise of the rows`;
  if (sd === null || range === null) return `raw SD ${score(raw_sd)}, noise not known`;
  if (range.low === 0) {
    const below = range.high === null ? "without an upper limit" : `95 % below ${score(range.high)}`;
    return `${name} not clearly above 0 (${noise === "independent" ? "" : `${score(sd)}, `}${below}), ${raw}`;
  }
  return `${name} ${noise === "independent" ? "at least " : ""}${score(sd)} without noise (${intervalInWords(range)}), ${raw}`;
}

/** Says what one presentation costs against the other. */
function contrastWords({ presentations, design }: TaskAtCheckpoint): string {
  const [first, second] = design.presentations;
  if (presentations?.contrast == null || presentations.p_no_effect > 0.05) return "";
  const { value, interval: range } = presentations.contrast;
  return ` ${second} against ${first} makes ${signed(value)} (${intervalInWords(range)} for new wordings and new rows).`;
}

/** Says where another scorer sees much less of the sensitivity, or the model hardly answers in the form asked for. */
function scorerSentence({ checkpoint, task, scorer, answers, prompts }: TaskAtCheckpoint): Sentence[] {
  const out: Sentence[] = [];
  const say = (text: string) => out.push(sentence("scorer", text, task, checkpoint));
  const [own, ...all] = scorer.scorers;
  // Standard deviations of nats and of shares cannot be set side by side.
  const others = all.filter(({ shares }) => shares);
  if (own?.shares === true && own.corrected_sd != null && own.corrected_sd > 0) {
    for (const other of others) {
      if (other.corrected_sd === null || other.corrected_sd > own.corrected_sd / 2) continue;
      if ((other.interval?.high ?? Infinity) >= (own.interval?.low ?? 0)) continue;
      say(
        `${checkpoint} on ${task}: judged by ${other.name} the SD between prompts is ${score(other.corrected_sd)} instead of ${score(own.corrected_sd)} (mean ${score(other.mean)} and ${score(own.mean)}): much of the sensitivity is the scorer's.`,
      );
    }
  }
  if (scorer.label_mass !== null && scorer.label_mass.worst < 0.1) {
    say(
      `${checkpoint} on ${task}: under ${scorer.label_mass.worst_prompt} the labels hold ${score(scorer.label_mass.worst)} of the probability, so that they are ranked where the model would say something else.`,
    );
  }
  if (scorer.tied !== null && scorer.tied.rows > 0) {
    say(
      `${checkpoint} on ${task}: in ${scorer.tied.rows} of ${counted(scorer.tied.of, "row score")} several answers share the largest score and the first of them counts as given: there the order of the answers decides, not the model.`,
    );
  }
  if (scorer.unparseable !== null && scorer.unparseable.worst > 0.1) {
    say(
      `${checkpoint} on ${task}: under ${scorer.unparseable.worst_prompt} ${percent(scorer.unparseable.worst)} of the answers could not be read.`,
    );
  }
  if (answers?.one_answer_prompts != null && answers.one_answer_prompts * 2 >= prompts.length) {
    say(
      `${checkpoint} on ${task}: ${answers.one_answer_prompts} of ${counted(prompts.length, "prompt")} give one answer to nearly all rows; their scores are the shares of that label, not knowledge.`,
    );
  }
  return out;
}

/** Says what the scores do not show of how the rows were asked and answered. */
function validitySentence({ checkpoint, task, validity }: TaskAtCheckpoint): Sentence[] {
  if (validity.length === 0) return [];
  return [sentence("caution", `${checkpoint} on ${task}: ${validity.join("; ")}.`, task, checkpoint)];
}

function axesSentence({ checkpoint, task, axes, sensitivity }: TaskAtCheckpoint): Sentence[] {
  if (axes === null || (sensitivity.logit?.p_no_effect ?? 1) > 0.05) return [];
  if (axes.terms.filter(({ term }) => term !== "rest").length < 2) return [];
  const parts = axes.terms
    .filter(({ share, item_interval: range }) => (share ?? 0) > 0 && (range.low ?? 0) > 0)
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
  const named = parts
    .slice(0, 3)
    .map(
      ({ term, share, variance, item_interval: range }) =>
        `${term} ${percent(share ?? 0)} (${score(variance)}, ${intervalInWords(range)})`,
    );
  // One axis with the whole variance says no more than that prompts differ.
  if (named.length === 0 || percent(parts[0]?.share ?? 1) === percent(1)) return [];
  return [
    sentence(
      "axes",
      `${checkpoint} on ${task}: of the variance between prompts, in logits, ${named.join(", ")}, for these levels and new rows.`,
      task,
      checkpoint,
    ),
  ];
}

function agreementSentence({ task, sft_task: sftTask, checkpoints, prompts, w, p }: RankAgreement): Sentence | null {
  if (p === null) return null;
  // Whether one that was not said to be tuned is a base nobody knows: names say which they are.
  const named = `${checkpoints.slice(0, 3).join(", ")}${checkpoints.length > 3 ? ", …" : ""}`;
  const whose = `checkpoints${sftTask === null ? "" : ` after SFT on ${sftTask}`} (${named})`;
  const seen = p <= 0.05 ? "agree on the order of" : "are not seen to agree on the order of";
  const text = `${checkpoints.length} ${whose} ${seen} ${counted(prompts, "prompt")} on these rows of ${task} (Kendall's W ${coefficient(w)}, ${pValue(p)}, not adjusted over tasks).`;
  return sentence("ranking", text, task, null);
}

function cautions({ comparisons, replicates }: Parts): Sentence[] {
  if (comparisons.length === 0) return [];
  const elsewhere = replicates.length === 0 ? "" : ", but for the changes over several seeds or runs";
  const text = `Each SFT checkpoint is one run: what fine-tuning did cannot be separated from what its seed did${elsewhere}. The p-values are for wordings drawn like these, on the same rows; they are adjusted over the tasks of a pair, not over pairs.`;
  return [sentence("caution", text)];
}
