/** Writes the boards over several tasks: ranks by level and by sensitivity, and what is behind them. */

import type { Entry, Overall, OverallRank } from "../../leaderboard/entry.js";
import { interval, score, steps } from "../../base/numbers.js";
import { counted, shortened } from "../../base/wording.js";
import { html, type Html } from "../html.js";
import { term } from "../page/glossary.js";
import { hash, name, sortableTable, type Column, type TableRow, type Value } from "../page/pieces.js";
import { sdCell, sizeOf, stageOf } from "./entry-words.js";

/** Writes the section; nothing where no two checkpoints share two tasks. */
export function overallSection(overall: readonly Overall[], entries: ReadonlyMap<string, Entry>): Html | null {
  if (overall.length === 0) return null;
  const titles = overall.map(
    ({ tasks, ranks }) =>
      `${tasks.map((task) => shortened(task, 40)).join(", ")} (${counted(ranks.length, "checkpoint")})`,
  );
  return html`<section id="overall" aria-labelledby="overall-title">
    <h2 id="overall-title">Over several tasks</h2>
    <p>Checkpoints that were asked the same. By level, the first has the highest mean of its scores on these tasks; by sensitivity, the first has the smallest mean of its ${term("sd", "SD")} between wordings: it depends least on these prompts. Ranks by sensitivity hold for these prompts and say nothing of others. Checkpoints of a group cannot be told apart from its first: the 95 % interval of the difference holds 0.</p>
    ${overall.length === 1 ? null : html`<div class="controls"><label>Tasks <select id="set" disabled>${titles.map((title, i) => html`<option value="${i}">${shortened(title, 120)}</option>`)}</select></label></div>`}
    ${overall.map((board, i) => html`<div class="set" data-set="${i}">${boardTable(board, titles[i] ?? "", entries)}</div>`)}
  </section>`;
}

const COLUMNS: readonly Column[] = [
  { head: "model" },
  { head: "rank by level", numeric: true },
  { head: "group", numeric: true },
  { head: term("mean", "mean score"), numeric: true },
  { head: "rank by sensitivity", numeric: true },
  { head: "group by sensitivity", numeric: true },
  { head: term("sd", "SD"), numeric: true },
  { head: term("worst"), numeric: true },
  { head: "rows (n)", numeric: true },
  { head: "shots", numeric: true },
  { head: "prompts", numeric: true },
  { head: "stage" },
  { head: "step", numeric: true },
  { head: "size", numeric: true },
  { head: "version" },
];

function boardTable(board: Overall, title: string, entries: ReadonlyMap<string, Entry>): Html {
  const ordered = [...board.ranks].sort((a, b) => a.level.rank - b.level.rank);
  const rows = ordered.flatMap((one): TableRow[] => {
    const own = one.entries.flatMap((key) => entries.get(key) ?? []);
    const [first] = own;
    if (first === undefined) return [];
    const { checkpoint } = first;
    const worst = own.reduce((least, entry) => (entry.scores.worst < least.scores.worst ? entry : least));
    const several = own.map(({ version }) => version).filter((version) => version !== undefined);
    const { level, sensitivity } = one;
    return [
      {
        cells: [
          { shown: html`${name(checkpoint.name)}${checkpoint.weights === null ? null : html` <small>${hash(checkpoint.weights)}</small>`}` },
          rankCell(level, board),
          { shown: String(level.group), sort: level.group },
          valueCell(level),
          sensitivity === undefined ? NONE : rankCell(sensitivity, board),
          sensitivity === undefined ? NONE : { shown: String(sensitivity.group), sort: sensitivity.group },
          sensitivity === undefined ? NONE : sdCell(sensitivity.value, sensitivity.interval),
          { shown: html`${score(worst.scores.worst)} <small>${name(worst.task, 28)}: ${name(worst.scores.worst_prompt, 28)}</small>`, sort: worst.scores.worst },
          sum(own.map((entry) => entry.rows)),
          range(own.map(({ shots }) => shots)),
          range(own.map(({ prompts }) => prompts.length)),
          { shown: stageOf(first) },
          { shown: steps(checkpoint.step), sort: checkpoint.step },
          { shown: sizeOf(first), sort: checkpoint.parameters },
          { shown: [...new Set(several)].sort().join(", ") || "–" },
        ],
      },
    ];
  }); // prettier-ignore
  const over = board.new_prompts ? "new wordings and new rows" : "new rows, with these prompts";
  return sortableTable(
    `${title}. In ranks: place and its 95 % interval. Intervals and groups of the level are for ${over}; those of the SD are for new rows, with these prompts, and “below” is the mean of what the rows and wordings of each task leave possible. The worst prompt is that of the lowest score on any of the tasks.`,
    COLUMNS,
    rows,
  );
}

const NONE: Value = { shown: html`<span title="entries of this version of amuro-eval have resamples of the SD">–</span>`, sort: null }; // prettier-ignore

function rankCell({ rank, low, high }: OverallRank, { ranks }: Overall): Value {
  return { shown: html`<b>${rank}</b><small> ${low === high ? "" : `${low}–${high} `}of ${ranks.length}</small>`, sort: rank }; // prettier-ignore
}

function valueCell({ value, interval: bounds }: OverallRank): Value {
  return { shown: html`${score(value)} <small>${interval(bounds)}</small>`, sort: value };
}

function sum(values: readonly number[]): Value {
  const total = values.reduce((all, value) => all + value, 0);
  return { shown: total.toLocaleString("en"), sort: total };
}

/** Writes a number that is the same for all tasks, or the smallest and the largest. */
function range(values: readonly number[]): Value {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { shown: low === high ? String(low) : `${low}–${high}`, sort: low };
}
