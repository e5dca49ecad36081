// 5 million scores as a folder: node five.mjs ROWS
import { createJiti } from "jiti";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
const root = "/tmp/w/a19/";
const jiti = createJiti(root + "bench/report.mjs");
const { SyntheticStudy } = await jiti.import(root + "test/support/synthetic-study.ts");
const { analyse } = await import(root + "dist/analysis/analyse.js");
const { readStudy } = await import(root + "dist/analysis/read/read-study.js");
const { reportFolder } = await import(root + "dist/reports/report-files.js");
const { builtinRegistry } = await import(root + "dist/tasks/registry.js");
const rows = Number(process.argv[2] ?? 1450);
const tasks = builtinRegistry().all().map(({ name }) => name).slice(0, 18);
const study = new SyntheticStudy({ tasks, steps: [1000, 18_000, 342_000, 738_000], sftTasks: ["mnli_matched"], rows });
console.log(study.results.cells.length * rows, "scores");
let t = process.cpuUsage();
const analysis = await analyse(readStudy(study), { seed: 42 });
let d = process.cpuUsage(t); console.log("analysis cpu s", (d.user + d.system) / 1e6); t = process.cpuUsage();
let bytes = 0, files = 0;
for await (const { path, content } of reportFolder(study, analysis)) {
  const to = join(process.argv[3], path); mkdirSync(dirname(to), { recursive: true }); writeFileSync(to, content);
  bytes += Buffer.byteLength(content); files++;
  if (path.endsWith("html")) console.log("page", Buffer.byteLength(content));
}
d = process.cpuUsage(t); console.log("folder cpu s", (d.user + d.system) / 1e6, files, "files", bytes, "peak MB", process.resourceUsage().maxRSS / 1024);
