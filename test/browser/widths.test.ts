import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { leaderboardOf } from "../../src/leaderboard/boards.js";
import { studyEntries } from "../../src/leaderboard/from-study.js";
import { leaderboardPage } from "../../src/reports/leaderboard/site.js";
import { reportPage } from "../../src/reports/page/report-page.js";
import { TestBrowser } from "../support/browser.js";
import { SyntheticStudy } from "../support/synthetic-study.js";

/** Returns a name of 180 characters. */
const long = (plain: string) => `${plain.padEnd(179, "_of_a_long_name")}Z`;

let browser: TestBrowser;
const pages = new Map<string, string>();
beforeAll(async () => {
  browser = await TestBrowser.start();
  for (const [kind, text] of [
    ["plain", undefined],
    ["long", long],
  ] as const) {
    const study = new SyntheticStudy({ tasks: ["rte", "paws", "mnli_mismatched"], steps: [1000, 738_000], sftTasks: ["mnli_matched"], prompts: 6, rows: 24, ...(text && { text }) }); // prettier-ignore
    pages.set(`report, ${kind} names`, await reportPage(study, await analyse(readStudy(study), { seed: 42 })));
    pages.set(`leaderboard, ${kind} names`, leaderboardPage(leaderboardOf(await studyEntries(study, () => null))));
  }
});
afterAll(() => browser.close());

async function widthOf(page: Page): Promise<number> {
  return page.evaluate("document.documentElement.scrollWidth");
}

const kinds = ["report, plain names", "report, long names", "leaderboard, plain names", "leaderboard, long names"];

/** Finds the table of all tasks of a report, or that of a leaderboard. */
const mainTable = (kind: string) => (kind.startsWith("report") ? "#all-tasks .table" : ".table");

describe.each([1440, 1280, 390])("at %i pixels", (width) => {
  test.each(kinds)("the page does not scroll sideways, nor with everything unfolded: %s", async (kind) => {
    const { page } = await browser.open("page.html", pages.get(kind) ?? "", "light", width);
    expect(await widthOf(page)).toBeLessThanOrEqual(width);
    await page.locator("details").evaluateAll((all) => {
      for (const one of all) one.setAttribute("open", "");
    });
    await page.waitForTimeout(200);
    expect(await widthOf(page)).toBeLessThanOrEqual(width);
    await page.close();
  });

  test.each(kinds)(
    "the first column stays in sight where a table scrolls, and a line says that it does: %s",
    async (kind) => {
      const { page } = await browser.open("page.html", pages.get(kind) ?? "", "light", width);
      const frame = page.locator(mainTable(kind)).first();
      const wider = await frame.evaluate((box) => box.scrollWidth - box.clientWidth > 1);
      expect(await frame.evaluate((box) => box.hasAttribute("data-wider"))).toBe(wider);
      await frame.evaluate((box) => {
        box.scrollLeft = 100_000;
      });
      const outer = await frame.boundingBox();
      const kept = ["tbody tr th", ...(kind.startsWith("report") ? ["tbody tr .chip"] : [])];
      for (const place of kept) {
        const box = await frame.locator(place).first().boundingBox();
        expect(box?.x, place).toBeGreaterThanOrEqual((outer?.x ?? 0) - 1);
        expect((box?.x ?? 0) + (box?.width ?? 0), place).toBeLessThanOrEqual((outer?.x ?? 0) + (outer?.width ?? 0));
        expect(box?.width, place).toBeLessThan(0.6 * (outer?.width ?? 0));
      }
      await page.close();
    },
  );

  test("a long name is short in the headline, the bullets and the conclusions, and whole in its tooltip", async () => {
    const { page } = await browser.open("page.html", pages.get("report, long names") ?? "", "light", width);
    const words = page.locator(".headline, .bullets li, .about > bdi, [data-pair] th, .sentences li");
    expect(await words.count()).toBeGreaterThan(10);
    for (const text of await words.allTextContents()) expect(text).not.toMatch(/[^\s,;()]{90}/);
    const named = page.locator(".headline bdi, .bullets bdi");
    expect(await named.count()).toBeGreaterThan(1);
    for (const one of await named.all()) expect(await one.getAttribute("title")).toHaveLength(180);
    // Pairs of one base, tuned on two tasks, are told apart.
    const pairs = await page.locator("[data-pair] th").allTextContents();
    expect(new Set(pairs).size).toBe(pairs.length);
    await page.close();
  });

  test.runIf(width === 1440)(
    "the main table of a report needs no scrolling, and a long name is whole in its tooltip",
    async () => {
      const { page } = await browser.open("page.html", pages.get("report, plain names") ?? "", "light", width);
      expect(await page.locator(mainTable("report")).first().getAttribute("data-wider")).toBeNull();
      await page.close();
      const { page: other } = await browser.open("page.html", pages.get("report, long names") ?? "", "light", width);
      const shown = other.locator("#all-tasks tbody th bdi").first();
      expect((await shown.innerText()).length).toBeLessThan(70);
      expect(await shown.getAttribute("title")).toHaveLength(180);
      await other.close();
    },
  );
});
