/** Runs `amuro-eval page`: writes the page that runs models in a browser. */

import { join } from "node:path";
import { sized } from "../../base/wording.js";
import { pageFiles } from "../../web/page-files.js";
import type { Console } from "../output/console.js";
import { writeReportFile } from "./report.js";

/** @throws UserError when the folder cannot be written */
export async function pageCommand(out: string, json: boolean, console: Console): Promise<void> {
  let files = 0;
  let bytes = 0;
  for (const { path, content } of pageFiles()) {
    await writeReportFile(join(out, path), content);
    files++;
    bytes += Buffer.byteLength(content);
  }
  if (json) console.out(JSON.stringify({ out, files, bytes }, null, 2));
  else
    console.out(
      `${join(out, "index.html")}: ${files} files, ${sized(bytes)}; any server of files shows it, by https or on localhost`,
    );
}
