import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { reportFolder } from "../../src/reports/report-files.js";
import { TestBrowser, violations } from "../support/browser.js";
import { HOSTILE } from "../support/hostile.js";
import { serveFolder } from "../support/static-server.js";
import { SyntheticStudy } from "../support/synthetic-study.js";

/** More rows than are read at once, so that a task is read in three parts. */
const ROWS = 4200;

let browser: TestBrowser;
let server: Awaited<ReturnType<typeof serveFolder>>;
const folder = mkdtempSync(join(tmpdir(), "amuro-eval-folder-"));
beforeAll(async () => {
  browser = await TestBrowser.start();
  const text = (plain: string) => (plain.startsWith("Row ") ? `${plain}${HOSTILE}` : plain);
  const study = new SyntheticStudy({ tasks: ["rte", "xsum"], steps: [738_000], sftTasks: ["paws", "mnli_matched"], prompts: 4, rows: ROWS, text }); // prettier-ignore
  for await (const { path, content } of reportFolder(study, await analyse(readStudy(study), { seed: 42 }))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  server = await serveFolder(folder);
});
afterAll(async () => {
  server.close();
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the rows of rte. */
async function rowsOfRte(page: Page) {
  const part = page.locator("#task-rte");
  await part.locator("details.rows > summary").click();
  return part;
}

test("every row is read from the folder, part by part", async () => {
  const { page, complaints, requests } = await browser.visit(`${server.url}report.html`);
  const part = await rowsOfRte(page);
  await part.locator(".row-box").first().waitFor();
  expect(await part.locator("details.rows > .about").innerText()).toBe(
    "All 4,200 rows, read from rows/rte.scores.parquet beside this page",
  );
  expect(await part.locator("[role=status]").innerText()).toBe("4200 rows, page 1 of 210");
  await part.getByLabel("Order").selectOption("number of the row");
  await expect.poll(() => part.locator(".row-box b").first().innerText(), { timeout: 10_000 }).toBe("row 0");
  const before = requests.length;
  const matrix = part.locator(".row-matrix");
  await matrix.evaluate((frame) => frame.scrollBy(0, 1e6));
  // The rows of the last part are asked for when they are in sight.
  await expect.poll(() => requests.length, { timeout: 10_000 }).toBeGreaterThan(before);
  await matrix.focus();
  await expect
    .poll(
      async () => {
        await matrix.press("ArrowDown");
        return part.locator(".said").innerText();
      },
      { timeout: 10_000 },
    )
    .toMatch(/^Row \d+, prompt default: [01]\.000, answer [12]\./);
  await matrix.evaluate((frame) => frame.scrollBy(0, 1e6));
  const box = await matrix.boundingBox();
  await matrix.click({ position: { x: 56 + 14 * 2 + 7, y: (box?.height ?? 0) - 12 } });
  await expect.poll(() => part.locator(".single h4").innerText(), { timeout: 10_000 }).toContain("Row 4199");
  expect(await part.locator(".single tbody tr").count()).toBe(4);
  expect(await part.locator(".single tr[aria-current] th").innerText()).toBe("io");
  expect(await part.locator(".single").innerText()).toMatch(/entailment −\d\.\d\d, neutral −\d\.\d\d/);
  expect(await part.locator(".single").innerText()).toContain("Row 4199: the storm sank a boat.");
  expect(page.url()).toMatch(/#task-rte\?.*row=4199/);
  const address = page.url();
  await page.goto("about:blank");
  await page.goto(address);
  await part.locator(".single h4").waitFor();
  expect(await part.locator(".single h4").innerText()).toContain("Row 4199");
  expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  expect(requests.every((one) => one === "about:blank" || one.startsWith(server.url))).toBe(true);
  await page.close();
});

test("words are found in every row of every task", async () => {
  const { page } = await browser.visit(`${server.url}report.html`);
  await page.locator("#find").getByRole("searchbox").fill("row 4123: storm");
  await page.locator("#find").getByText("xsum, row 4123").click();
  await page.locator("#task-xsum .single h4").waitFor();
  expect(await page.locator("#task-xsum .single").innerText()).toContain("a generated summary of row 4123");
  await page.close();
});

test("from disk, the files are given to the page, and another pair is read from them", async () => {
  const { page, complaints, requests } = await browser.visit(pathToFileURL(join(folder, "report.html")).href);
  const part = await rowsOfRte(page);
  const input = part.locator("input[type=file]");
  await input.setInputFiles(join(folder, "rows"));
  await part.locator(".row-box").first().waitFor();
  expect(await page.locator(".give").count()).toBe(0);
  const first = await part.locator(".row-list").innerText();
  await page.locator("#view").selectOption("v1");
  await expect.poll(() => part.locator(".row-list").innerText(), { timeout: 10_000 }).not.toBe(first);
  expect(complaints).toEqual([]);
  expect(requests).toEqual([]);
  await page.close();
});
