// Runs a checkpoint in the page that runs models, in Chromium, and on the command line, and prints what the two give
// and take: node bench/page.mjs FOLDER TASK ROWS. The prompts are the three of the paper, the rows the samples in plain
// English. After `npm run build`; Chromium is that of scripts/install-browser.sh.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { loadavg, tmpdir } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { chromium } from "playwright-core";

const [checkpoint = "", task = "boolq", limit = "12"] = process.argv.slice(2);
const main = join(import.meta.dirname, "..", "dist", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "page-"));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" }; // prettier-ignore

function cli(args) {
  const started = Date.now();
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return (Date.now() - started) / 1000;
}

/** Returns, in MB, the most memory that each process of the browser of a kind has held at once (VmHWM). */
function peaksMb(user, kind) {
  return readdirSync("/proc").flatMap((id) => {
    try {
      const command = readFileSync(`/proc/${id}/cmdline`, "utf8");
      if (!command.includes(user) || !command.includes(`--type=${kind}`)) return [];
      return [Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0) / 1024];
    } catch {
      return [];
    }
  });
}

cli(["page", "-o", "page"]);
const server = createServer((request, response) => {
  const path = join(folder, "page", new URL(request.url, "http://localhost").pathname.replace(/\/$/, "/index.html"));
  try {
    const bytes = readFileSync(path);
    response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream").end(bytes);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const user = join(folder, "user");
const context = await chromium.launchPersistentContext(user, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu"],
});
const page = await context.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.locator("#try:enabled").waitFor();
console.log(await page.locator("#machine").innerText());
const rendererMb = () => Math.max(...peaksMb(user, "renderer"));
const before = rendererMb();
const slot = page.locator("[data-slot=before]");
const began = Date.now();
await slot.locator("[data-files]").setInputFiles(resolve(checkpoint));
await slot.getByText(/parameters as/).waitFor();
console.log(await slot.getByText(/parameters as/).innerText());
await page.locator("#task").selectOption(task);
await page.locator("#data").selectOption("sample");
await page.locator("#prompts").selectOption("paper");
await page.locator("#limit").fill(limit);
const looked = Date.now();
await page.locator("#run").click();
await page.locator("#result:visible, #error:not(:empty)").first().waitFor({ timeout: 1_200_000 });
const ended = Date.now();
const most = rendererMb();
const problem = await page.locator("#error").innerText();
if (problem !== "") throw new Error(problem);
const download = page.waitForEvent("download");
await page.locator("#save-json").click();
const results = JSON.parse(readFileSync(await (await download).path(), "utf8"));
await context.close();
server.close();

const flags = [
  "-m",
  resolve(checkpoint),
  "--data",
  "sample",
  "-t",
  task,
  "--prompts",
  "paper",
  "-L",
  limit,
  "-o",
  "cli",
];
const seconds = cli(["run", ...flags]);
const own = JSON.parse(readFileSync(join(folder, "cli", "results.json"), "utf8"));
let [compared, largest] = [0, 0];
for (const [i, cell] of own.cells.entries()) {
  const other = results.cells[i];
  if (cell.prompt !== other.prompt || cell.task !== other.task) throw new Error(`cell ${i} is another`);
  const pairs = Object.entries(cell.metrics).map(([name, { mean }]) => [mean, other.metrics[name].mean]);
  for (const [a, b] of [...pairs, [cell.label_mass, other.label_mass]]) {
    compared++;
    largest = Math.max(largest, Math.abs(a - b));
  }
}
const show = (value, digits = 1) => value.toFixed(digits);
console.log(`${basename(checkpoint)}, ${task}, ${limit} rows, ${own.cells.length} prompts`);
console.log(`page: ${show((looked - began) / 1000)} s to look at the checkpoint`);
console.log(`page: ${show((ended - looked) / 1000)} s to load and score it`);
console.log(
  `page: model's own seconds ${show(results.times.model_seconds)}, ${Math.round(results.times.tokens)} tokens`,
);
console.log(`page: ${show(before, 0)} MB before, ${show(most, 0)} MB at most, the process of the page (VmHWM)`);
console.log(`command line: ${show(seconds)} s in all, model's own seconds ${show(own.times.model_seconds)}`);
console.log(`${compared} figures compared, largest difference ${largest.toExponential(1)}`);
console.log(
  `load ${loadavg()
    .map((one) => show(one))
    .join(" ")}`,
);
rmSync(folder, { recursive: true });
if (!(largest < 1e-4)) process.exitCode = 1;
