/**
 * Writes the section along pre-training and across tasks: trajectories, trends, what SFT on one task does to the
 * others.
 */

import type { Analysis, Sentence, Transfer } from "../../analysis/document/document.js";
import { axisOf, TRAINING_AXES } from "../../analysis/document/axis.js";
import { counted } from "../../base/wording.js";
import { forgettingMatrix } from "../figures/matrices.js";
import { aboutFigure } from "../figures/about.js";
import { allTrajectories } from "../figures/training.js";
import { html, type Html } from "../html.js";
import { interval, ofTraining, perSteps, pValue, score, signed, signedPercent, steps } from "../../base/numbers.js";
import type { Views } from "../view.js";
import { term } from "./glossary.js";
import { figureBlock, name, part, sentenceList, sortableTable, type TableRow } from "./pieces.js";

/** Writes the section on pre-training; null where all checkpoints are of one step. */
export function trainingSection(views: Views, isLater: boolean): Html | null {
  const { analysis } = views;
  const figures = TRAINING_AXES.flatMap((axis) =>
    (["level", "sensitivity"] as const).flatMap((quantity) => allTrajectories(views, quantity, axis) ?? []),
  );
  if (figures.length === 0) return null;
  return html`<section id="training" aria-labelledby="training-title">
    <h2 id="training-title">Along pre-training</h2>
    ${trendCount(analysis)}
    ${part(html`${figures.map((figure) => figureBlock(figure, aboutFigure(analysis.tasks)))} ${trendTable(analysis)}`, { isLater })}
    ${folded(
      "Trends in words",
      analysis.sentences.filter(({ kind }) => kind === "trend"),
      analysis,
    )}
  </section>`;
}

function folded(title: string, sentences: readonly Sentence[], analysis: Analysis): Html | null {
  return sentences.length === 0
    ? null
    : html`<details><summary>${title}</summary>${sentenceList(sentences, analysis)}</details>`;
}

/** Tells how many trends were tested, and how many are clear. */
function trendCount({ trends }: Analysis): Html | null {
  const tested = trends.filter(({ p }) => p !== null);
  if (tested.length === 0) return null;
  const clear = tested.filter(({ p_holm }) => (p_holm ?? 1) <= 0.05);
  return html`<p>Of ${counted(tested.length, "trend")} that were tested, ${clear.length === 0 ? "none is" : clear.length === 1 ? "1 is" : `${clear.length} are`} clear (${term("trend", "both questions")}, Holm’s p over the tasks at most .05).</p>`;
}

function trendTable({ trends }: Analysis): Html | null {
  if (trends.length === 0) return null;
  const rows = trends.map(({ task, run, sft_task, quantity, points, axis, slope, unit, interval: range, p, p_holm, withheld }): TableRow => ({
    cells: [
      { shown: name(task) },
      { shown: run ?? "" },
      { shown: sft_task === null ? "base" : html`SFT on ${name(sft_task)}` },
      { shown: quantity },
      { shown: points.length, sort: points.length },
      { shown: p === null ? html`– <small>${withheld ?? ""}</small>` : html`${pValue(p)} <small>Holm ${pValue(p_holm)}</small>`, sort: p },
      { shown: html`${perSteps(slope)} <small>per ${ofTraining(axisOf({ axis }), unit)}${range === null ? "" : html`, ${interval(range, perSteps)}`}</small>`, sort: slope },
    ],
  })); // prettier-ignore
  const columns = [{ head: "task" }, { head: "run" }, { head: "checkpoints" }, { head: "figure" }, { head: "points", numeric: true }, { head: term("trend", "p"), numeric: true }, { head: "slope", numeric: true }]; // prettier-ignore
  return html`<details><summary>All trends as numbers</summary>${sortableTable("Does a figure rise or fall along pre-training?", columns, rows)}</details>`;
}

