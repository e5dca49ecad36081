/**
 * Asks the tasks of score.py here: compares the wording `lm-eval` with lm_eval itself, then analyses the default
 * design. Run: npm run build && node scripts/lm-eval-tasks/compare.mjs FOLDER MODEL
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { analyze, evaluate, openResults } from "../../dist/index.js";

const [folder = "", model = ""] = process.argv.slice(2);
const { tasks } = JSON.parse(readFileSync(join(folder, "lm_eval.json"), "utf8"));
const outputDir = join(folder, "results");
const task = Object.values(tasks).map(({ file }) => `lm-eval:${file}`);
await evaluate({ model, data: join(folder, "rows"), task, numFewshot: 0, outputDir });
const results = await openResults(outputDir);
const { levels } = await analyze(results);

/** Returns what the harness calls a metric; undefined where it has none. */
function there(metric) {
  if (metric === "bits_per_byte") return undefined;
  if (metric === "text_bits_per_byte") return "bits_per_byte";
  if (metric.startsWith("f1_class:")) return "f1";
  return metric.startsWith("exact_string") ? "exact_match" : metric;
}

/** Says how far the answers of the wording `lm-eval` are from those of lm_eval. */
async function difference(name, { logprobs, texts }) {
  let [largest, same, rows] = [0, 0, 0];
  for await (const { row, logprobs: own, answer } of results.rows({ task: name, prompt: "lm-eval" })) {
    rows++;
    if (texts !== undefined) same += Number(String(answer).trim() === texts[row].trim());
    else {
      largest = Math.max(largest, ...own.map((value, i) => Math.abs(value - logprobs[row][i])));
      const first = (values) => values.indexOf(Math.max(...values));
      same += Number(first(own) === first(logprobs[row]));
    }
  }
  return texts === undefined ? `${largest.toExponential(1)}; ${same} of ${rows}` : `${same} of ${rows} texts`;
}

const printed = (value) => (Math.abs(value) < 1e4 ? value.toFixed(3) : value.toExponential(2));
const exactly = (value) => (value < 1e4 ? value.toFixed(6) : value.toExponential(6));
const between = ({ low, high }) => `[${printed(low)}, ${printed(high)}]`;
console.log("| task | output type | difference; same | metric | there | here | mean | SD | worst to best | prompts |");
console.log(`|${" - |".repeat(10)}`);
for (const [id, found] of Object.entries(tasks)) {
  const name = `lm_eval_${id.replaceAll("-", "_")}`;
  const how = await difference(name, found);
  for await (const { prompt, metrics } of results.cells({ task: name })) {
    if (prompt !== "lm-eval") continue;
    for (const [metric, { mean }] of Object.entries(metrics)) {
      const wanted = Object.entries(found.metrics).find(([key]) => key.split(",")[0] === there(metric))?.[1];
      if (wanted === undefined) continue;
      const level = levels.find((one) => one.task === name && one.metric === metric);
      const sd = level?.sensitivity?.probability;
      const spread =
        level === undefined || sd === undefined || sd === null
          ? ["", "", ""]
          : [
              `${printed(level.level.mean)} ${between(level.level.crossed_interval ?? level.level.item_interval)}`,
              `${printed(sd.corrected_sd)} ${between(sd.interval)}`,
              `${printed(level.range.worst)} to ${printed(level.range.best)}`,
            ];
      const prompts = level === undefined ? "" : level.prompts.length;
      console.log(`| ${[id, found.output_type, how, metric, exactly(wanted), exactly(mean), ...spread, prompts].join(" | ")} |`); // prettier-ignore
    }
  }
}
await results.close();
