/** Runs `amuro-eval compare`: what two results of any origin have in common, and where they differ. */

import type { ImportOptions } from "../../importers/importer.js";
import { compareResults } from "../../library/compare.js";
import { renderComparison } from "../../reports/terminal/comparison-terminal.js";
import type { Console } from "../output/console.js";

export async function compareCommand(
  paths: readonly string[],
  options: ImportOptions,
  json: boolean,
  console: Console,
): Promise<void> {
  const comparisons = await compareResults(paths, options);
  console.out(json ? JSON.stringify(comparisons, null, 2) : comparisons.map(renderComparison).join("\n").trimEnd());
}
