import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareStudies } from "../../src/analysis/compare/compare-studies.js";
import { compareResults } from "../../src/library/compare.js";
import { comparisonPage } from "../../src/reports/page/comparison-page.js";
import { TestBrowser, violations } from "../support/browser.js";
import { hostile } from "../support/hostile.js";
import { SyntheticStudy } from "../support/synthetic-study.js";
import { tempFolder } from "../support/temp-folder.js";

let browser: TestBrowser;
let two = "";
beforeAll(async () => {
  browser = await TestBrowser.start();
  two = comparisonPage(await compareResults([table("a.csv", 0.4, "x"), table("b.csv", 0.75, "y")]));
});
afterAll(() => browser.close());

/** Writes scores of 60 rows under four prompts, of which the share of right answers is given; one prompt is its own. */
function table(name: string, share: number, style: string): string {
  const path = join(tempFolder(), name);
  const lines = ["default", "terse", "polite", `own-${style}`].flatMap((prompt, p) =>
    Array.from({ length: 60 }, (_, i) => `m,boolq,${prompt},i${i},${(i * 7 + p * 5) % 20 < 20 * share ? 1 : 0},${p === 1 ? style : "plain"}`),
  ); // prettier-ignore
  writeFileSync(path, ["checkpoint,task,prompt,item,value,axes.style", ...lines].join("\n"));
  return path;
}

describe("two results side by side", () => {
  test.each(["light", "dark"] as const)("open without a word or a request, accessible: %s", async (theme) => {
    const { page, complaints, requests } = await browser.open("compare.html", two, theme);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    await page.close();
  });

  test("say which is higher with the paired interval, and which prompts and axes differ", async () => {
    const { page } = await browser.open("compare.html", two);
    const cells = page.locator("#answer tbody tr > *");
    expect(await cells.nth(2).innerText()).toBe("▲ higher");
    expect((await cells.allInnerTexts()).slice(3, 9)).toEqual(["0.400", "0.750", "+0.350 [+0.299, +0.401]", "3", "60", "1"]); // prettier-ignore
    const differences = await page.locator("#task-boolq details").first().locator("tbody tr").allInnerTexts();
    expect(differences.map((line) => line.replaceAll(/\s+/g, " "))).toEqual([
      "own-x – only in A",
      "– own-y only in B",
      "terse terse style: x in A, y in B",
    ]);
    expect(await page.locator("#task-boolq figure svg circle").count()).toBe(3 * 3 + 2);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "save B less A on boolq as CSV" }).click();
    expect((await download).suggestedFilename()).toMatch(/\.csv$/);
    await page.close();
  });

  test("run nothing of hostile names, and are as wide as a small screen", async () => {
    const options = { tasks: ["rte", "xsum"], steps: [1000], sftTasks: ["paws"], prompts: 6, rows: 20, text: hostile };
    const page = comparisonPage([await compareStudies(new SyntheticStudy(options), new SyntheticStudy({ ...options, prompts: 5 }))]); // prettier-ignore
    const opened = await browser.open("compare.html", page, "light", 390);
    expect(await opened.page.locator("html").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await opened.page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
    expect(await opened.page.locator("#answer tbody tr td").nth(1).innerText()).toBe("equal");
    expect(opened.complaints).toEqual([]);
    await opened.page.close();
  });
});
