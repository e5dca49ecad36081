// Writes `report --folder` of a synthetic study of five million scores (4 steps, base and SFT, 18 tasks x 24 prompts x
// 1,450 rows), serves it and opens it in Chromium once: size, first paint, elements, another pair, the rows of a task,
// scrolling, memory. node bench/open-folder.mjs [ROWS]. Chromium is that of scripts/install-browser.sh.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createJiti } from "jiti";
import { chromium } from "playwright-core";
import { analyse } from "../dist/analysis/analyse.js";
import { readStudy } from "../dist/analysis/read/read-study.js";
import { reportFolder } from "../dist/reports/report-files.js";
import { builtinRegistry } from "../dist/tasks/registry.js";

/* global document, Event, performance, requestAnimationFrame, setTimeout -- what runs in the page uses them */
const jiti = createJiti(import.meta.url);
const { SyntheticStudy } = await jiti.import("../test/support/synthetic-study.ts");
const { serveFolder } = await jiti.import("../test/support/static-server.ts");
const rows = Number(process.argv[2] ?? 1450);
const folder = mkdtempSync(join(tmpdir(), "report-"));
const names = builtinRegistry().all().map(({ name }) => name); // prettier-ignore
const steps = [1000, 18_000, 342_000, 738_000];
const study = new SyntheticStudy({ tasks: names.slice(0, 18), steps, sftTasks: ["paws"], prompts: 24, rows });

let began = performance.now();
const seconds = () => ((performance.now() - began) / 1000).toFixed(1);
const analysis = await analyse(readStudy(study), { seed: 42 });
console.log(`making the scores and analysing them ${seconds()} s`);
began = performance.now();
for await (const { path, content } of reportFolder(study, analysis)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}
console.log(`writing ${seconds()} s, peak ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
const files = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name))).filter((one) => one.isFile()); // prettier-ignore
console.log(`${files.length} files, ${(files.reduce((sum, { size }) => sum + size, 0) / 1e6).toFixed(1)} MB`);

const server = await serveFolder(folder);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--enable-precise-memory-info"],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto(`${server.url}report.html`);
await page.waitForTimeout(1500);
const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN);
const loaded = await page.evaluate(() => performance.getEntriesByType("navigation")[0]?.loadEventEnd ?? NaN);
console.log(`first paint ${paint.toFixed(0)} ms, loaded ${loaded.toFixed(0)} ms, ${await page.locator("*").count()} elements at first`); // prettier-ignore
const switches = await page.evaluate(async () => {
  const choice = document.getElementById("view");
  const took = [];
  for (const { value } of [...choice.options].slice(1, 5)) {
    const start = performance.now();
    choice.value = value;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    while (document.documentElement.dataset.view !== value) await new Promise((done) => setTimeout(done));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    took.push(Math.round(performance.now() - start));
  }
  return took;
});
console.log(`another pair: ${switches.join(", ")} ms`);
const part = page.locator("#task-boolq details.rows");
began = performance.now();
await part.locator("summary").first().click();
await part.locator(".row-box").first().waitFor({ timeout: 60_000 });
console.log(`the rows of a task: ${(performance.now() - began).toFixed(0)} ms`);
const frames = await part.locator(".row-matrix").evaluate(async (box) => {
  const gaps = [];
  let last = performance.now();
  for (let i = 0; i < 100; i++) {
    box.scrollTop += 120;
    await new Promise((done) => requestAnimationFrame(done));
    gaps.push(performance.now() - last);
    last = performance.now();
  }
  return gaps.sort((a, b) => a - b);
});
console.log(`scrolling: ${frames[50].toFixed(1)} ms a frame (median), ${frames[95].toFixed(1)} ms (95 %)`);
const heap = await page.evaluate(() => performance.memory.usedJSHeapSize / 1e6);
console.log(`heap ${heap.toFixed(0)} MB, ${await page.locator("*").count()} elements at the end`);
await browser.close();
server.close();
rmSync(folder, { recursive: true });
