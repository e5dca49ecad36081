/** Writes quantiles over wordings and orders of checkpoints as tables for a terminal. */

import pc from "picocolors";
import type { Analysis, IntervalRecord } from "../../analysis/document/document.js";
import { score, shareFigure } from "../../base/numbers.js";
import { wrapped } from "../../base/wording.js";
import { lineWidth, newTable, range, shown } from "./terminal-table.js";

/** Limits the lines shown; the document has them all. */
const MOST = 40;

/** Returns a table of quantiles; empty where all are withheld. */
export function quantileTables({ levels }: Analysis, width: number): string {
  const own = levels.filter(({ quantiles }) => quantiles.values.length > 0);
  if (own.length === 0) return "";
  const table = newTable(["checkpoint", "task", "5 % [95 %]", "25 %", "median [95 %]", "75 %", "95 % [95 %]"]);
  for (const { checkpoint, task, quantiles } of own.slice(0, MOST)) {
    const cells = quantiles.values.map(({ value, interval }, j) =>
      j % 2 === 0 && interval !== null ? `${score(value)} ${range(interval)}` : score(value),
    );
    table.push([checkpoint, task, ...cells]);
  }
  const title = `${pc.bold("Quantiles over wordings")}  intervals for new wordings and rows`;
  return [title, shown(table, width), ...more(own.length)].join("\n");
}

/** Returns a table of orders; empty where no two checkpoints share prompts and rows. */
export function orderTables({ orders }: Analysis, width: number): string {
  if (orders.length === 0) return "";
  const table = newTable([
    "checkpoints",
    "task",
    "higher",
    "equal",
    "lower",
    "share of wordings [95 %]",
    "reversal [95 %]",
  ]);
  for (const one of orders.slice(0, MOST)) {
    table.push([
      `${one.second} against ${one.first}`,
      one.task,
      String(one.higher),
      String(one.equal),
      String(one.lower),
      share(one.share, one.share_interval),
      share(one.reversal, one.reversal_interval),
    ]);
  }
  const about = "prompts under which the first scores higher; intervals for new wordings and rows";
  return [
    pc.bold("Order of checkpoints"),
    ...wrapped(about, lineWidth(width)),
    shown(table, width),
    ...more(orders.length),
  ].join("\n");
}

function share(value: number | null, bounds: IntervalRecord | null): string {
  const { text, beside } = shareFigure(value, bounds);
  return beside === "" ? text : `${text} ${beside}`;
}

function more(lines: number): string[] {
  return lines > MOST ? [pc.dim(`  … ${lines - MOST} more in the JSON document`)] : [];
}
