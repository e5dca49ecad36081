/** Tells how the numbers came about: design and power, checkpoints, tasks, prompts, versions, hashes, command. */

import type { Analysis } from "../../analysis/document/document.js";
import type { Results } from "../../store/results.js";
import { counted } from "../../base/wording.js";
import { publishable, withoutPlaces } from "../../base/published.js";
import { html, type Html } from "../html.js";
import { recordOf } from "../../store/metric-values.js";
import { score, shortCount, steps } from "../../base/numbers.js";
import { viewLabel, type TaskView } from "../view.js";
import { glossary, term } from "./glossary.js";
import { LONGEST_IN_PAIR, withShortNames } from "./names.js";
import { hash, name, part, sortableTable, type TableRow } from "./pieces.js";

export interface MethodsInput {
  readonly analysis: Analysis;
  readonly results: Results;
  readonly tasks: readonly TaskView[];
  /** Whether tables are put off until they are opened. */
  readonly isLater: boolean;
}

export function methods({ analysis, results, tasks, isLater }: MethodsInput): Html {
  const { command, versions, device, times, notes, skipped, status } = results;
  return html`<section id="methods" aria-labelledby="methods-title">
    <h2 id="methods-title">Methods and reproducibility</h2>
    <p>Every prompt of a task was scored on the same rows by every checkpoint, so differences between prompts and between checkpoints are paired by row. Uncertainty over rows treats all scores of one row as one cluster. Everything drawn at random follows from seed ${analysis.seed}. ${counted(results.checkpoints.length, "checkpoint")}, ${counted(results.tasks.length, "task")}, ${counted(results.cells.length, "cell")} (checkpoint × task × prompt); the run is ${status}.</p>
    ${notes.length === 0 ? null : html`<ul>${notes.map((note) => html`<li>${withoutPlaces(note)}</li>`)}</ul>`}
    ${limits(analysis)}
    <h3>Words</h3>
    ${glossary()}
    ${power(tasks, analysis, isLater)} ${failures(results)}
    <details><summary>Checkpoints and their hashes</summary>${part(checkpointTable(results), { isLater })}</details>
    <details><summary>Tasks, rows and their hashes</summary>${part(taskTable(results), { isLater })}</details>
    <details><summary>Prompts and their hashes</summary>${part(promptTable(results), { isLater })}</details>
    <h3>Run it again</h3>
    <p>Options of the run, as <code>--config</code> reads them:</p>
    <pre tabindex="0" role="group" aria-label="Options of the run">${JSON.stringify(publishable(command), null, 2)}</pre>
    <p>Device ${device}; ${Object.entries(versions).map(([what, version], i) => html`${i > 0 ? ", " : ""}${what} ${version}`)}; from ${times.started} to ${times.finished}, ${times.tokens.toLocaleString("en")} tokens.</p>
    ${skipped.length === 0 ? null : html`<p>Skipped: ${skipped.map(({ task, reason }, i) => html`${i > 0 ? "; " : ""}${name(task)} (${withoutPlaces(reason)})`)}.</p>`}
  </section>`;
}

function limits({ limits: missing }: Analysis): Html | null {
  if (missing.length === 0) return null;
  const grouped = new Map<string, number>();
  for (const { what, why } of missing)
    grouped.set(JSON.stringify([what, why]), (grouped.get(JSON.stringify([what, why])) ?? 0) + 1);
  const items = [...grouped].map(([both, times]) => {
    const [what, why] = JSON.parse(both) as [string, string];
    return html`<li>${what}: ${why}${times > 1 ? ` (${times} times)` : ""}</li>`;
  });
  return html`<details><summary>What could not be estimated</summary><ul>${items}</ul></details>`;
}

function power(tasks: readonly TaskView[], analysis: Analysis, isLater: boolean): Html | null {
  const rows = tasks.flatMap(({ task, view, comparison }): TableRow[] => {
    if (comparison === null) return [];
    const { probability } = comparison.sensitivity;
    const seen = probability?.power ?? null;
    return [
      {
        view: view.id,
        cells: [
          { shown: name(task.name) },
          { shown: withShortNames(viewLabel(view), analysis, LONGEST_IN_PAIR) },
          { shown: comparison.prompts.length, sort: comparison.prompts.length },
          { shown: comparison.items ?? "?", sort: comparison.items },
          { shown: comparison.level.detectable === null ? "–" : `± ${score(comparison.level.detectable)}`, sort: comparison.level.detectable },
          { shown: score(probability?.sd_before), sort: probability?.sd_before ?? null },
          { shown: seen?.fall_to == null ? "none" : `to ${score(seen.fall_to)}`, sort: seen?.fall_to ?? null },
          { shown: seen?.rise_to == null ? "none" : `to ${score(seen.rise_to)}`, sort: seen?.rise_to ?? null },
        ],
      },
    ];
  }); // prettier-ignore
  if (rows.length === 0) return null;
  const columns = [{ head: "task" }, { head: "checkpoints" }, { head: "prompts", numeric: true }, { head: "rows", numeric: true }, { head: "change of the mean seen", numeric: true }, { head: html`${term("sd", "SD")} before`, numeric: true }, { head: "fall of the SD seen", numeric: true }, { head: "rise seen", numeric: true }]; // prettier-ignore
  return html`<details id="power"><summary>Design, and the smallest changes it can see</summary>${part(sortableTable("Smallest changes that this design sees with power 0.8, on the scale of the score.", columns, rows), { isLater })}</details>`;
}

