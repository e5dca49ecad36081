import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { reportPage } from "../../src/reports/page/report-page.js";
import { TestBrowser, violations } from "../support/browser.js";
import { HOSTILE } from "../support/hostile.js";
import { SyntheticStudy } from "../support/synthetic-study.js";

let browser: TestBrowser;
let report = "";
beforeAll(async () => {
  browser = await TestBrowser.start();
  const text = (plain: string) => (plain.startsWith("Row ") ? `${plain}${HOSTILE}` : plain);
  const study = new SyntheticStudy({ tasks: ["rte", "paws"], steps: [1000, 738_000], sftTasks: ["paws"], prompts: 16, rows: 60, text }); // prettier-ignore
  report = await reportPage(study, await analyse(readStudy(study), { seed: 42 }));
});
afterAll(() => browser.close());

const drawn = (page: Page, task: string) =>
  page.locator(`#task-${task} .row-matrix canvas`).evaluate((canvas) => {
    const pen = (canvas as unknown as { getContext(kind: string): { getImageData(...box: number[]): { data: Uint8ClampedArray } }; width: number; height: number }); // prettier-ignore
    const { data } = pen.getContext("2d").getImageData(0, 0, pen.width, pen.height);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + (data[i] ?? 0) + (data[i + 3] ?? 0)) % 1_000_003;
    return sum;
  });

