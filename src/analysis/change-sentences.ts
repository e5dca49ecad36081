/** Says in words what changed with fine-tuning: each sentence names what it is about and whom it is for. */

import { counted } from "../base/wording.js";
import { designWords } from "./design-words.js";
import type { Comparison, Pooled, Sentence, SentenceKind } from "./document/document.js";
import { coefficient, intervalInWords, pValue, score, signed } from "../base/numbers.js";
import { headlineOf } from "./parts/adjust.js";
import { atEndOfScale } from "./parts/end-of-scale.js";

export function sentence(
  kind: SentenceKind,
  text: string,
  task: string | null = null,
  checkpoint: string | null = null,
): Sentence {
  return { kind, text, task, checkpoint };
}

/** Begins a sentence about a pair. */
export function afterSft({ sft_task, sft, base }: Pick<Comparison, "sft_task" | "sft" | "base">): string {
  return sft_task === null ? `From ${base} to ${sft}` : `After SFT on ${sft_task} (${base} to ${sft})`;
}

function whyNoSensitivity(prompts: Comparison["prompts"]): string {
  const [first] = prompts;
  const shared = counted(prompts.length, "shared prompt");
  if (prompts.length < 2) return shared;
  return prompts.every(({ before, after }) => before === first?.before && after === first.after)
    ? `the ${shared} score the same, before and after`
    : `of ${shared} no two of one presentation score differently on two rows or more`;
}

/** Tells whether a change of the sensitivity is seen, be it on one scale only. */
export function isSensitivitySeen({ verdict }: Comparison): boolean {
  return verdict === "rose" || verdict === "fell" || verdict === "probability scale only";
}

/** Tells whether a change of the mean is seen, or could not be tested. */
export function isLevelSeen({ level: { p, p_holm: holm } }: Comparison): boolean {
  return (holm ?? p ?? 0) <= 0.05;
}

/** Says how the SD between wordings, that over these presentations, and their contrast changed. */
export function changeOfSensitivity(one: Comparison): Sentence {
  const { task, prompts, items, sensitivity, verdict, design } = one;
  const { probability, logit } = sensitivity;
  const say = (text: string) => sentence("change of sensitivity", text, task, one.sft);
  if (prompts.length < 2 || probability === null) {
    return say(`${afterSft(one)} nothing can be said of the sensitivity on ${task}: ${whyNoSensitivity(prompts)}.`);
  }
  const words = designWords(design, prompts.length);
  const size = `${words.size}${items === null ? "" : ` x ${counted(items, "row")}`}`;
  const raw = `${score(probability.raw_sd_before)} to ${score(probability.raw_sd_after)} with the noise of the rows`;
  const known = probability.sd_before !== null && probability.sd_after !== null;
  const between = (sd: number | null, withNoise: number | null) => `between ${score(sd)} and ${score(withNoise)}`;
  const sds = !known
    ? `${raw}, which is not known`
    : areLowerBounds(probability)
      ? `${between(probability.sd_before, probability.raw_sd_before)} to ${between(probability.sd_after, probability.raw_sd_after)} (without any noise and with all noise of the rows)`
      : `${score(probability.sd_before)} to ${score(probability.sd_after)} (${raw})`;
  const change =
    probability.sd_change_interval === null ? "" : `, change ${intervalInWords(probability.sd_change_interval)}`;
  const headline = headlineOf(sensitivity);
  const tested =
    headline?.p == null
      ? ""
      : `; ${logit === null ? "" : "in logits "}${pValue(headline.p)}${headline.p_holm === null ? "" : `, ${pValue(headline.p_holm, "Holm")}`}`;
  const figures = `over ${size} the ${words.sd} went from ${sds}${change}${tested}`;
  const conclusions: Record<Comparison["verdict"], string> = {
    rose: `${afterSft(one)} scores on ${task} depend more on the ${words.unit}`,
    fell: `${afterSft(one)} scores on ${task} depend less on the ${words.unit}`,
    "no change seen": `${afterSft(one)} no change of the sensitivity on ${task} is seen`,
    "probability scale only": `${afterSft(one)} the SD on ${task} changed on the probability scale only, as it does when nothing but the mean moves`,
    "not testable": `${afterSft(one)} a change of the sensitivity on ${task} cannot be tested`,
  };
  const why = probability.withheld === null ? "" : ` Not more can be said: ${probability.withheld}.`;
  return say(
    `${conclusions[verdict]}: ${figures}.${why}${total(one)}${contrast(one)}${power(one)}${atTheEnd(one)}${floor(one)}`,
  );
}

/** Tells whether SDs without noise are lower bounds, as they are where only means are known. */
export function areLowerBounds(record: Comparison["sensitivity"]["probability"]): boolean {
  return (record?.tests?.raw ?? null) !== null;
}

/** Says how the SD over these presentations changed, where its change is seen. */
function total({ total: all, prompts, design }: Comparison): string {
  const [own, shown] = [all?.logit ?? all?.probability ?? null, all?.probability ?? null];
  if (own === null || shown === null || shown.sd_change_interval === null || (own.p_holm ?? 1) > 0.05) return "";
  const words = designWords(design, prompts.length);
  return ` Over ${words.presentations} the SD between prompts went from ${score(shown.sd_before)} to ${score(shown.sd_after)} (change ${intervalInWords(shown.sd_change_interval)}; ${pValue(own.p_holm, "Holm")}).`;
}

/** Says what one presentation costs against the other, where that changed. */
function contrast({ contrast: own }: Comparison): string {
  if (own === null || own.p > 0.05) return "";
  return ` ${own.second} against ${own.first} made ${signed(own.before)} before and ${signed(own.after)} after (change ${signed(own.change)}, ${intervalInWords(own.interval)} for new wordings and new rows; ${pValue(own.p)}, not adjusted).`;
}

