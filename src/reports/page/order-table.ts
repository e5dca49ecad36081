/** Writes the part on other wordings in the panel of a task: quantiles over them, and how they order checkpoints. */

import type { Analysis } from "../../analysis/document/document.js";
import { html, type Html } from "../html.js";
import { interval, score, shareFigure } from "../../base/numbers.js";
import type { TaskView } from "../view.js";
import { name, sortableTable, type Column, type TableRow, type Value } from "./pieces.js";

/** Returns null where quantiles are withheld. */
export function quantileTable({ before, after }: TaskView): Html | null {
  const own = [before, after].flatMap((level) =>
    level === null || level.quantiles.values.length === 0 ? [] : [level],
  );
  const [first] = own;
  if (first === undefined) return null;
  const columns: Column[] = [
    { head: "checkpoint" },
    ...first.quantiles.values.map(({ at }) => ({
      head: at === 0.5 ? "median" : `${Math.round(100 * at)} %`,
      numeric: true,
    })),
  ];
  const rows = own.map(({ checkpoint, quantiles }): TableRow => ({
    cells: [{ shown: name(checkpoint) }, ...quantiles.values.map(({ value, interval: range }) => figure(value, range))],
  }));
  const withheld = [...new Set(own.flatMap((one) => one.quantiles.withheld ?? []))];
  const caption = `The share of wordings like these that scores lower, in these presentations and with endless rows. [ ] 95 % interval for new wordings and new rows.${whyMissing(withheld)}`;
  return html`<details><summary>Quantiles over wordings</summary>${sortableTable(caption, columns, rows)}</details>`;
}

/** Returns the orders that a checkpoint of the view is in; null for none. */
export function orderTable({ view, task }: TaskView, { orders }: Analysis): Html | null {
  const shown = [view.before, view.after];
  const own = orders.filter(
    (one) => one.task === task.name && (shown.includes(one.first) || shown.includes(one.second)),
  );
  if (own.length === 0) return null;
  const columns: Column[] = [
    { head: "checkpoint" },
    { head: "against" },
    { head: "higher", numeric: true },
    { head: "equal", numeric: true },
    { head: "lower", numeric: true },
    { head: "share of wordings", numeric: true },
    { head: "reversal", numeric: true },
  ];
  const rows = own.map((one): TableRow => ({
    cells: [
      { shown: name(one.second) },
      { shown: name(one.first) },
      ...[one.higher, one.equal, one.lower].map((count) => ({ shown: String(count), sort: count })),
      share(one.share, one.share_interval),
      share(one.reversal, one.reversal_interval),
    ],
  }));
  const withheld = [...new Set(own.flatMap((one) => one.withheld ?? []))];
  return html`<details><summary>Order of checkpoints, prompt by prompt</summary>${sortableTable(
    html`Prompts under which the checkpoint scores higher, the same or lower on these rows; the share of wordings like these under which it scores higher with endless rows; the probability that two of them put the two checkpoints in different orders. [ ] 95 % interval for new wordings and new rows.${whyMissing(withheld)}`,
    columns,
    rows,
  )}</details>`;
}

/** Says what a dash in a table stands for; nothing where there is none. */
function whyMissing(reasons: readonly string[]): string {
  return reasons.length === 0 ? "" : ` “–”: ${reasons.join("; or ")}.`;
}

function figure(value: number | null, range: Parameters<typeof interval>[0]): Value {
  return { shown: html`${score(value)} <small>${interval(range)}</small>`, sort: value };
}

function share(value: number | null, range: Parameters<typeof interval>[0]): Value {
  const { text, beside } = shareFigure(value, range);
  return { shown: html`${text} <small>${beside}</small>`, sort: value };
}
