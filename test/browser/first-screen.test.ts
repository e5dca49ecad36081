import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { reportPage } from "../../src/reports/page/report-page.js";
import { TestBrowser, violations } from "../support/browser.js";
import { SyntheticStudy } from "../support/synthetic-study.js";

let browser: TestBrowser;
let report = "";
beforeAll(async () => {
  browser = await TestBrowser.start();
  const study = new SyntheticStudy({ tasks: ["rte", "paws", "xsum"], steps: [1000, 738_000], sftTasks: ["paws", "mnli_matched"], prompts: 8, rows: 40 }); // prettier-ignore
  // Half of the rows of one prompt lost shots, one prompt of xsum left a quarter of its texts empty.
  const cells = study.results.cells.map((cell) => ({
    ...cell,
    metrics: cell.metrics,
    rows_with_dropped_shots: cell.task === "paws" && cell.prompt === "io" ? 20 : 0,
    ...(cell.task === "xsum" ? { empty: cell.prompt === "terse" ? 0.25 : 0 } : {}),
    ...(cell.task === "rte" && cell.prompt === "code" ? { label_mass: 0.125 } : {}),
  }));
  Object.assign(study, { results: { ...study.results, cells } });
  report = await reportPage(study, await analyse(readStudy(study), { seed: 42 }));
});
afterAll(() => browser.close());

describe("the first screen of a report", () => {
  test("says what was asked and whether the scores can be read as they are, and names tasks", async () => {
    const { page } = await browser.open("report.html", report);
    const cards = await page.locator(".card").allInnerTexts();
    const [asked = "", checks = ""] = cards;
    for (const words of [
      "olmo-step738000",
      "8 × 40",
      "on 3 tasks",
      "the most likely answer (2 tasks)",
      "generated text (1 task)",
    ])
      expect(asked).toContain(words);
    expect(checks).toMatch(/dropped shots\s+2 %, at most 50 % under a prompt of paws/);
    expect(checks).toMatch(/cut to fit\s+none/);
    expect(checks).toMatch(/lowest 0\.125 on rte/);
    expect(checks).toMatch(/Empty texts\s+3 %, at most 25 % under a prompt of xsum/);
    const bullets = await page.locator(".bullets li").allInnerTexts();
    expect(bullets).toHaveLength(3);
    expect(bullets.join(" ")).toMatch(/rte|paws|xsum/);
    await page.close();
  });

  test("shows every pair and task of a study in one table, and a click or Enter chooses the pair", async () => {
    const { page, complaints } = await browser.open("report.html", report);
    const lines = page.locator(".matrix tbody tr");
    expect(await lines.count()).toBe(4);
    expect(await lines.first().locator("td").count()).toBe(3);
    expect(await lines.first().locator("td").first().innerText()).toMatch(/[+−0]\.?\d.*\n?\[/);
    expect(await lines.first().getAttribute("aria-current")).toBe("true");
    await lines.nth(3).locator("td button").first().click();
    await page.locator("html[data-view=v3]").waitFor();
    expect(await lines.nth(3).getAttribute("aria-current")).toBe("true");
    expect(await page.locator("#view").inputValue()).toBe("v3");
    expect(await page.locator("#glance").innerText()).toContain("olmo-step1000");
    await lines.nth(1).locator("th button").press("Enter");
    await page.locator("html[data-view=v1]").waitFor();
    expect(await page.locator(".card").first().innerText()).toContain("mnli_matched");
    expect(complaints).toEqual([]);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});
