/** Writes the page of a leaderboard: one line an entry, its ranks by three figures side by side. */

import { counted } from "../../base/wording.js";
import { html, type Html } from "../html.js";
import { metricTitle } from "../../metrics/registry.js";
import { score, steps } from "../../base/numbers.js";
import { term } from "../page/glossary.js";
import { figureBlock, hash, name, sortableTable, type Column, type TableRow, type Value } from "../page/pieces.js";
import { pageWith } from "../page/shell.js";
import { boardFigure } from "./board-figure.js";
import { sdCell, sizeOf, stageOf } from "./entry-words.js";
import { overallSection } from "./overall-table.js";
import { settingOf, type Board, type Entry, type Leaderboard, type Ranked } from "../../leaderboard/entry.js";

/** Limits the boards that have a figure; of more, the largest have one. */
const MOST_FIGURES = 40;

export function leaderboardPage({ entries, boards, overall = [], version }: Leaderboard): string {
  const byHash = new Map(entries.map((entry) => [entry.hash, entry]));
  const drawn = [...boards].sort((a, b) => b.ranks.length - a.ranks.length).slice(0, MOST_FIGURES);
  const checkpoints = new Set(entries.map(({ checkpoint }) => JSON.stringify([checkpoint.name, checkpoint.weights])));
  const body = html`<header class="wide">
      <div class="bar"><h1>Leaderboard of prompt sensitivity</h1><button type="button" id="theme" hidden>Theme: system</button></div>
      <p class="about">${counted(checkpoints.size, "checkpoint")} · ${counted(new Set(entries.map(({ task }) => task)).size, "task")} · ${counted(entries.length, "entry").replace(/entrys$/, "entries")} · amuro-eval ${version} · <a href="leaderboard.json">leaderboard.json</a></p>
    </header>
    <main class="wide">
      ${overallSection(overall, byHash)}
      <section id="answer" aria-labelledby="table-title">
        <h2 id="table-title">Task by task</h2>
        <p>A rank has two intervals: for these prompts, 95 of 100 resamples of the rows give a rank in the first; for new prompts, 95 of 100 resamples of wordings and rows together give a rank in the second. Two entries are tied where the 95 % interval of their difference holds 0; the entries of a group are tied with its first. The rank by ${term("mean")} says how good a checkpoint is under these prompts on average; by ${term("worst")} and 5th percentile, how good it is under the worst of them.</p>
        ${controls(entries)}
        <div id="entries">${entryTable(entries, boards)}</div>
        <p><button type="button" id="more" hidden>Show more</button></p>
      </section>
      <section aria-labelledby="figures-title"><h2 id="figures-title">Figures</h2>
        ${drawn.map((board, i) => html`<div class="board" data-task="${board.task}">${figureBlock(boardFigure(board, byHash, `board-${i}`), aboutBoard(board, byHash))}</div>`)}
        ${boards.length > drawn.length ? html`<p class="about">${counted(boards.length - drawn.length, "smaller board")} are in the table only.</p>` : null}
      </section>
      <section id="methods" aria-labelledby="methods-title"><h2 id="methods-title">How ranks are made</h2>
        <p>Entries are ranked where they were asked the same: the same rows, shots, prompts, metric and way of answering. Those share a setting, and each setting has ranks of its own. All entries of a setting are scored on the same resamples of its rows, so that hard rows are hard for all. Equal scores share a rank, written with “=”. “Tied” counts the entries whose 95 % interval of the difference from this one holds 0.</p>
        <dl class="glossary">
          <dt id="term-mean">mean score</dt><dd>Mean over all prompts and rows.</dd>
          <dt id="term-worst">worst prompt</dt><dd>Score of the prompt with the lowest score.</dd>
          <dt id="term-sd">noise-corrected SD</dt><dd>How much prompts would differ with endless rows; [ ] its 95 % interval; “below” is what an SD that these rows do not show may still be.</dd>
          <dt id="term-raw-sd">raw SD</dt><dd>Standard deviation of the prompts’ scores; holds the noise of the rows.</dd>
        </dl>
      </section>
    </main>`;
  return pageWith({ title: "Leaderboard of prompt sensitivity", script: "leaderboard", body });
}