describe("rows by prompts", () => {
  test("a square opens its row, and the address leads to it again", async () => {
    const { page, complaints, requests } = await browser.open("report.html", report);
    await page.locator("#task-rte details.rows > summary").click();
    const matrix = page.locator("#task-rte .row-matrix");
    await matrix.waitFor();
    await matrix.click({ position: { x: 56 + 14 * 2 + 7, y: 14 * 3 + 7 } });
    const single = page.locator("#task-rte .single");
    expect(await single.locator("tbody tr").count()).toBe(16);
    expect(await single.locator("tr[aria-current] th").innerText()).toBe("io");
    expect(await single.innerText()).toMatch(/entailment −\d\.\d\d, neutral −\d\.\d\d/);
    const title = await single.locator("h4").innerText();
    const address = page.url();
    expect(address).toMatch(/#task-rte\?row=\d+&prompt=io$/);
    await page.goto("about:blank");
    await page.goto(address);
    await single.locator("tr[aria-current]").waitFor();
    expect(await single.locator("h4").innerText()).toBe(title);
    expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(requests.filter((one) => one !== "about:blank" && !one.startsWith("file:"))).toEqual([]);
    await page.close();
  });

  test("keys move in it and Enter opens; colours, axes and the checkpoint change what is drawn", async () => {
    const { page } = await browser.open("report.html", report);
    await page.locator("#task-paws details.rows > summary").click();
    const matrix = page.locator("#task-paws .row-matrix");
    await matrix.focus();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) await matrix.press(key);
    expect(await page.locator("#task-paws .said").innerText()).toMatch(/^Row \d+, prompt instruct: [01]\.000, answer [12]\./); // prettier-ignore
    await matrix.press("Enter");
    expect(await page.locator("#task-paws .single tr[aria-current] th").innerText()).toBe("instruct");
    const seen = [await drawn(page, "paws")];
    await page.locator("#task-paws").getByLabel("Colour by").selectOption("answer");
    seen.push(await drawn(page, "paws"));
    await page.locator("#task-paws details.rows label", { hasText: "Checkpoint" }).locator("select").selectOption("0");
    seen.push(await drawn(page, "paws"));
    await page.locator("#task-paws details.rows").getByLabel("Axis").selectOption("draw:1");
    seen.push(await drawn(page, "paws"));
    expect(new Set(seen).size).toBe(4);
    expect(page.url()).toContain("axis=draw%3A1");
    await page.close();
  });

  test("words are found in the rows of every task, and each match leads to its row", async () => {
    const { page } = await browser.open("report.html", report);
    const find = page.locator("#find");
    await find.getByRole("searchbox").fill("row 43: storm");
    const match = find.getByText("paws, row 43");
    await match.waitFor();
    expect(await find.locator("output").innerText()).toBe("2 rows");
    await match.click();
    await page.locator("#task-paws .single h4").waitFor();
    expect(await page.locator("#task-paws .single h4").innerText()).toContain("Row 43");
    await page.close();
  });

  test("order, words and the checkpoints shown are in the address, and come back", async () => {
    const { page } = await browser.open("report.html", report);
    await page.locator("#view").selectOption({ index: 1 });
    await page.locator("html[data-view=v1]").waitFor();
    await page.locator("#task-rte details.rows > summary").click();
    await page.locator("#task-rte").getByLabel("Order").selectOption("lowest score");
    await page.locator("#task-rte").getByPlaceholder("words of the row").fill("1 boats");
    const address = page.url();
    expect(address).toMatch(/#task-rte\?view=v1&order=lowest\+score&words=1\+boats$/);
    const lines = await page.locator("#task-rte .row-box b").allInnerTexts();
    await page.goto("about:blank");
    await page.goto(address);
    await page.locator("html[data-view=v1]").waitFor();
    await page.locator("#task-rte .row-box").first().waitFor();
    expect(await page.locator("#task-rte .row-box b").allInnerTexts()).toEqual(lines);
    // A link of the page leads elsewhere and leaves the checkpoints as they are.
    await page.locator("nav a[href='#methods']").click();
    await page.waitForURL(/#methods\?view=v1$/);
    await page.close();
  });
});

describe("the prompts", () => {
  test("each has its text, answers and axes; any two are compared, at an address of their own", async () => {
    const { page } = await browser.open("report.html", report);
    const part = page.locator("#task-rte details.prompts");
    await part.locator("> summary").click();
    await part.locator("[data-side=a]").selectOption("io");
    await part.locator("[data-side=b]").selectOption("terse");
    expect(await part.locator(".pair mark").allInnerTexts()).toEqual(["io", "terse"]);
    expect(await part.locator(".pair .levels").first().innerText()).toContain("wording: io");
    expect(await part.locator(".pair .word").allInnerTexts()).toEqual(["entailment", "neutral", "entailment", "neutral"]); // prettier-ignore
    expect(page.url()).toMatch(/#task-rte\?a=io&b=terse$/);
    const scores = () => part.locator(".pair .scores").allInnerTexts();
    const first = await scores();
    expect(first).toHaveLength(2);
    for (const text of first)
      expect(text).toMatch(
        /^before 0?\.\d+ \[0?\.\d+, 0?\.\d+\], after SFT 0?\.\d+ \[0?\.\d+, 0?\.\d+\], n = 60 rows$/,
      );
    const tip = await page.locator("#task-rte .panel figure svg title", { hasText: "io before" }).first().textContent();
    expect(first[0]?.replace(/^before (\S+) .*/, "$1")).toBe(/0?\.\d+/.exec(tip ?? "")?.[0]);
    // Those of the pair that is shown.
    await page.locator("#view").selectOption("v1");
    await expect.poll(async () => (await scores())[0], { timeout: 10_000 }).not.toBe(first[0]);
    await page.locator("#view").selectOption("v0");
    await expect.poll(scores, { timeout: 10_000 }).toEqual(first);
    await part.getByLabel("Axis").selectOption("draw:1");
    expect(await part.locator("output").innerText()).toBe("8 of 16 prompts");
    const address = page.url();
    await page.goto("about:blank");
    await page.goto(address);
    await part.locator(".pair mark").first().waitFor();
    expect(await part.locator(".pair mark").allInnerTexts()).toEqual(["io", "terse"]);
    expect(await part.locator("output").innerText()).toBe("8 of 16 prompts");
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});

describe("a figure", () => {
  test.each([
    ["SVG", /^<svg[^>]*viewBox[\s\S]*Every prompt on rte[\s\S]*<\/svg>$/],
    ["PNG", /^.PNG/],
    ["CSV", /^mark,quantity,value,low,high,standard error\n"[^"]+ before",,0\.\d+,0\.\d+,0\.\d+,\n/],
  ])("is saved as %s", async (kind, pattern) => {
    const { page, complaints } = await browser.open("report.html", report);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: `save Every prompt on rte as ${kind}` }).first().click(); // prettier-ignore
    const text = readFileSync(await (await download).path(), "latin1");
    expect(text.length).toBeGreaterThan(500);
    expect(text).toMatch(pattern);
    expect(text).not.toContain("var(--");
    expect(complaints).toEqual([]);
    await page.close();
  });
});
