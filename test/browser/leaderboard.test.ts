import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leaderboardOf } from "../../src/leaderboard/boards.js";
import { studyEntries } from "../../src/leaderboard/from-study.js";
import { leaderboardPage } from "../../src/reports/leaderboard/site.js";
import { TestBrowser, violations } from "../support/browser.js";
import { hostile } from "../support/hostile.js";
import { SyntheticStudy } from "../support/synthetic-study.js";

const SMALL = { tasks: ["rte", "paws"], steps: [1000, 738_000], sftTasks: ["paws"], prompts: 6, rows: 40 };

let browser: TestBrowser;
let board = "";
beforeAll(async () => {
  browser = await TestBrowser.start();
  board = await site();
});
afterAll(() => browser.close());

async function site(text?: (plain: string) => string): Promise<string> {
  const study = new SyntheticStudy({ ...SMALL, ...(text === undefined ? {} : { text }) });
  return leaderboardPage(leaderboardOf(await studyEntries(study, (task) => `reports/a.html#task-${task}`)));
}

describe("a leaderboard", () => {
  test.each(["light", "dark"] as const)(
    "opens from disk without a word or a request, accessible: %s",
    async (theme) => {
      const { page, complaints, requests } = await browser.open("index.html", board, theme);
      expect(await violations(page)).toEqual([]);
      expect(await page.locator("figure svg circle").count()).toBeGreaterThan(8);
      expect(complaints).toEqual([]);
      expect(requests).toEqual([]);
      await page.close();
    },
  );

  test("filters by column and word, sorts by rank, links to reports", async () => {
    const { page } = await browser.open("index.html", board);
    const lines = page.locator("#entries tbody tr:visible");
    expect(await lines.count()).toBe(8);
    await page.locator("select[data-select=task]").selectOption("paws");
    expect(await lines.count()).toBe(4);
    expect(await page.locator(".board:visible").count()).toBe(1);
    await page.locator("select[data-select=stage]").selectOption("base");
    expect(await lines.count()).toBe(2);
    await page.locator("select[data-select=step]").selectOption("738k");
    expect(await lines.count()).toBe(1);
    expect(await page.locator("output").innerText()).toBe("1 of 8 entries");
    await page.locator("select[data-select=step]").selectOption("");
    await page.locator("select[data-select=stage]").selectOption("");
    await page.getByRole("button", { name: "sort by rank by worst" }).click();
    const ranks = await page
      .locator("#entries tbody tr:visible td:nth-child(8)")
      .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute("data-sort"))));
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
    expect(await lines.first().getByRole("link").getAttribute("href")).toBe("reports/a.html#task-paws");
    await page.close();
  });

  test("runs nothing that hostile names hold", async () => {
    const { page, complaints, requests } = await browser.open("hostile.html", await site(hostile));
    await page.waitForTimeout(300);
    expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
    expect(await page.locator("img, a[href^=javascript], [onload], [onerror], svg script").count()).toBe(0);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    await page.close();
  });
});
