// Opens a report in Chromium three times and prints the least of each: time to the first paint of the answer, time to
// switch to another pair (on the clock, and of the processor: a busy machine makes only the first longer), elements,
// memory. node bench/open-report.mjs [FILE]. Without FILE it makes the report of a synthetic study of 30 checkpoints.
// Chromium is that of scripts/install-browser.sh.
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";
import { chromium } from "playwright-core";

/* global document, Event, performance, requestAnimationFrame, setTimeout -- what runs in the page uses them */
const folder = mkdtempSync(join(tmpdir(), "report-"));

/** Writes the report of 6 points of a training, each fine-tuned on four tasks: 18 tasks x 24 prompts x 50 rows. */
async function madeReport() {
  const { SyntheticStudy } = await createJiti(import.meta.url).import("../test/support/synthetic-study.ts");
  const { analyse } = await import("../dist/analysis/analyse.js");
  const { readStudy } = await import("../dist/analysis/read/read-study.js");
  const { reportPage } = await import("../dist/reports/page/report-page.js");
  const { builtinRegistry } = await import("../dist/tasks/registry.js");
  const tasks = builtinRegistry()
    .all()
    .map(({ name }) => name)
    .slice(0, 18);
  const steps = [1000, 5000, 18_000, 100_000, 342_000, 738_000];
  const study = new SyntheticStudy({ tasks, steps, sftTasks: ["mnli_matched", "paws", "boolq", "xsum"], rows: 50 });
  const file = join(folder, "report.html");
  writeFileSync(file, await reportPage(study, await analyse(readStudy(study), { seed: 42 })));
  return file;
}

const file = process.argv[2] === undefined ? await madeReport() : resolve(process.argv[2]);

/** Returns of each process of a browser that shows pages: memory at most in MB, processor time in ms. */
function renderers(user) {
  return readdirSync("/proc").flatMap((id) => {
    try {
      const command = readFileSync(`/proc/${id}/cmdline`, "utf8");
      if (!command.includes(user) || !command.includes("--type=renderer")) return [];
      const peak = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0) / 1024;
      const [user_ticks, system_ticks] = readFileSync(`/proc/${id}/stat`, "utf8")
        .split(") ")[1]
        .split(" ")
        .slice(11, 13);
      return [{ peak, processor: 10 * (Number(user_ticks) + Number(system_ticks)) }];
    } catch {
      return [];
    }
  });
}

async function opened(turn) {
  const user = join(folder, `user-${turn}`);
  const context = await chromium.launchPersistentContext(user, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu"],
    viewport: { width: 1440, height: 900 },
  });
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  await page.waitForTimeout(1000);
  const elements = await page.locator("*").count();
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN);
  const loaded = await page.evaluate(() => performance.getEntriesByType("navigation")[0]?.loadEventEnd ?? NaN);
  const used = () => renderers(user).reduce((sum, { processor }) => sum + processor, 0);
  const before = used();
  // From the change of the choice until the browser has drawn the answer of the other pair.
  const switches = await page.evaluate(async () => {
    const choice = document.getElementById("view");
    const took = [];
    for (const { value } of [...choice.options].slice(1, 6)) {
      const began = performance.now();
      choice.value = value;
      choice.dispatchEvent(new Event("change", { bubbles: true }));
      while (document.documentElement.dataset.view !== value) await new Promise((done) => setTimeout(done));
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      took.push(performance.now() - began);
    }
    return took;
  });
  const heap = await page.evaluate(() => performance.memory.usedJSHeapSize / 1e6);
  const processor = (used() - before) / switches.length;
  const memory = Math.max(...renderers(user).map(({ peak }) => peak));
  await context.close();
  return {
    paint,
    loaded,
    slowest: Math.max(...switches),
    quickest: Math.min(...switches),
    processor,
    elements,
    heap,
    memory,
  };
}

const turns = [await opened(0), await opened(1), await opened(2)];
const least = (key) => Math.min(...turns.map((turn) => turn[key])).toFixed(0);
console.log(`${(statSync(file).size / 1e6).toFixed(1)} MB, ${least("elements")} elements at first`);
console.log(`first paint ${least("paint")} ms, loaded ${least("loaded")} ms`);
console.log(`another pair: ${least("quickest")} to ${least("slowest")} ms (five, the least of three times)`);
console.log(
  `another pair: ${least("processor")} ms of processor time on average, all threads of the process of the page`,
);
console.log(`heap ${least("heap")} MB, at most ${least("memory")} MB in the process of the page`);
console.log(
  `load ${loadavg()
    .map((one) => one.toFixed(1))
    .join(" ")}`,
);
rmSync(folder, { recursive: true });
