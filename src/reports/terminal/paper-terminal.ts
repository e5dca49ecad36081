/** Writes the paper's figures and claims for a terminal. */

import Table from "cli-table3";
import pc from "picocolors";
import type { Claim } from "../../analysis/paper/claims.js";
import type { PaperReport } from "../../analysis/paper/report.js";
import { signed, signedPercent } from "../../base/numbers.js";

export function renderPaper({ groups, ratios, claims, notes }: PaperReport): string {
  const table = new Table({
    head: ["checkpoint", "learned in pre-training", "published", "sciq once", "learned in fine-tuning", "published", "3 decimals"], // prettier-ignore
    style: { head: [], border: [] },
  });
  for (const row of groups) {
    table.push([
      row.point,
      signed(row.pre_training, 4),
      row.published === null ? "–" : signed(row.published[0]),
      signed(row.pre_training_once, 4),
      signed(row.fine_tuning, 4),
      row.published === null ? "–" : signed(row.published[1]),
      row.reproduced ? "the same" : pc.yellow("differ"),
    ]);
  }
  const changes = ratios.map((one) => {
    const off = 100 * one.mean - one.published;
    const without = one.without === null ? "" : `; without ${one.without.cell} ${signedPercent(one.without.mean)}`;
    const floor =
      one.floor_aware_median === null
        ? `no base above chance (${one.at_floor} at it)`
        : `of what was above chance ${signedPercent(one.floor_aware_mean)}, median ${signedPercent(one.floor_aware_median)} (${one.at_floor} bases at chance)`;
    return `  - trained on ${one.trained_on}, evaluated on ${one.evaluated_on}: ${signedPercent(one.mean, 2)}, published ${signed(one.published, 1)} % (${signed(off, 2)} points), over ${one.cells} cells of the datasets trained on; over all of the kind ${signedPercent(one.mean_of_all)}; median ${signedPercent(one.median)}, trimmed ${signedPercent(one.trimmed)}${without}; ${floor}`;
  });
  const blocks = [
    `${pc.bold("Change by group")}, mean of SFT − base\n${table.toString()}`,
    [pc.bold("Mean ratio of change"), ...changes].join("\n"),
    ...claims.map(claimText),
    ...(notes.length === 0 ? [] : [[pc.bold("Left out"), ...notes.map((note) => `  - ${note}`)].join("\n")]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function claimText({ claim, verdict, why, evidence }: Claim): string {
  const mark = (supports: boolean | null) => (supports === null ? "·" : supports ? "+" : "−");
  const lines = evidence.map(({ dataset, text, supports }) => `  ${mark(supports)} ${dataset}: ${text}`);
  return [pc.bold(claim), `  ${verdict}. ${why}`, ...lines].join("\n");
}
