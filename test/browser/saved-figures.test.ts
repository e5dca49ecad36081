import { readFileSync } from "node:fs";
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

let browser: TestBrowser;
const pages = new Map<string, string>();
beforeAll(async () => {
  browser = await TestBrowser.start();
  for (const [kind, sftTasks] of [
    ["study", ["paws"]],
    ["run", []],
  ] as const) {
    const study = new SyntheticStudy({ tasks: ["rte", "paws", "xsum", "boolq"], steps: kind === "study" ? [1000, 738_000] : [738_000], sftTasks, prompts: 24, rows: 60 }); // prettier-ignore
    pages.set(kind, await reportPage(study, await analyse(readStudy(study), { seed: 42 })));
    if (kind === "study")
      pages.set("leaderboard", leaderboardPage(leaderboardOf(await studyEntries(study, () => null))));
  }
});
afterAll(() => browser.close());

/** Returns the CSV of every figure of a page by its name, with the number of marks that say something. */
async function tables(page: Page): Promise<{ name: string; about: string; marks: number; lines: string[] }[]> {
  return page.evaluate(`[...document.querySelectorAll("figure[data-figure]")].map((figure) => ({
    name: figure.dataset.figure,
    about: figure.dataset.about,
    marks: new Set([...figure.querySelectorAll("svg :not(text) > title")].map((title) => title.textContent)).size,
    lines: marksOf(figure).trim().split("\\n"),
  }))`);
}

describe.each(["study", "run", "leaderboard"])("figures of a page: %s", (kind) => {
  test("each has buttons to be saved, and is about rows and prompts", async () => {
    const { page, complaints } = await browser.open("page.html", pages.get(kind) ?? "");
    const figures = page.locator("figure[data-figure]");
    expect(await figures.count()).toBeGreaterThan(3);
    for (const figure of await figures.all())
      expect(await figure.locator(".save button").allTextContents()).toEqual(["SVG", "PNG", "CSV"]);
    for (const { about, name } of await tables(page)) expect(about, name).toMatch(/; n = .*\d+ prompts/);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("the CSV has at least one number of every mark, none of them without its mark", async () => {
    const { page } = await browser.open("page.html", pages.get(kind) ?? "");
    for (const { name, marks, lines } of await tables(page)) {
      const [head, ...rest] = lines;
      expect(head, name).toBe("mark,quantity,value,low,high,standard error");
      const own = rest.map((line) => /^"((?:[^"]|"")*)",(?:"(?:[^"]|"")*")?,(-?[\d.e+-]+),/.exec(line));
      expect(own, name).not.toContain(null);
      for (const found of own) expect(Number.isFinite(Number(found?.[2])), name).toBe(true);
      expect(marks, name).toBeGreaterThan(0);
      expect(rest.length, name).toBeGreaterThanOrEqual(marks);
    }
    await page.close();
  });
});

test("the CSV of a figure of several quantities tells them apart, and before from after", async () => {
  const { page } = await browser.open("page.html", pages.get("study") ?? "");
  const csv = await tables(page);
  const text = (name: string) => csv.find((one) => one.name === name)?.lines.join("\n") ?? "";
  for (const quantity of ["mean score", "SD over prompts, noise-corrected"])
    for (const side of ["before", "after"])
      expect(text("overview-v0")).toMatch(
        new RegExp(String.raw`^"rte ${side}","${quantity}",0\.\d+,0\.\d+,0\.\d+,$`, "m"),
      );
  expect(text("distributions-v0").match(/^"olmo-step738000(-paws)? on rte, /gm)).toHaveLength(48);
  expect(text("training-level")).toMatch(/^"olmo-step1000 on xsum",,0\.\d+,/m);
  expect(text("sensitivity-against-mean")).toMatch(/^"olmo-step1000 on xsum","SD",/m);
  expect(text("forgetting-0")).toMatch(/^"SFT on paws, rte","change",-?0\.\d+,,,0\.\d+$/m);
  await page.close();
});

test("a figure of a leaderboard is saved with its metric, rows and prompts", async () => {
  const { page } = await browser.open("index.html", pages.get("leaderboard") ?? "");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "save rte as SVG" }).click();
  const text = readFileSync(await (await download).path(), "utf8");
  expect(text).toContain("accuracy; n = 60 rows, 24 prompts, 4 shots; setting ");
  await page.close();
});