function controls(entries: readonly Entry[]): Html {
  const select = (label: string, key: string, value: (entry: Entry) => string) => {
    const values = [...new Set(entries.map(value))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    return html`<label>${label} <select data-select="${key}" disabled><option value="">all</option>${values.map((one) => html`<option value="${one}">${one}</option>`)}</select></label>`;
  };
  return html`<div class="controls">
    <label>Filter <input type="search" data-filter="entries" placeholder="words of a line" autocomplete="off" /></label>
    ${select("Task", "task", ({ task }) => task)} ${select("Metric", "metric", ({ metric }) => metricTitle(metric))}
    ${select("Stage", "stage", stageOf)} ${select("Size", "size", sizeOf)} ${select("Step", "step", ({ checkpoint }) => steps(checkpoint.step))}
    <output data-count="entries"></output>
  </div>`;
}

const COLUMNS: readonly Column[] = [
  { head: "model" },
  { head: "task" },
  { head: "rank by mean", numeric: true },
  { head: "for new prompts", numeric: true },
  { head: "group", numeric: true },
  { head: "mean", numeric: true },
  { head: "standard error", numeric: true },
  { head: "rank by worst", numeric: true },
  { head: term("worst"), numeric: true },
  { head: "rank by 5 %", numeric: true },
  { head: "5th percentile", numeric: true },
  { head: "rank by SD", numeric: true },
  { head: term("sd", "SD"), numeric: true },
  { head: term("raw-sd"), numeric: true },
  { head: "stage" },
  { head: "step", numeric: true },
  { head: "size", numeric: true },
  { head: "metric" },
  { head: "prompts", numeric: true },
  { head: "rows (n)", numeric: true },
  { head: "shots", numeric: true },
  { head: "version" },
  { head: "setting" },
  { head: "report", fixed: true },
];

/** Writes what the figure of a board has to be read with. */
function aboutBoard({ metric, ranks }: Board, entries: ReadonlyMap<string, Entry>): string {
  const first = entries.get(ranks[0]?.entry ?? "");
  const asked = first === undefined ? "" : `; n = ${counted(first.rows, "row")}, ${counted(first.prompts.length, "prompt")}, ${counted(first.shots, "shot")}; setting ${settingOf(first).slice(0, 6)}`; // prettier-ignore
  return `${metricTitle(metric)}${asked}`;
}

function entryTable(entries: readonly Entry[], boards: readonly Board[]): Html {
  const places = new Map(boards.flatMap((board) => board.ranks.map((rank) => [rank.entry, { board, rank }] as const)));
  const ordered = [...entries].sort((a, b) => a.task.localeCompare(b.task, "en") || b.scores.mean - a.scores.mean);
  const rows = ordered.flatMap((entry): TableRow[] => {
    const place = places.get(entry.hash);
    if (place === undefined) return [];
    const { checkpoint, scores } = entry;
    const by = (which: Ranked) => rankValue(place.board, place.rank[which], which);
    return [
      {
        data: { task: entry.task, metric: metricTitle(entry.metric), stage: stageOf(entry), size: sizeOf(entry), step: steps(checkpoint.step) },
        cells: [
          { shown: html`${name(checkpoint.name)}${checkpoint.weights === null ? null : html` <small>${hash(checkpoint.weights)}</small>`}` },
          { shown: name(entry.task, 40) },
          by("mean"),
          newPrompts(place.board, place.rank),
          { shown: place.rank.group === undefined ? "–" : String(place.rank.group), sort: place.rank.group ?? null },
          { shown: score(scores.mean), sort: scores.mean },
          { shown: html`${score(scores.mean_stderr)} <small>new prompts ${score(scores.crossed_stderr)}</small>`, sort: scores.mean_stderr },
          by("worst"),
          { shown: html`${score(scores.worst)} <small>${name(scores.worst_prompt, 28)}</small>`, sort: scores.worst },
          by("p5"),
          { shown: score(scores.p5), sort: scores.p5 },
          place.rank.sd === undefined ? { shown: "–", sort: null } : rankValue(place.board, place.rank.sd, "sd"),
          sdCell(scores.sd, scores.sd_interval),
          { shown: score(scores.raw_sd), sort: scores.raw_sd },
          { shown: stageOf(entry) },
          { shown: steps(checkpoint.step), sort: checkpoint.step },
          { shown: sizeOf(entry), sort: checkpoint.parameters },
          { shown: metricTitle(entry.metric) },
          { shown: String(entry.prompts.length), sort: entry.prompts.length },
          { shown: String(entry.rows), sort: entry.rows },
          { shown: String(entry.shots), sort: entry.shots },
          { shown: entry.version ?? "–" },
          { shown: html`<code>${settingOf(entry).slice(0, 6)}</code>` },
          { shown: entry.report === null ? "–" : html`<a href="${entry.report}" rel="noopener noreferrer">report<span class="visually-hidden"> of ${checkpoint.name} on ${entry.task}</span></a>` },
        ],
      },
    ];
  }); // prettier-ignore
  return sortableTable(
    "In ranks: place, 95 % interval of the place, number of entries with the same setting, tied entries. The standard error is over rows, and beside it for new wordings and rows. The name of the worst prompt is below its score.",
    COLUMNS,
    rows,
  );
}

function rankValue(board: Board, { rank, low, high, tied }: Board["ranks"][number]["mean"], by: Ranked | "sd"): Value {
  const shared = board.ranks.filter((other) => other[by]?.rank === rank).length > 1;
  const range = low === high ? "" : ` ${low}–${high}`;
  const ties =
    tied > 0 ? html` <small title="entries whose difference from this one may be 0">tied ${tied}</small>` : null;
  return {
    shown: html`<b>${rank}${shared ? "=" : ""}</b><small>${range} of ${board.ranks.length}</small>${ties}`,
    sort: rank,
  };
}

/** Writes the interval of the rank by the mean for new wordings and rows. */
function newPrompts({ ranks }: Board, { new_prompts: own }: Board["ranks"][number]): Value {
  if (own === undefined) return { shown: html`<span title="needs 12 wordings of every entry">–</span>`, sort: null };
  const range = own.low === own.high ? String(own.low) : `${own.low}–${own.high}`;
  const ties =
    own.tied > 0
      ? html` <small title="entries whose difference from this one may be 0">tied ${own.tied}</small>`
      : null;
  return { shown: html`${range}<small> of ${ranks.length}</small>${ties}`, sort: own.low };
}