/** Writes the section on other tasks; null without checkpoints that were fine-tuned on one task. */
export function transferSection(analysis: Analysis, isLater: boolean): Html | null {
  const { transfer, sentences, groups } = analysis;
  if (transfer.length === 0) return null;
  const bases = [...new Set(transfer.map(({ base }) => base))]
    .map((base) => transfer.filter((one) => one.base === base))
    .sort(([a], [b]) => (b?.step ?? Infinity) - (a?.step ?? Infinity) || 0);
  const matrices = bases.map((own, i) => {
    const base = own[0]?.base ?? "";
    const about = `${aboutFigure(analysis.tasks)}; before: ${base}`;
    return { base, figure: figureBlock(forgettingMatrix(own, `forgetting-${i}`), about) };
  });
  const [latest, ...earlier] = matrices;
  return html`<section id="forgetting" aria-labelledby="forgetting-title">
    <h2 id="forgetting-title">What fine-tuning on one task does to the others</h2>
    ${part(latest?.figure, { isLater })}
    ${earlier.map(({ base, figure }) => html`<details><summary>From ${name(base)}</summary>${part(figure, { isLater })}</details>`)}
    ${folded(
      "In words",
      sentences.filter(({ kind }) => kind === "transfer" || kind === "groups"),
      analysis,
    )}
    ${ratioTable(transfer, isLater)}
    ${groups === null ? null : groupTable(groups)}
  </section>`;
}

function ratioTable(transfer: readonly Transfer[], isLater: boolean): Html {
  const rows = transfer.flatMap(({ base, sft_task, summaries }) =>
    summaries.map(({ over, tasks, mean, median, trimmed, floor_aware_mean, at_floor }): TableRow => ({
      cells: [
        { shown: html`SFT on ${name(sft_task)}` },
        { shown: name(base) },
        { shown: over },
        { shown: tasks.length, sort: tasks.length },
        ...[mean, median, trimmed, floor_aware_mean].map((ratio) => ({ shown: signedPercent(ratio), sort: ratio })),
        { shown: at_floor.length === 0 ? "none" : at_floor.join(", ") },
      ],
    })),
  ); // prettier-ignore
  const columns = [{ head: "fine-tuned on" }, { head: "base" }, { head: "over" }, { head: "tasks", numeric: true }, { head: "mean ratio", numeric: true }, { head: "median", numeric: true }, { head: "trimmed mean", numeric: true }, { head: html`above ${term("chance")}`, numeric: true }, { head: "nothing to forget" }]; // prettier-ignore
  return html`<details><summary>Ratios of change</summary>${part(sortableTable("(after − before) / before over the tasks not trained on. One base near 0 can carry the mean anywhere: see the median. “Above chance” divides by what the base knew beyond guessing; tasks whose base is at chance have nothing to forget.", columns, rows), { isLater })}</details>`;
}

function groupTable({ changes, tasks }: NonNullable<Analysis["groups"]>): Html {
  const columns = [{ head: "base" }, { head: "step", numeric: true }, { head: "learned in pre-training", numeric: true }, { head: "learned in fine-tuning", numeric: true }, { head: "neither", numeric: true }]; // prettier-ignore
  const rows = changes.map(({ base, step, pre_training, fine_tuning, neither }): TableRow => ({
    cells: [{ shown: name(base) }, { shown: steps(step), sort: step }, ...[pre_training, fine_tuning, neither].map((value) => ({ shown: signed(value), sort: value }))],
  })); // prettier-ignore
  const list = tasks.map(({ task, learned_in, pre_training_gain, fine_tuning_gain }) => html`<li>${name(task)}: ${learned_in} <small>(gain in pre-training ${score(pre_training_gain)}, in fine-tuning ${score(fine_tuning_gain)})</small></li>`); // prettier-ignore
  return html`<details><summary>Change by where a task is learned</summary>${sortableTable("Mean change (after − before) over tasks, by the larger of two gains. The groups were found in these data: they describe them and test nothing.", columns, rows)}<ul>${list}</ul></details>`;
}
