// Processor time, size and memory of a report over a synthetic study of five million scores: node bench/report.mjs
// [ROWS]
import { Buffer } from "node:buffer";
import { createJiti } from "jiti";

const jiti = createJiti(import.meta.url);
const { SyntheticStudy } = await jiti.import("../test/support/synthetic-study.ts");
const { analyse } = await import("../dist/analysis/analyse.js");
const { readStudy } = await import("../dist/analysis/read/read-study.js");
const { reportFiles } = await import("../dist/reports/report-files.js");
const { builtinRegistry } = await import("../dist/tasks/registry.js");

const rows = Number(process.argv[2] ?? 1450);
const tasks = builtinRegistry()
  .all()
  .map(({ name }) => name)
  .slice(0, 18);
const study = new SyntheticStudy({ tasks, steps: [1000, 18_000, 342_000, 738_000], sftTasks: ["mnli_matched"], rows });
const scores = study.results.cells.length * rows;
console.log(
  `${study.results.checkpoints.length} checkpoints x ${tasks.length} tasks x 24 prompts x ${rows} rows = ${scores.toLocaleString("en")} scores`,
);

// Processor time: it says the same on a machine that others use as well.
let clock = process.cpuUsage();
const lap = () => {
  const { user, system } = process.cpuUsage(clock);
  clock = process.cpuUsage();
  return ((user + system) / 1e6).toFixed(1);
};
const analysis = await analyse(readStudy(study), { seed: 42 });
console.log(`making the scores and analysing them: ${lap()} s`);
for (const format of ["html", "md", "csv", "svg"]) {
  let bytes = 0;
  let files = 0;
  for await (const { content } of reportFiles(study, analysis, format)) {
    bytes += Buffer.byteLength(content);
    files++;
  }
  console.log(`${format}: ${files} file(s), ${(bytes / 1e6).toFixed(1)} MB, ${lap()} s`);
}
console.log(`peak memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
