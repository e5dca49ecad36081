/** States the paper's four claims, each with its evidence from the released numbers, dataset by dataset. */

import { spearman } from "../../statistics/trend.js";
import { mean, variance } from "../../statistics/uncertainty.js";
import { randomStream } from "../../base/random.js";
import { counted } from "../../base/wording.js";
import { coefficient, pValue, score, signed, signedPercent } from "../../base/numbers.js";
import { changesOf, type Lookup, type PaperChange, POINTS, PROMPTS } from "./cells.js";
import { GROUPS } from "./group-change.js";
import { chanceOf } from "./ratios.js";

interface Evidence {
  readonly dataset: string;
  readonly text: string;
  readonly supports: boolean | null;
}

export interface Claim {
  readonly claim: string;
  readonly verdict: "supported" | "supported in part" | "not supported";
  readonly why: string;
  readonly evidence: readonly Evidence[];
}

/** Sets the standard errors beyond which a change is called one. */
const Z = 1.96;

/** Names the task of each fine-tuning, and the datasets it was not trained on by the kind of their score. */
const OWN: Readonly<Record<string, string>> = {
  mnli: "mnli_matched",
  paws: "paws",
  xsum: "xsum",
  socialiqa: "socialiqa",
};
const GENERATION = ["xsum", "xlsum", "cnn_dailymail", "socialiqa", "sciq", "tweetqa"];
const CLASSIFICATION = ["mnli_matched", "mnli_mismatched", "rte", "gpt3nli", "paws"];

export function paperClaims(lookup: Lookup): Claim[] {
  return [ownTaskAndOthers(lookup), sensitivity(lookup), latent(lookup), whereNothingWas(lookup)].filter(
    ({ evidence }) => evidence.length > 0,
  );
}

function beyondNoise({ change, stderr }: PaperChange): -1 | 0 | 1 {
  return stderr !== null && Math.abs(change) > Z * stderr ? (change > 0 ? 1 : -1) : 0;
}

function counts(changes: readonly PaperChange[]): { rose: number; fell: number; text: string } {
  const signs = changes.map(beyondNoise);
  const [rose, fell] = [signs.filter((sign) => sign > 0).length, signs.filter((sign) => sign < 0).length];
  const text = `mean ${signed(mean(changes.map(({ change }) => change)))}; beyond noise up at ${rose}, down at ${fell} of ${changes.length} checkpoints`;
  return { rose, fell, text };
}

function ownTaskAndOthers(lookup: Lookup): Claim {
  const evidence: Evidence[] = [];
  for (const [sftTask, own] of Object.entries(OWN)) {
    const changes = changesOf(lookup, sftTask, own);
    if (changes.length === 0) continue;
    const { rose, text } = counts(changes);
    evidence.push({ dataset: `${own} after its own SFT`, text, supports: rose > changes.length / 2 });
  }
  const helped = evidence.filter(({ supports }) => supports === true).length;
  const tasks = evidence.length;
  for (const sftTask of Object.keys(OWN)) {
    const generated = GENERATION.includes(OWN[sftTask] as string);
    for (const task of generated ? CLASSIFICATION : GENERATION) {
      const changes = changesOf(lookup, sftTask, task);
      if (changes.length === 0) continue;
      const known = changes.filter((one) => one.before > chanceOf(task) + Z * (one.stderr ?? 0));
      const { fell, text } = counts(changes);
      const floor = known.length < changes.length ? `; ${counted(changes.length - known.length, "base")} at chance had nothing to forget` : ""; // prettier-ignore
      evidence.push({
        dataset: `${task} after SFT on ${sftTask}`,
        text: text + floor,
        supports: known.length === 0 ? null : fell > changes.length / 2,
      });
    }
  }
  const lost = evidence.slice(tasks).flatMap(({ supports, dataset }) => (supports === true ? [dataset] : []));
  const could = evidence.slice(tasks).filter(({ supports }) => supports !== null).length;
  return {
    claim: "(i) Fine-tuning helps its own task and forgets others.",
    verdict: verdict(helped === tasks, lost.length === could, helped + lost.length > 0),
    why: `Its own task gains beyond noise at most checkpoints for ${helped} of ${tasks} tasks. Tasks of the other kind lose beyond noise at most checkpoints in ${lost.length} of ${could} cases in which a base was above chance${lost.length > 0 ? `: ${lost.join(", ")}` : ""}.`,
    evidence,
  };
}

