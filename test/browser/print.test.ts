import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { reportPage } from "../../src/reports/page/report-page.js";
import { TestBrowser } from "../support/browser.js";
import { SyntheticStudy } from "../support/synthetic-study.js";

let browser: TestBrowser;
let report = "";
beforeAll(async () => {
  browser = await TestBrowser.start();
  const study = new SyntheticStudy({ tasks: ["rte", "paws", "xsum"], steps: [1000, 738_000], sftTasks: ["paws"], prompts: 16, rows: 40 }); // prettier-ignore
  report = await reportPage(study, await analyse(readStudy(study), { seed: 42 }));
});
afterAll(() => browser.close());

/** Prints a page and returns its headings with the points between them and the foot of the paper. */
async function printed(page: Page) {
  const pdf = (await page.pdf({ format: "A4", outline: true, tagged: true })).toString("latin1");
  const headings = [...pdf.matchAll(/<<\/Title \(([^\n]*)\)\n\/Dest \[\d+ 0 R \/XYZ [\d.]+ ([\d.]+) 0\]/g)];
  return {
    pages: pdf.match(/\/Type \/Page\n/g)?.length ?? 0,
    headings: headings.map(([, title, height]) => ({ title: title ?? "", height: Number(height) })),
  };
}

test("everything is printed to the end, and no heading stands alone at the foot of a page", async () => {
  const { page, complaints } = await browser.open("report.html", report);
  const { headings } = await printed(page);
  const titles = headings.map(({ title }) => title);
  for (const title of ["The answer", "paws", "Methods and reproducibility", "Run it again"])
    expect(titles).toContain(title);
  expect(headings.filter(({ height }) => height < 60)).toEqual([]);
  // What was folded is folded again.
  expect(await page.locator("details[open]").count()).toBe(0);
  expect(complaints).toEqual([]);
  await page.close();
});

test("rows and prompts are printed where the reader opened them", async () => {
  const { page } = await browser.open("report.html", report);
  const plain = await printed(page);
  const part = page.locator("#task-paws");
  await part.locator("details.rows > summary").click();
  await part.locator(".row-matrix").click({ position: { x: 80, y: 30 } });
  await part.locator(".single h4").waitFor();
  await part.locator("details.prompts > summary").click();
  await part.locator("details.prompts .pair").first().waitFor();
  const opened = await printed(page);
  expect(opened.pages).toBeGreaterThan(plain.pages);
  expect(opened.headings.map(({ title }) => title).filter((title) => /^Row \d+/.test(title))).toHaveLength(1);
  expect(opened.headings.map(({ title }) => title)).toContain("Run it again");
  expect(await part.locator(".row[open]").count()).toBe(0);
  await page.close();
});