function atTheEnd(one: Comparison): string {
  const found = atEndOfScale(one);
  if (found === null) return "";
  return ` After it ${found.count} of ${counted(one.prompts.length, "prompt")} score ${found.where}: there prompts have nothing left to differ in.`;
}

/** Says that a rise from guessing, or a fall to it, is explained by the floor. */
function floor({ floor: at, verdict }: Comparison): string {
  if (verdict === "rose" && at.before === true) {
    return " Before it the mean is not clearly different from guessing, where prompts have nothing to differ in: a rise off the floor.";
  }
  if (verdict === "fell" && at.after === true) {
    return " After it the mean is not clearly different from guessing, where prompts have nothing to differ in.";
  }
  return "";
}

/** Says what the design could have seen, on the probability scale. */
function power({ sensitivity: { probability } }: Comparison): string {
  const { power: seen, sd_before: before } = probability ?? { power: null, sd_before: null };
  if (seen === null || before === null) return "";
  const falls = seen.fall_to === null ? "no fall and " : `a fall to ${score(seen.fall_to)} and `;
  const fall = Number(score(before)) === 0 ? "" : falls;
  const rise = seen.rise_to === null ? "no rise" : `a rise to ${score(seen.rise_to)}`;
  return ` From ${score(before)} this design sees ${fall}${rise} with power 0.8.`;
}

export function changeOfLevel(one: Comparison): Sentence {
  const { level, task } = one;
  const range = level.crossed_interval ?? level.item_interval;
  const whom =
    level.crossed_interval === null ? "these prompts and new rows" : designWords(one.design, one.prompts.length).others;
  const error = range === null ? "its uncertainty is not known" : `${intervalInWords(range)} for ${whom}`;
  const p =
    level.p === null ? "" : `; ${pValue(level.p)}${level.p_holm === null ? "" : `, ${pValue(level.p_holm, "Holm")}`}`;
  const means = `${score(level.before)} to ${score(level.after)} (${signed(level.change)}, ${error}${p})`;
  const tested = level.p_holm ?? level.p;
  const text = isLevelSeen(one)
    ? `${afterSft(one)} the mean on ${task} ${tested === null ? "went" : level.change > 0 ? "rose" : "fell"} from ${means}.`
    : `${afterSft(one)} no change of the mean on ${task} is seen: ${means}.`;
  return sentence("change of level", text, task, one.sft);
}

/** Tells whether the interval of a ratio holds all ratios, as they are written. */
export function fitsAnyRatio({ quantity, interval: { low, high } }: Pooled): boolean {
  return quantity !== "level" && high === null && (low === null || Number(coefficient(low)) === 0);
}

/**
 * Says what was found over tasks, and where no task shows it by itself.
 */
export function pooledSentence(one: Pooled, comparisons: readonly Comparison[]): Sentence[] {
  const alone = isPoolOnNoTask(one, comparisons) ? ON_NO_TASK : "";
  const groups = one.groups < one.tasks.length ? ` in ${one.groups} groups that share wordings` : "";
  const over = `over ${counted(one.tasks.length, "task")}${groups}`;
  const left = one.left_out.length === 0 ? "" : `; ${one.left_out.length} more could not be pooled`;
  const say = (text: string) => [sentence("pooled", text, null, one.sft)];
  if (one.quantity === "level" && one.effect !== null) {
    const between = `${intervalInWords(one.interval)}, ${pValue(one.p)}; between tasks SD ${score(Math.sqrt(one.tau2 ?? 0))}`;
    const seen = one.p <= 0.05 ? "the mean changed by" : "no change of the mean is seen:";
    return say(`${afterSft(one)} ${seen} ${signed(one.effect)} ${over} (${between}${left})${alone}.`);
  }
  if (one.quantity !== "SD ratio, logit scale") return [];
  const subject = `${afterSft(one)} the SD between prompts, in logits and ${over}, is`;
  const tail = `${pValue(one.p)}${left}`;
  if (one.p > 0.05) {
    const seen = `${afterSft(one)} no change of the SD between prompts is seen, in logits and ${over}`;
    if (fitsAnyRatio(one)) return say(`${seen}: these tasks leave it open, any ratio would fit (${tail}).`);
    return one.effect === null
      ? []
      : say(
          `${seen}: ${coefficient(one.effect)} times what it was (${intervalInWords(one.interval, coefficient)}, ${tail}).`,
        );
  }
  const { low, high } = one.interval;
  if (one.effect === null || high === null) {
    return low === null || Number(coefficient(low)) === 0
      ? []
      : say(`${subject} at least ${coefficient(low)} times what it was (95 %, ${tail})${alone}.`);
  }
  if (low === 0) return say(`${subject} at most ${coefficient(high)} times what it was (95 %, ${tail})${alone}.`);
  return say(
    `${subject} ${coefficient(one.effect)} times what it was (${intervalInWords(one.interval, coefficient)}, ${tail})${alone}.`,
  );
}

/** Follows a change over tasks that no task shows. */
export const ON_NO_TASK = "; no task shows it by itself, so which do is not known";

/** Tells whether a change over tasks is seen that none of their comparisons shows by itself. */
export function isOnNoTask(p: number, own: readonly Comparison[], isSeen: (one: Comparison) => boolean): boolean {
  return p <= 0.05 && !own.some(isSeen);
}

/** Tells the same of what was pooled. */
export function isPoolOnNoTask({ quantity, sft, p }: Pooled, comparisons: readonly Comparison[]): boolean {
  const own = comparisons.filter((one) => one.sft === sft);
  return isOnNoTask(p, own, quantity === "level" ? isLevelSeen : isSensitivitySeen);
}