/** Compares the SD over the formats that both have, before and after, with the trend of what is left after SFT. */
function sensitivity(lookup: Lookup): Claim {
  const evidence: Evidence[] = [];
  let [rises, falling, tested] = [0, 0, 0];
  for (const [sftTask, task] of Object.entries(OWN)) {
    const points = POINTS.flatMap((point, order) => {
      const prompts = PROMPTS.filter(
        (prompt) => lookup(point, null, task, prompt) && lookup(point, sftTask, task, prompt),
      );
      if (prompts.length < 2) return [];
      const sd = (tuned: string | null) => {
        const cells = prompts.map((prompt) => lookup(point, tuned, task, prompt));
        const raw = variance(cells.map((cell) => cell?.value ?? NaN));
        const noise = mean(cells.map((cell) => (cell?.stderr ?? 0) ** 2));
        return { raw: Math.sqrt(raw), corrected: Math.sqrt(Math.max(0, raw - noise)) };
      };
      return [{ order, prompts: prompts.length, before: sd(null), after: sd(sftTask) }];
    });
    if (points.length === 0) continue;
    const [before, after] = [
      mean(points.map((one) => one.before.corrected)),
      mean(points.map((one) => one.after.corrected)),
    ];
    const rose = points.filter((one) => one.after.corrected > one.before.corrected).length;
    const trend = spearman(
      points.map(({ order }) => order),
      points.map((one) => one.after.raw),
      randomStream("paper", task),
    );
    tested++;
    if (rose > points.length / 2) rises++;
    const falls = trend !== null && trend.rho < 0 && trend.p <= 0.05;
    if (falls) falling++;
    const along = trend === null ? "too few checkpoints for a trend" : `along pre-training SD after SFT has Spearman ${coefficient(trend.rho)}, ${pValue(trend.p)}${trend.exact ? "" : " (sampled)"}`; // prettier-ignore
    evidence.push({
      dataset: task,
      text: `SD over ${Math.max(...points.map(({ prompts }) => prompts))} formats ${score(before)} before and ${score(after)} after SFT on it, without noise, mean of ${points.length} checkpoints; larger after at ${rose}; ${along}`,
      supports: rose > points.length / 2 && falls,
    });
  }
  return {
    claim: "(ii) After fine-tuning the model is highly sensitive to the prompt, and more pre-training alleviates this.",
    verdict: verdict(rises === tested, falling === tested, rises + falling > 0),
    why: `The SD over formats is larger after SFT at most checkpoints on ${rises} of ${tested} datasets, and falls along pre-training on ${falling} of ${tested} (exact Spearman at the 5 % level). Three formats can reach no p-value for a change of an SD (six is the fewest), one of them is the format of training, and accuracies moved away from chance, where an SD is larger anyway.`,
    evidence,
  };
}

/**
 * Looks for datasets whose base stays flat along pre-training while the score after SFT rises: learned without showing.
 */
function latent(lookup: Lookup): Claim {
  const evidence: Evidence[] = [];
  for (const [task, sftTask] of [...GROUPS.fineTuning, ...GROUPS.preTraining]) {
    const changes = changesOf(lookup, sftTask, task);
    if (changes.length < 4) continue;
    const order = changes.map(({ point }) => POINTS.indexOf(point));
    const trend = (value: (one: PaperChange) => number) =>
      spearman(order, changes.map(value), randomStream("latent", task));
    const [base, tuned] = [trend(({ before }) => before), trend(({ after }) => after)];
    if (base === null || tuned === null) continue;
    const rises = ({ rho, p }: typeof tuned) => rho > 0 && p <= 0.05;
    evidence.push({
      dataset: `${task} (SFT on ${sftTask})`,
      text: `base from ${score(changes[0]?.before)} to ${score(changes.at(-1)?.before)} (Spearman ${coefficient(base.rho)}, ${pValue(base.p)}), after SFT from ${score(changes[0]?.after)} to ${score(changes.at(-1)?.after)} (${coefficient(tuned.rho)}, ${pValue(tuned.p)})`,
      supports: rises(tuned) && !rises(base),
    });
  }
  const supporting = evidence.filter(({ supports }) => supports === true).map(({ dataset }) => dataset);
  return {
    claim: "(iii) More pre-training improves the model in a latent way that shows only after fine-tuning.",
    verdict: verdict(supporting.length === evidence.length, supporting.length > 0, supporting.length > 0),
    why: `${supporting.length} of ${evidence.length} datasets rise along pre-training after SFT while the base is not seen to (exact Spearman, 5 % level)${supporting.length > 0 ? `: ${supporting.join(", ")}` : ""}.`,
    evidence,
  };
}

/** Sets the gain by SFT beside what the base had gained by then. */
function whereNothingWas(lookup: Lookup): Claim {
  const rows = [...GROUPS.fineTuning, ...GROUPS.preTraining].flatMap(([task, sftTask]) => {
    const changes = changesOf(lookup, sftTask, task);
    const [first] = changes;
    if (first === undefined) return [];
    const later = changes.filter(({ point }) => POINTS.indexOf(point) >= POINTS.length / 2);
    if (later.length === 0) return [];
    const learned = mean(later.map(({ before }) => before)) - first.before;
    return [{ task, sftTask, learned, gained: mean(later.map(({ change }) => change)), ...counts(later) }];
  });
  const small = rows.filter(({ learned }) => learned < 0.05);
  const evidence = rows.map(({ task, sftTask, learned, gained, rose }): Evidence => {
    const nothing = learned < 0.05;
    return {
      dataset: `${task} (SFT on ${sftTask})`,
      text: `base gained ${signed(learned)} by pre-training, SFT added ${signed(gained)} in the later half (beyond noise at ${rose})`,
      supports: nothing === gained > 0.05,
    };
  });
  const trend =
    rows.length < 3
      ? null
      : spearman(rows.map(({ learned }) => learned), rows.map(({ gained }) => gained), randomStream("where")); // prettier-ignore
  const holds = evidence.filter(({ supports }) => supports === true).length;
  const rank =
    trend === null
      ? ""
      : ` Over datasets, gain by pre-training and gain by SFT have Spearman ${coefficient(trend.rho)}, ${pValue(trend.p)}${trend.exact ? "" : " (sampled)"}.`;
  return {
    claim: "(iv) Fine-tuning helps most where the base model shows nothing.",
    verdict: verdict(holds === evidence.length, holds > evidence.length / 2, holds > 0),
    why: `${small.length} of ${rows.length} datasets gained less than 0.05 by pre-training; SFT added ${signedPercent(mean(small.map(({ gained }) => gained)))} of the scale there and ${signedPercent(mean(rows.filter((row) => !small.includes(row)).map(({ gained }) => gained)))} elsewhere.${rank} The same base is in both gains, with opposite signs, so that some of this is arithmetic; the kinds of SFT differ as well (instructions for one group, the task itself for the other).`,
    evidence,
  };
}

function verdict(all: boolean, second: boolean, some: boolean): Claim["verdict"] {
  if (all && second) return "supported";
  return some ? "supported in part" : "not supported";
}
