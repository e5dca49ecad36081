/**
 * Runs `amuro-eval paper`: the published analyses of Sun & Dredze 2024 from the result files that its authors released.
 */

import { writeFileSync } from "node:fs";
import { paperReport } from "../../analysis/paper/report.js";
import { messageOf, UserError } from "../../base/errors.js";
import { formatLongTable } from "../../importers/long-table.js";
import { readPaperResults } from "../../importers/paper-results.js";
import { renderPaper } from "../../reports/terminal/paper-terminal.js";
import { counted } from "../../base/wording.js";
import type { Console } from "../output/console.js";

/**
 * @param folder with the two released files
 * @param flags table: where to write the cells as a long-format CSV, for `amuro-eval analyze`
 */
export function paperCommand(
  folder: string,
  { table, json }: { readonly table: string | undefined; readonly json: boolean },
  console: Console,
): void {
  const results = readPaperResults(folder);
  if (table !== undefined) {
    try {
      writeFileSync(table, formatLongTable(results.cells));
    } catch (error) {
      throw new UserError(`${table}: cannot be written (${messageOf(error)}); choose another --table`);
    }
    console.info(`${counted(results.cells.length, "cell")} in ${table}`);
  }
  const report = paperReport(results);
  console.out(json ? JSON.stringify(report, null, 2) : renderPaper(report));
}
