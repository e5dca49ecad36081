/** Says in words what several fine-tunings that differ by their seed have in common. */

import { coefficient, intervalInWords, percent, pValue, score, signed } from "../base/numbers.js";
import { sentence } from "./change-sentences.js";
import type { Replicates, SeedFigure, Sentence } from "./document/document.js";

/** Says the change of the mean over seeds, what the seed makes of it, and the change of the SD where it is known. */
export function replicateSentence(one: Replicates): Sentence {
  const { arm, seeds, sft_task: sftTask, task, level, of } = one;
  const on = sftTask === null ? "" : ` on ${sftTask}`;
  const tuning = `${seeds.length} ${of === "run" ? `training runs with SFT${on}` : `seeds of SFT${on}`} (${arm})`;
  const seen = (level.p_holm ?? level.p ?? 1) <= 0.05;
  const mean = seen
    ? `Over ${tuning} the mean on ${task} changed by ${signed(level.change)} (${tested(level, signed, of)})`
    : `Over ${tuning} no change of the mean on ${task} is seen: ${signed(level.change)} (${tested(level, signed, of)})`;
  const between = `; SD between ${of}s ${score(level.sd)} (${intervalInWords(level.sd_interval)}, on these prompts and rows)`;
  return sentence("replicates", `${mean}${between}${shareWords(level, of)}.${sdWords(one)}`, task);
}

function tested(figure: SeedFigure, write: (value: number) => string, of: Replicates["of"]): string {
  const interval =
    figure.interval === null ? "" : `${intervalInWords(figure.interval, write)} for new ${of}s, wordings and rows; `;
  return `${interval}${pValue(figure.p)}${figure.p_holm === null ? "" : `, ${pValue(figure.p_holm, "Holm")}`}`;
}

/** Says what the error of the mean is made of. */
function shareWords({ seed_share: share }: SeedFigure, of: Replicates["of"]): string {
  return share === null
    ? ""
    : `; ${percent(share)} of the squared standard error is the ${of}s', the rest that of wordings and rows`;
}

function sdWords({ sensitivity: { probability, logit }, withheld, of }: Replicates): string {
  const own = logit ?? probability;
  if (own === null || own.p === null) {
    return withheld === null
      ? ""
      : ` Whether the SD between wordings changed over the ${of}s cannot be said: ${withheld}.`;
  }
  const [scale, write] = logit === null ? ["", signed] : [", in logits,", (value: number) => signed(value, 2)];
  const seen = (own.p_holm ?? own.p) <= 0.05 && excludesZero(own);
  const says = seen ? "changed by" : "is not seen to change:";
  return ` The SD between wordings${scale} ${says} ${write(own.change)} (${tested(own, write, of)}); SD between ${of}s ${logit === null ? score(own.sd) : coefficient(own.sd)}.`;
}

function excludesZero({ interval }: SeedFigure): boolean {
  return interval !== null && ((interval.low ?? -Infinity) > 0 || (interval.high ?? Infinity) < 0);
}
