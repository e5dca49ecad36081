/** Writes what was asked, and whether the scores can be read as they are: what stands first in a report. */

import { percent, score } from "../../base/numbers.js";
import { counted } from "../../base/wording.js";
import { hasScores, type CellRecord, type Results } from "../../store/results.js";
import { html, type Html, type HtmlValue } from "../html.js";
import { summaryColumns } from "../summary-columns.js";
import type { TaskView } from "../view.js";
import { term } from "./glossary.js";
import { name } from "./pieces.js";

/** Limits the tasks whose score of guessing is named on the first screen; the table has all. */
const NAMED = 8;

/** Writes models, rows, shots, prompts and answers of a view, and the score of guessing. */
export function asked(tasks: readonly TaskView[]): Html {
  const [first] = tasks;
  const columns = summaryColumns(tasks);
  const cells = (wanted: string) => columns.find(({ key }) => key === wanted)?.cells;
  const distinct = (wanted: string) => [...new Set(cells(wanted)?.map(({ text }) => text))].join(", ");
  const kinds = (kind: string) => tasks.filter(({ task }) => (task.answer_kind === "generation") === (kind === "generated")); // prettier-ignore
  const answers = [
    ...(kinds("chosen").length > 0 ? [`the most likely answer (${counted(kinds("chosen").length, "task")})`] : []),
    ...(kinds("generated").length > 0 ? [`generated text (${counted(kinds("generated").length, "task")})`] : []),
  ];
  const guesses = tasks.slice(0, NAMED).map(({ task }, i) => {
    const majority = cells("majority")?.[i]?.text ?? "–";
    return html`${i === 0 ? "" : ", "}${name(task.name)} ${cells("chance")?.[i]?.text ?? "–"}${majority === "–" ? "" : ` (${majority})`}`;
  });
  const { before, after } = first?.view ?? { before: null, after: "–" };
  return facts("What was asked", [
    [before === null ? "Model" : "Models", before === null ? name(after) : html`${name(before)} → ${name(after)}`],
    ["Prompts × rows", html`${distinct("size")} on ${counted(tasks.length, "task")}`],
    ["Shots shown, median", distinct("shots") || "–"],
    ["Answers", answers.join(", ")],
    [
      html`${term("chance", "Chance")} (share of the most frequent answer)`,
      html`${guesses}${tasks.length > NAMED ? ", …" : ""}`,
    ],
  ]);
}

/** Writes what may make scores mean something else: each check with its worst task. */
export function checks(tasks: readonly TaskView[], { cells, tasks: records }: Results): Html {
  const names = new Set(tasks.map(({ task }) => task.name));
  const shown = new Set(tasks.flatMap(({ view }) => [view.before, view.after]));
  const own = cells.filter((cell) => hasScores(cell) && shown.has(cell.checkpoint) && names.has(cell.task));
  const rowsOf = new Map(records.map((task) => [task.name, task.rows]));
  const share = (count: (cell: CellRecord) => number | undefined) =>
    worst(own, (cell) => {
      const rows = rowsOf.get(cell.task) ?? 0;
      const found = count(cell);
      return found === undefined || rows === 0 ? undefined : found / rows;
    });
  const one = tasks.flatMap(({ task, before, after }) =>
    [before, after].flatMap((level) => {
      const count = level?.answers?.one_answer_prompts ?? null;
      return level === null || count === null ? [] : [{ task: task.name, count, of: level.prompts.length }];
    }),
  );
  const constant = one.reduce((sum, { count }) => sum + count, 0);
  const [most] = [...one].sort((a, b) => b.count / b.of - a.count / a.of);
  const masses = own.flatMap(({ task, label_mass }) => (label_mass === undefined ? [] : [{ task, label_mass }]));
  const [lowest] = [...masses].sort((a, b) => a.label_mass - b.label_mass);
  return facts("Can the scores be read as they are?", [
    ["Rows with dropped shots", shareText(share((cell) => cell.rows_with_dropped_shots))],
    ["Rows cut to fit", shareText(share((cell) => cell.rows_truncated))],
    [
      term("label-mass", "Label mass"),
      lowest === undefined
        ? "–"
        : html`${score(masses.reduce((sum, { label_mass }) => sum + label_mass, 0) / masses.length)}, lowest ${score(lowest.label_mass)} on ${name(lowest.task)}`,
    ],
    [
      "Prompts that get one answer to nearly all rows",
      most === undefined
        ? "–"
        : html`${constant} of ${one.reduce((sum, { of }) => sum + of, 0)}${constant === 0 ? null : html`, most on ${name(most.task)} (${most.count} of ${most.of})`}`,
    ],
    ["Empty texts", shareText(worst(own, ({ empty }) => empty))],
  ]);
}

interface Share {
  readonly mean: number;
  readonly most: number;
  readonly task: string;
}

/** Finds the mean over cells, and the cell with the largest value; undefined where no cell has one. */
function worst(cells: readonly CellRecord[], value: (cell: CellRecord) => number | undefined): Share | undefined {
  const own = cells.flatMap((cell) => {
    const found = value(cell);
    return found === undefined ? [] : [{ task: cell.task, value: found }];
  });
  const [most] = [...own].sort((a, b) => b.value - a.value);
  if (most === undefined) return undefined;
  return { mean: own.reduce((sum, one) => sum + one.value, 0) / own.length, most: most.value, task: most.task };
}

function shareText(share: Share | undefined): HtmlValue {
  if (share === undefined) return "–";
  if (share.most === 0) return "none";
  const mean = share.mean < 0.005 ? "less than 1 %" : percent(share.mean);
  return html`${mean}, at most ${percent(share.most)} under a prompt of ${name(share.task)}`;
}

function facts(title: string, pairs: readonly (readonly [HtmlValue, HtmlValue])[]): Html {
  return html`<div class="card"><h3>${title}</h3><dl class="about-run">${pairs.map(([head, value]) => html`<div><dt>${head}</dt><dd>${value}</dd></div>`)}</dl></div>`;
}
