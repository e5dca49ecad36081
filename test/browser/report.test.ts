import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { reportPage } from "../../src/reports/page/report-page.js";
import { TestBrowser, violations } from "../support/browser.js";
import { hostile } from "../support/hostile.js";
import { SyntheticStudy, type SyntheticOptions } from "../support/synthetic-study.js";

const SMALL: SyntheticOptions = {
  tasks: ["rte", "paws", "xsum"],
  steps: [1000, 738_000],
  sftTasks: ["paws", "mnli_matched"],
  prompts: 8,
  rows: 45,
};

let browser: TestBrowser;
let report = "";
let hostileReport = "";
beforeAll(async () => {
  browser = await TestBrowser.start();
  report = await page(SMALL);
  hostileReport = await page({ ...SMALL, text: hostile });
});
afterAll(() => browser.close());

async function page(options: SyntheticOptions): Promise<string> {
  const study = new SyntheticStudy(options);
  return reportPage(study, await analyse(readStudy(study), { seed: 42 }));
}

describe("a report", () => {
  test.each(["light", "dark"] as const)(
    "opens from disk without a word or a request, accessible: %s",
    async (theme) => {
      const { page: opened, complaints, requests } = await browser.open("report.html", report, theme);
      await opened.locator("details").evaluateAll((all) => {
        for (const one of all) one.setAttribute("open", "");
      });
      await opened.locator("details.rows .row-box").first().waitFor();
      expect(await violations(opened)).toEqual([]);
      expect(complaints).toEqual([]);
      expect(requests).toEqual([]);
      await opened.close();
    },
  );

  test("shows every kind of chart, with marks in it", async () => {
    const { page: opened } = await browser.open("report.html", report);
    for (const figure of [
      "overview-v0",
      "training-level",
      "training-sensitivity",
      "forgetting-0",
      "heatmap-v0",
      "task-0-v0-prompts",
      "task-0-v0-slopes",
      "task-0-v0-axes",
      "task-0-training-level",
    ]) {
      const svg = opened.locator(`[data-figure="${figure}"] svg`).first();
      expect(await svg.evaluate((one) => one.querySelectorAll("circle,rect,path").length), figure).toBeGreaterThan(4);
      expect((await svg.boundingBox())?.width, figure).toBeGreaterThan(200);
    }
    await opened.close();
  });

  test("tables sort, filter, and keep to the checkpoints shown", async () => {
    const { page: opened } = await browser.open("report.html", report);
    const lines = opened.locator("#all-tasks tbody tr:visible");
    expect(await lines.count()).toBe(12);
    const heads = await opened.locator("#all-tasks thead th").allInnerTexts();
    const column = heads.findIndex((head) => head.includes("mean after")) + 1;
    const means = async () =>
      await opened
        .locator(`#all-tasks tbody tr td:nth-child(${column})`)
        .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute("data-sort"))));
    const button = opened.getByRole("button", { name: "sort by mean after" });
    await button.click();
    const falling = await means();
    expect(falling).toEqual([...falling].sort((a, b) => b - a));
    await button.click();
    expect(await means()).toEqual([...falling].sort((a, b) => a - b));
    expect(await opened.locator("th[aria-sort=ascending]").count()).toBe(1);
    await opened.getByPlaceholder("task, checkpoint, metric, verdict").fill("rte step1000,");
    expect(await lines.count()).toBe(2);
    await opened.getByPlaceholder("task, checkpoint, metric, verdict").fill("");
    await opened.getByLabel("only the checkpoints shown").check();
    expect(await lines.count()).toBe(3);
    await opened.close();
  });

  test("the choice of checkpoints changes the answer, the figures and the rows", async () => {
    const { page: opened, complaints } = await browser.open("report.html", report);
    const before = await opened.locator("#task-rte .panel").innerHTML();
    await opened.locator("#view").selectOption({ index: 3 });
    await opened.locator("html[data-view=v3]").waitFor();
    expect(await opened.locator("#glance").innerText()).toContain("olmo-step1000");
    expect(await opened.locator("#task-rte .panel").innerHTML()).not.toBe(before);
    await opened.locator("#view").selectOption({ index: 0 });
    await opened.locator("html[data-view=v0]").waitFor();
    expect(await opened.locator("#task-rte figure").count()).toBeGreaterThan(3);
    expect(complaints).toEqual([]);
    await opened.close();
  });

  test("rows open to every prompt's answer and log-likelihoods, page by page", async () => {
    const { page: opened } = await browser.open("report.html", report);
    const rows = opened.locator("#task-rte details.rows");
    await rows.locator("summary").first().click();
    const boxes = rows.locator(".row-box");
    await boxes.first().waitFor();
    expect(await boxes.count()).toBe(20);
    await rows.getByRole("button", { name: "Further" }).click();
    expect(await rows.getByRole("status").innerText()).toBe("45 rows, page 2 of 3");
    await rows.getByPlaceholder("words of the row").fill("43: storm");
    expect(await boxes.count()).toBe(1);
    await boxes.locator("summary").click();
    const detail = boxes.locator(".detail");
    await detail.locator("tbody tr").first().waitFor();
    expect(await detail.locator("tbody tr").count()).toBe(8);
    expect(await detail.innerText()).toMatch(/entailment −\d\.\d\d, neutral −\d\.\d\d/);
    await opened.close();
  });

  test("the theme can be chosen", async () => {
    const { page: opened } = await browser.open("report.html", report);
    const background = () => opened.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const light = await background();
    await opened.locator("#theme").click();
    expect(await background()).toBe(light);
    await opened.locator("#theme").click();
    expect(await background()).not.toBe(light);
    await opened.locator("#theme").click();
    await opened.close();
  });

  test("prints light, whatever the system prefers", async () => {
    const { page: opened } = await browser.open("report.html", report, "dark");
    await opened.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await opened.evaluate<string>("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
    expect(await opened.locator("#view").isVisible()).toBe(false);
    await opened.close();
  });

  test("is as wide as a small screen", async () => {
    const { page: opened } = await browser.open("report.html", report, "light", 380);
    expect(await opened.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(380);
    await opened.close();
  });

  test("runs nothing that hostile names, prompts, rows and notes hold", async () => {
    const { page: opened, complaints, requests } = await browser.open("hostile.html", hostileReport);
    await opened.locator("details").evaluateAll((all) => {
      for (const one of all) one.setAttribute("open", "");
    });
    await opened.locator("details.rows .row-box").first().waitFor();
    await opened.locator("details.row").evaluateAll((all) => {
      for (const one of all) one.setAttribute("open", "");
    });
    await opened.locator("#view").selectOption({ index: 2 });
    await opened.locator("html[data-view=v2]").waitFor();
    await opened.waitForTimeout(500);
    expect(await opened.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
    expect(await opened.locator("img, a[href^=javascript], [onload], [onerror], [onfocus], svg script").count()).toBe(
      0,
    );
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    await opened.close();
  });
});
