/** Says what other wordings would do: quantiles of the score, and the order of two checkpoints. */

import { percent } from "../../base/numbers.js";
import type { CrossedDesign } from "../../statistics/crossed/design.js";
import type { Interval } from "../../statistics/distributions.js";
import { promptOrder } from "../../statistics/crossed/order.js";
import { promptQuantiles } from "../../statistics/crossed/quantiles.js";
import { pairedMoments } from "../../statistics/moments.js";
import type { AnalysedCheckpoint, AnalysedPrompt, Limit, OrderRecord, QuantileRecord, QuantilesRecord } from "../document/document.js"; // prettier-ignore
import { intervalRecord, type Streams } from "../document/records.js";
import { type JudgedBy, type Measured, widthOf } from "../read/input.js";
import { momentsOf, unitsOf } from "../read/remembered.js";
import { subsetGrid } from "../read/subset.js";
import { sameRows } from "./change-of.js";
import { designOf } from "./design-of.js";
import { fewRowsInterval, joined } from "./few-rows.js";

/** Lists the shares of wordings that quantiles are given for. */
export const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;
/** Sets the fewest wordings that say something of the tails of others. */
export const FEWEST_WORDINGS = 12;
/** Sets the most checkpoints of a task whose pairs are all compared: 28 pairs. */
const MOST_CHECKPOINTS = 8;

/** Returns the quantiles over wordings, or why there are none. */
export function quantilesOf(
  { moments, noise, shares, scores }: Measured,
  design: CrossedDesign,
  streams: Streams,
  judged: JudgedBy,
): QuantilesRecord {
  const withheld = whyWithheld(noise, design);
  if (withheld !== null) return { values: [], withheld };
  const found = promptQuantiles(moments, design, QUANTILES, streams("quantiles"), { shares });
  if (found === null) return { values: [], withheld: NO_REPEATS };
  const wide = scores && fewRowsInterval(scores);
  const values = found.map(({ at, value, interval }): QuantileRecord => {
    const own = intervalRecord(interval);
    const whole = wide === null ? own : joined(own, wide);
    const limited = (whole.high ?? Infinity) - (whole.low ?? -Infinity) <= MOST_LEFT_OPEN * widthOf(judged);
    return limited ? { at, value, interval: whole } : { at, value: null, interval: null };
  });
  const open = values.filter(({ value }) => value === null).map(({ at }) => percent(at));
  if (open.length === values.length) return { values: [], withheld: NO_LIMIT };
  return { values, withheld: open.length === 0 ? null : `${open.join(", ")}: ${NO_LIMIT}` };
}

/** Holds the probability that two wordings disagree where half of them prefer either checkpoint. */
const MOST_REVERSALS = 0.5;
/** Sets the part of what is possible that an interval may span and still say something. */
const MOST_LEFT_OPEN = 0.95;
const NO_LIMIT = "these wordings and rows leave it open: the interval spans nearly all that is possible";
const ALL_ALIKE =
  "the rows differ in the same way under all prompts of a presentation, which says too little of others";
const NO_REPEATS = "no presentation has two prompts on two rows or more";

function whyWithheld(noise: Measured["noise"], { wordings }: CrossedDesign): string | null {
  if (noise !== "crossed") return "they need the score of every row";
  if (wordings >= FEWEST_WORDINGS) return null;
  return `${wordings === 1 ? "one wording" : `${wordings} wordings`}; fewer than ${FEWEST_WORDINGS} say too little of others`;
}

/** Orders of a task's checkpoints, and what was left out. */
export interface Orders {
  readonly orders: readonly OrderRecord[];
  readonly limits: readonly Limit[];
}

/**
 * Compares each SFT checkpoint with its base, and all pairs where the task has no more than {@link MOST_CHECKPOINTS}
 * checkpoints with the scores of their rows. Pairs without a common prompt or with different rows are passed over.
 */
export function ordersOf(
  task: string,
  measured: ReadonlyMap<string, Measured>,
  checkpoints: readonly AnalysedCheckpoint[],
  described: readonly AnalysedPrompt[],
  streams: Streams,
): Orders {
  const own = checkpoints.filter(({ name }) => measured.get(name)?.scores != null);
  const all = own.length <= MOST_CHECKPOINTS;
  const pairs = own.flatMap((second, j) =>
    own.slice(0, j).flatMap((first): [string, string][] => {
      if (second.base === first.name) return [[first.name, second.name]];
      if (first.base === second.name) return [[second.name, first.name]];
      return all ? [[first.name, second.name]] : [];
    }),
  );
  const orders = pairs.flatMap(([x, y]) => {
    const order = orderOf(task, measured.get(x) as Measured, measured.get(y) as Measured, described, streams);
    return order === null ? [] : [order];
  });
  const limits: Limit[] = all
    ? []
    : [
        {
          what: "order of checkpoints that are no pair of base and SFT",
          why: `only up to ${MOST_CHECKPOINTS} checkpoints of a task are compared in all pairs`,
          task,
          checkpoint: null,
        },
      ];
  return { orders, limits };
}

function orderOf(
  task: string,
  first: Measured,
  second: Measured,
  described: readonly AnalysedPrompt[],
  streams: Streams,
): OrderRecord | null {
  const shared = first.prompts.filter((id) => second.prompts.includes(id));
  const [u, v] = [first.scores && unitsOf(first.scores), second.scores && unitsOf(second.scores)];
  if (shared.length === 0 || !sameRows(first, second) || u === null || v === null) return null;
  const [x, y] = [first, second].map(({ prompts }) => shared.map((id) => prompts.indexOf(id))) as [number[], number[]];
  const paired = pairedMoments(subsetGrid(u, x), subsetGrid(v, y), momentsOf);
  const { design, record } = designOf(shared, described);
  const changes = Array.from(paired.after.means, (value, p) => value - (paired.before.means[p] as number));
  const noise = first.noise === second.noise ? first.noise : null;
  const same = changes.every((change) => change === 0) ? "the two score the same under every prompt" : null;
  const why = whyWithheld(noise, design) ?? same;
  const drawn =
    why === null ? promptOrder(paired, design, streams("order", first.checkpoint, second.checkpoint)) : null;
  const hasWidth = drawn !== null && drawn.shareInterval.high > drawn.shareInterval.low;
  const found = hasWidth ? drawn : null;
  const [ofShare, ofReversal] = [
    found !== null && isLimited(found.shareInterval, 1) ? found : null,
    found !== null && isLimited(found.reversalInterval, MOST_REVERSALS) ? found : null,
  ];
  return {
    task,
    first: first.checkpoint,
    second: second.checkpoint,
    items: first.items === second.items ? first.items : null,
    design: record,
    higher: changes.filter((change) => change > 0).length,
    lower: changes.filter((change) => change < 0).length,
    equal: changes.filter((change) => change === 0).length,
    share: ofShare && ofShare.share,
    share_interval: ofShare && intervalRecord(ofShare.shareInterval),
    reversal: ofReversal && ofReversal.reversal,
    reversal_interval: ofReversal && intervalRecord(ofReversal.reversalInterval),
    withheld:
      found === null ? (why ?? (drawn === null ? NO_REPEATS : ALL_ALIKE)) : ofReversal === null ? NO_LIMIT : null,
  };
}

/** Tells whether an interval leaves out a part of what is possible. @param most upper end of the scale, 0 the lower */
function isLimited({ low, high }: Interval, most: number): boolean {
  return high - low <= MOST_LEFT_OPEN * most;
}