function failures({ cells }: Results): Html | null {
  const failed = cells.filter(({ error }) => error !== undefined);
  if (failed.length === 0) return null;
  const items = failed
    .slice(0, 50)
    .map(
      ({ checkpoint, task, prompt, error }) =>
        html`<li>${name(checkpoint)}, ${name(task)}, ${name(prompt)}: ${error === undefined ? "" : withoutPlaces(error)}</li>`,
    );
  return html`<h3>Failed cells</h3><p>${counted(failed.length, "cell")} of ${cells.length} failed and ${failed.length === 1 ? "is" : "are"} missing here${failed.length > 50 ? "; the first 50" : ""}:</p><ul>${items}</ul>`;
}

function checkpointTable({ checkpoints }: Results): Html {
  const seeded = checkpoints.some((one) => one.training_seed !== undefined);
  const inTokens = checkpoints.some(({ step, tokens }) => step === null && tokens !== null);
  const columns = ["checkpoint", "specification", "revision", "step", ...(inTokens ? ["tokens"] : []), ...(seeded ? ["seed"] : []), "stage", "architecture", "type", "parameters", "weights", "tokenizer", "configuration"].map((head) => ({ head, numeric: /^(?:step|tokens|parameters)$/.test(head) })); // prettier-ignore
  const rows = checkpoints.map((one): TableRow => ({
    cells: [
      { shown: name(one.name) },
      { shown: html`<code>${withoutPlaces(one.spec)}</code>` },
      { shown: one.revision },
      { shown: steps(one.step), sort: one.step },
      ...(inTokens ? [{ shown: one.tokens === null ? "–" : shortCount(one.tokens), sort: one.tokens }] : []),
      ...(seeded ? [{ shown: one.training_seed ?? "–" }] : []),
      {
        shown:
          one.stage === null ? "–" : html`${one.stage}${one.sft_task === null ? "" : html` on ${name(one.sft_task)}`}`,
      },
      { shown: one.architecture ?? "–" },
      { shown: one.dtype ?? "–" },
      { shown: one.parameters?.toLocaleString("en") ?? "–", sort: one.parameters },
      ...(["weights", "tokenizer", "config"] as const).map((file) => ({ shown: hash(one.hashes?.[file] ?? null) })),
    ],
  }));
  return sortableTable("Hashes are SHA-256; hold the pointer over one for all digits.", columns, rows);
}

function taskTable({ tasks }: Results): Html {
  const columns = ["task", "family", "metric", "rows", "of", "shots", "source of the rows", "revision", "licence", "rows’ hash", "shots’ hash"].map((head) => ({ head, numeric: ["rows", "of", "shots"].includes(head) })); // prettier-ignore
  const rows = tasks.map((one): TableRow => ({
    cells: [
      { shown: name(one.name) },
      { shown: one.family },
      { shown: recordOf(one.metric, one).title },
      { shown: one.rows, sort: one.rows },
      { shown: one.rows_available, sort: one.rows_available },
      { shown: one.shots, sort: one.shots },
      { shown: withoutPlaces(one.eval_source) },
      { shown: hash(one.revision) },
      { shown: one.licence ?? "–" },
      { shown: hash(one.rows_hash) },
      { shown: hash(one.shots_hash) },
    ],
  }));
  return sortableTable("Where the rows came from.", columns, rows);
}

function promptTable({ tasks }: Results): Html {
  const columns = ["task", "prompt", "style", "hash", "chat template"].map((head) => ({ head }));
  const rows = tasks.flatMap((task) =>
    task.prompts.map((prompt): TableRow => ({
      cells: [{ shown: name(task.name) }, { shown: name(prompt.id) }, { shown: prompt.style }, { shown: hash(prompt.hash) }, { shown: prompt.chat_template ?? "off" }],
    })),
  ); // prettier-ignore
  return sortableTable("A prompt’s hash is made from everything in it but the row.", columns, rows);
}
