/** Debian's Chromium on a page from disk, with everything noted that a page of ours must not do. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type BrowserContext, type Page } from "playwright-core";

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
]; // prettier-ignore

export interface OpenedPage {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors, refusals of the policy. */
  readonly complaints: string[];
  /** Addresses that were asked for beyond the page itself. */
  readonly requests: string[];
}

export class TestBrowser {
  private constructor(
    private readonly context: BrowserContext,
    private readonly folder: string,
  ) {}

  static async start(): Promise<TestBrowser> {
    const folder = mkdtempSync(join(tmpdir(), "amuro-eval-browser-"));
    const context = await chromium.launchPersistentContext(join(folder, "user"), {
      executablePath: "/usr/bin/chromium",
      args: FLAGS,
      viewport: { width: 1280, height: 900 },
    });
    return new TestBrowser(context, folder);
  }

  /** Opens text as a file; `theme` is what the system prefers. */
  async open(name: string, text: string, theme: "light" | "dark" = "light", width = 1280): Promise<OpenedPage> {
    const file = join(this.folder, name);
    writeFileSync(file, text);
    return this.visit(pathToFileURL(file).href, theme, width);
  }

  /** Opens what lies at an address. */
  async visit(address: string, theme: "light" | "dark" = "light", width = 1280): Promise<OpenedPage> {
    const page = await this.context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (request.url() !== address && !request.url().startsWith(`${address}#`)) requests.push(request.url());
    });
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto(address);
    return { page, complaints, requests };
  }

  async close(): Promise<void> {
    await this.context.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Serious and critical violations that axe-core finds, as `rule: selector`. */
export async function violations(page: Page): Promise<string[]> {
  // The page's own policy keeps foreign scripts out; the tester's tool comes in beside it.
  const { readFileSync } = await import("node:fs");
  await page.evaluate(readFileSync(AXE, "utf8"));
  const found = await page.evaluate(async () => {
    const axe = (
      globalThis as unknown as {
        axe: {
          run: () => Promise<{
            violations: { id: string; impact: string; nodes: { target: unknown[]; failureSummary: string }[] }[];
          }>;
        };
      }
    ).axe;
    return (await axe.run()).violations;
  });
  return found
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${String(target[0])} ${failureSummary.replaceAll("\n", " ")}`),
    );
}
