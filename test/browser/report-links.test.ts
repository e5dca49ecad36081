import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { reportPage } from "../../src/reports/page/report-page.js";
import { TestBrowser } from "../support/browser.js";
import { runCli } from "../support/cli.js";
import { SyntheticStudy } from "../support/synthetic-study.js";
import { tempFolder } from "../support/temp-folder.js";

const TASKS = ["xsum", "rte", "paws", "mnli_matched", "arc_easy", "openbookqa", "hellaswag", "boolq"];

let browser: TestBrowser;
let report = "";
beforeAll(async () => {
  browser = await TestBrowser.start();
  const study = new SyntheticStudy({ tasks: TASKS, steps: [1000, 738_000], sftTasks: ["paws"], prompts: 8, rows: 30 });
  report = await reportPage(study, await analyse(readStudy(study), { seed: 42 }));
});
afterAll(() => browser.close());

/** Returns how far the top of the place lies below what covers the top of the window, in pixels. */
async function distance(page: Page, id: string): Promise<number> {
  // Anything that moves the page does so within a few frames.
  await page.waitForTimeout(150);
  const { y = Number.NaN } = (await page.locator(`[id="${id}"]`).boundingBox()) ?? {};
  const bar = await page.locator(".choose").boundingBox();
  return y - (bar === null ? 0 : bar.y + bar.height);
}

describe.each([1440, 1280, 390])("links of a report at %i pixels", (width) => {
  test("every section link shows the heading of its own section at the top", async () => {
    const { page } = await browser.open("report.html", report, "light", width);
    const links = page.locator("nav a[href^='#task-']");
    expect(await links.allInnerTexts()).toEqual(expect.arrayContaining(TASKS));
    for (const task of ["boolq", "paws", "openbookqa"]) {
      await page.evaluate("scrollTo(0, 0)");
      await links.getByText(task, { exact: true }).click();
      const place = await distance(page, `task-${task}`);
      expect(place, task).toBeGreaterThanOrEqual(-1);
      expect(place, task).toBeLessThan(40);
      expect(await page.locator(`#task-${task} h2`).first().innerText()).toBe(task);
    }
    await page.close();
  });

  test("a link opens the folded part that it leads to, also a second time and by the keyboard", async () => {
    const { page } = await browser.open("report.html", report, "light", width);
    const link = page.locator("a[href='#power']").first();
    const part = page.locator("details#power");
    for (const press of [() => link.click(), () => link.press("Enter")]) {
      await part.evaluate((details) => details.removeAttribute("open"));
      await press();
      const place = await distance(page, "power");
      expect(place).toBeGreaterThanOrEqual(-1);
      expect(place).toBeLessThan(40);
      expect(await part.getAttribute("open")).not.toBeNull();
      expect(await page.evaluate("document.activeElement.parentElement.id")).toBe("power");
    }
    await page.close();
  });

  test("an address with a place opens there", async () => {
    const { page } = await browser.open("report.html", report, "light", width);
    const address = page.url();
    await page.goto("about:blank");
    await page.goto(`${address}#task-hellaswag`);
    expect(Math.abs(await distance(page, "task-hellaswag"))).toBeLessThan(40);
    await page.close();
  });
});

describe("every link of a page leads to a place in it", () => {
  /** Returns the places that links name and that are not there, with all parts put in. */
  async function lost(page: Page): Promise<string[]> {
    await page.evaluate("putInAll(document)");
    return page.evaluate(`[...document.querySelectorAll("a[href^='#']")]
      .map((link) => decodeURIComponent(link.getAttribute("href").slice(1).split("?")[0]))
      .filter((place) => document.getElementById(place) === null)`);
  }

  test("a report of pairs, of one checkpoint, of names that are no words", async () => {
    const alone = new SyntheticStudy({ tasks: TASKS, steps: [1000], sftTasks: [], prompts: 8, rows: 20 });
    const odd = new SyntheticStudy({ tasks: ["rte", "paws"], steps: [1000], sftTasks: ["paws"], prompts: 8, rows: 20, text: (plain) => `${plain} <b>&"#?/%41 \u202e` }); // prettier-ignore
    for (const study of [alone, odd]) {
      const { page } = await browser.open("page.html", await reportPage(study, await analyse(readStudy(study), { seed: 1 }))); // prettier-ignore
      expect(await page.locator("nav a").count()).toBeGreaterThan(4);
      expect(await lost(page)).toEqual([]);
      await page.close();
    }
    const { page } = await browser.open("report.html", report);
    expect(await lost(page)).toEqual([]);
    await page.close();
  });

  test("a report of scores of others, whose tasks share no prompt", async () => {
    const folder = tempFolder();
    const lines = ["a", "b"].flatMap((task) =>
      [2, 3, 4].flatMap((step, p) =>
        Array.from({ length: 30 }, (_, i) => `m,${task},${task}${"x".repeat(p)},i${i},${i % step === 0 ? 1 : 0}`),
      ),
    );
    writeFileSync(join(folder, "scores.csv"), ["checkpoint,task,prompt,item,value", ...lines].join("\n"));
    const { code, stderr } = await runCli(["report", "scores.csv", "-o", "page.html"], folder);
    expect(code, stderr).toBe(0);
    const { page, complaints } = await browser.visit(pathToFileURL(join(folder, "page.html")).href);
    expect(await lost(page)).toEqual([]);
    expect(await page.locator("nav a").allInnerTexts()).toEqual([
      "Answer",
      "All tasks",
      "Find rows",
      "a",
      "b",
      "Methods",
    ]);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
