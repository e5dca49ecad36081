import { afterAll, beforeAll, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { reportPage } from "../../src/reports/page/report-page.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { TestBrowser } from "../support/browser.js";
import { SyntheticStudy } from "../support/synthetic-study.js";

const TASKS = builtinRegistry()
  .all()
  .map(({ name }) => name)
  .slice(0, 18);

let browser: TestBrowser;
let report = "";
beforeAll(async () => {
  browser = await TestBrowser.start();
  const study = new SyntheticStudy({ tasks: TASKS, steps: [1000, 738_000], sftTasks: ["paws"], prompts: 16, rows: 12 });
  report = await reportPage(study, await analyse(readStudy(study), { seed: 42 }));
});
afterAll(() => browser.close());

test("a study of many tasks begins with few elements, and makes those of a part when it comes into sight", async () => {
  const { page, complaints } = await browser.open("report.html", report);
  expect(await page.locator("*").count()).toBeLessThan(5000);
  const last = page.locator(`#task-${TASKS.at(-1) ?? ""} .panel`);
  expect(await last.locator("figure").count()).toBe(0);
  await last.scrollIntoViewIfNeeded();
  await last.locator("figure .save").first().waitFor();
  // The filter holds for lines that are made later.
  await page.locator("[data-filter=all-tasks]").fill("paws");
  await page.locator("#all-tasks tbody tr").first().waitFor({ state: "attached" });
  await expect.poll(() => page.locator("#all-tasks tbody tr:visible").count(), { timeout: 10_000 }).toBeGreaterThan(0);
  for (const text of await page.locator("#all-tasks tbody tr:visible").allInnerTexts()) expect(text).toContain("paws");
  expect(complaints).toEqual([]);
  await page.close();
});

test.each([1440, 1280, 390])("links land on their task at %i px, whatever is made above it", async (width) => {
  const { page } = await browser.open("report.html", report, "light", width);
  for (const task of [TASKS[17], TASKS[3], TASKS[9]]) {
    await page.locator(`nav a[href="#task-${task ?? ""}"]`).click();
    const top = () => page.locator(`#task-${task ?? ""}`).evaluate((section) => section.getBoundingClientRect().top);
    await expect.poll(top, { timeout: 10_000 }).toBeLessThan(60);
    await page.waitForTimeout(400);
    expect(await top()).toBeGreaterThan(-5);
    expect(await top()).toBeLessThan(60);
  }
  await page.goto(`${page.url().split("#")[0] ?? ""}#power`);
  expect(await page.locator("#power table").isVisible()).toBe(true);
  await page.close();
});

test("another pair is shown in parts that are there and in those that come later", async () => {
  const { page } = await browser.open("report.html", report);
  const [first, last] = [TASKS[0], TASKS[17]].map((task) => page.locator(`#task-${task ?? ""} .panel`));
  await first?.scrollIntoViewIfNeeded();
  await first?.locator("figure").first().waitFor();
  await page.locator("#view").selectOption("v1");
  await page.locator("html[data-view=v1]").waitFor();
  await last?.scrollIntoViewIfNeeded();
  await last?.locator("figure").first().waitFor();
  for (const panel of [first, last]) {
    await panel?.scrollIntoViewIfNeeded();
    await expect.poll(() => panel?.innerText(), { timeout: 10_000 }).toContain("olmo-step1000-paws");
  }
  await page.close();
});

test("the browser's own search reaches every part, and what is read stays where it is", async () => {
  const { page } = await browser.open("report.html", report);
  const heading = page.locator(`#task-${TASKS[9] ?? ""} h2`);
  await page.goto(`${page.url()}#task-${TASKS[9] ?? ""}`);
  await page.waitForTimeout(400);
  const before = await heading.boundingBox();
  expect(await page.locator(".later > noscript").count()).toBeGreaterThan(10);
  await page.keyboard.press("Control+f");
  expect(await page.locator(".later > noscript").count()).toBe(0);
  expect(Math.abs(((await heading.boundingBox())?.y ?? NaN) - (before?.y ?? NaN))).toBeLessThan(3);
  await page.close();
});

test("printed, every part is there", async () => {
  const { page } = await browser.open("report.html", report);
  await page.emulateMedia({ media: "print" });
  await expect.poll(() => page.locator(".later > noscript").count(), { timeout: 20_000 }).toBe(0);
  expect(await page.locator(".panel figure").count()).toBeGreaterThan(18);
  await page.close();
});
