/** Runs `amuro-eval compare`: what two results of any origin have in common, and where they differ. */

import { compareResults } from "../../library/compare.js";
import type { PathOptions } from "../../library/options-of-path.js";
import { writeReportFile } from "./report.js";
import { renderComparison } from "../../reports/terminal/comparison-terminal.js";
import { sized } from "../../base/wording.js";
import type { Console } from "../output/console.js";

/** @param html file of a page to write in place of lines */
export async function compareCommand(
  paths: readonly string[],
  { html, ...options }: PathOptions & { readonly html?: string | undefined },
  json: boolean,
  console: Console,
): Promise<void> {
  const comparisons = await compareResults(paths, options);
  if (html !== undefined) {
    const { comparisonPage } = await import("../../reports/page/comparison-page.js");
    const page = comparisonPage(comparisons);
    await writeReportFile(html, page);
    if (!json) console.out(`${html}: ${sized(Buffer.byteLength(page))}`);
  }
  if (html !== undefined && !json) return;
  console.out(
    json
      ? JSON.stringify(comparisons, null, 2)
      : comparisons
          .map((one) => renderComparison(one, console.width))
          .join("\n")
          .trimEnd(),
  );
}
