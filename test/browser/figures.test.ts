import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import type { Analysis } from "../../src/analysis/document/document.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { axisVariance } from "../../src/reports/figures/axes.js";
import {
  orderReversals,
  scoreDistributions,
  sensitivityAgainstLevel,
} from "../../src/reports/figures/distributions.js";
import type { Figure } from "../../src/reports/figures/draw.js";
import { forgettingMatrix, promptHeatmap } from "../../src/reports/figures/matrices.js";
import { overview } from "../../src/reports/figures/overview.js";
import { promptDots, promptSlopes } from "../../src/reports/figures/prompts.js";
import { allTrajectories, trajectories } from "../../src/reports/figures/training.js";
import { html } from "../../src/reports/html.js";
import { figureBlock } from "../../src/reports/page/pieces.js";
import { pageWith } from "../../src/reports/page/shell.js";
import { Views } from "../../src/reports/view.js";
import { TestBrowser } from "../support/browser.js";
import { axisMarks, badText } from "../support/figure-geometry.js";
import { SyntheticStudy } from "../support/synthetic-study.js";

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser.close());

function pageOf(figures: readonly (Figure | undefined)[]): string {
  return pageWith({
    title: "figures",
    script: "leaderboard",
    body: html`<main>${figures.map((one) => figureBlock(one, "accuracy; n = 60 rows"))}</main>`,
  });
}

/** Returns a real pair of checkpoints: 18 tasks, and components from −0.07 to 3.3. */
function realPair(): Analysis {
  const analysis = JSON.parse(readFileSync("reports/pair/analysis.json", "utf8")) as Analysis;
  const shares = { low: 0, high: 1 };
  return {
    ...analysis,
    orders: [],
    tasks: analysis.tasks.map((task) => ({ ...task, range: shares })),
    levels: analysis.levels.map((level) => ({ ...level, quantiles: { values: [], withheld: "not known then" } })),
  };
}

/** Returns every figure of the first view and along training. */
function everyFigure(analysis: Analysis): (Figure | undefined)[] {
  const views = new Views(analysis);
  const [view] = views.all;
  if (view === undefined) return [];
  const tasks = analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []);
  return [
    overview(tasks, "overview"),
    scoreDistributions(tasks, "distributions"),
    sensitivityAgainstLevel(views, "sensitivity-against-mean"),
    orderReversals(analysis, "order-reversals"),
    promptHeatmap("all tasks", tasks.slice(0, 9), "heatmap"),
    ...(["level", "sensitivity"] as const).map((quantity) => allTrajectories(views, quantity, "steps")),
    ...(analysis.transfer.length === 0 ? [] : [forgettingMatrix(analysis.transfer.slice(0, 3), "forgetting")]),
    ...tasks
      .slice(0, 4)
      .flatMap((task, i) => [
        promptDots(task, `task-${i}`),
        promptSlopes(task, `task-${i}`),
        axisVariance(task, `task-${i}`),
        ...trajectories(views, task.task, `task-${i}`),
      ]),
  ];
}

/** Returns a study of a training run with 141 checkpoints. */
async function longRun(): Promise<Analysis> {
  const study = new SyntheticStudy({ tasks: ["rte", "paws"], steps: [1000, 20_000, 738_000], sftTasks: [], prompts: 12, rows: 40 }); // prettier-ignore
  const analysis = await analyse(readStudy(study), { seed: 42 });
  const copies = Array.from({ length: 141 }, (_, i) => ({ of: analysis.checkpoints[i % 3], step: 1000 * (i + 3), name: `run-step${1000 * (i + 3)}` })); // prettier-ignore
  return {
    ...analysis,
    checkpoints: copies.flatMap(({ of, step, name }) => (of === undefined ? [] : [{ ...of, step, name }])),
    levels: copies.flatMap(({ of, name }) =>
      analysis.levels.flatMap((level) => (level.checkpoint === of?.name ? [{ ...level, checkpoint: name }] : [])),
    ),
  };
}

async function synthetic(text: (plain: string) => string): Promise<Analysis> {
  const study = new SyntheticStudy({ tasks: ["rte", "paws", "xsum"], steps: [1000, 738_000], sftTasks: ["paws", "mnli_matched", "socialiqa"], prompts: 8, rows: 24, text }); // prettier-ignore
  return analyse(readStudy(study), { seed: 42 });
}

describe("a figure of what makes prompts differ", () => {
  test("writes no share of 0 and no variance of 0 beside one that is there", () => {
    const analysis = realPair();
    const views = new Views(analysis);
    const [view] = views.all;
    for (const task of analysis.tasks) {
      const own = view === undefined ? undefined : views.taskView(view, task);
      const svg = own === undefined ? undefined : axisVariance(own, "axes")?.svg;
      if (own === undefined || svg === undefined) continue;
      const terms = [own.before, own.after].flatMap((at) => at?.axes?.terms ?? []);
      expect(svg.match(/>(0\.000|[^<]*\(0 %\))</g) ?? [], task.name).toHaveLength(
        terms.filter(({ variance }) => variance === 0).length,
      );
    }
  });

  test("draws every point on its axis and marks every end of an interval that is cut", async () => {
    const analysis = realPair();
    const views = new Views(analysis);
    const [view] = views.all;
    const figures = analysis.tasks.flatMap((task) => {
      const own = view === undefined ? undefined : views.taskView(view, task);
      return own === undefined ? [] : [axisVariance(own, `axes-${task.name}`)];
    });
    const { page } = await browser.open("axes.html", pageOf(figures));
    let cut = 0;
    for (const { name, low, high, dots, intervals, arrows } of await axisMarks(page)) {
      const slack = (high - low) / 200 + 0.001;
      expect(dots.length, name).toBeGreaterThan(0);
      expect(intervals, name).toHaveLength(dots.length);
      for (const value of dots) {
        expect(value, name).toBeGreaterThanOrEqual(low - slack);
        expect(value, name).toBeLessThanOrEqual(high + slack);
      }
      // Within the rounding of the tooltips an end is neither clearly inside nor clearly outside.
      const over = intervals.flatMap((one) => [low - one.low, one.high - high]);
      expect(arrows, name).toBeGreaterThanOrEqual(over.filter((by) => by > slack).length);
      expect(arrows, name).toBeLessThanOrEqual(over.filter((by) => by > -slack).length);
      cut += arrows;
    }
    expect(cut).toBeGreaterThan(5);
    await page.close();
  });
});

describe("figures over prompts", () => {
  test("have a dot for every prompt, quantiles where they are known, and a dot for each two checkpoints", async () => {
    const study = new SyntheticStudy({ tasks: ["rte", "paws"], steps: [1000, 738_000], sftTasks: ["paws"], prompts: 24, rows: 60 }); // prettier-ignore
    const analysis = await analyse(readStudy(study), { seed: 42 });
    const views = new Views(analysis);
    const [view] = views.all;
    const tasks = analysis.tasks.flatMap((task) => (view === undefined ? [] : (views.taskView(view, task) ?? [])));
    const dots = (figure: Figure | undefined) => figure?.svg.match(/<circle/g)?.length ?? 0;
    // A legend has a dot for each side.
    expect(dots(scoreDistributions(tasks, "d"))).toBe(2 * 2 * 24 + 2);
    const known = tasks.flatMap(({ before, after }) => [before, after]).filter((at) => (at?.quantiles.values.length ?? 0) > 0);
    expect(scoreDistributions(tasks, "d")?.svg.match(/median 0?\.\d+/g) ?? []).toHaveLength(3 * known.length);
    const reversals = analysis.orders.filter(({ reversal }) => reversal !== null);
    const figure = orderReversals(analysis, "o");
    expect(dots(figure)).toBe(reversals.length);
    for (const { first, second } of reversals) expect(figure?.svg).toContain(`${second} against ${first}`);
    expect(sensitivityAgainstLevel(views, "s")?.svg).toContain("after SFT");
  }); // prettier-ignore
});

describe("texts of figures", () => {
  test.each([1280, 390])("are neither cut nor on top of each other, real names at %i pixels", async (width) => {
    const { page } = await browser.open("figures.html", pageOf(everyFigure(realPair())), "light", width);
    expect(await badText(page)).toEqual([]);
    await page.close();
  });

  test("are neither cut nor on top of each other along training", async () => {
    const { page } = await browser.open("figures.html", pageOf(everyFigure(await synthetic((plain) => plain))));
    expect(await badText(page)).toEqual([]);
    await page.close();
  });

  test("are neither cut nor on top of each other along 141 checkpoints", { timeout: 120_000 }, async () => {
    const analysis = await longRun();
    const { page } = await browser.open("figures.html", pageOf(everyFigure(analysis)));
    expect(await badText(page)).toEqual([]);
    // Each checkpoint and task is a point, whose tooltip says what it is.
    const against = page.locator("figure", { hasText: "Sensitivity against mean" });
    expect(await against.locator("svg circle").count()).toBeGreaterThanOrEqual(
      analysis.levels.filter(({ sensitivity }) => (sensitivity.probability?.corrected_sd ?? null) !== null).length,
    );
    await page.close();
  });

  test("are neither cut nor on top of each other where names have 180 characters", async () => {
    const long = (plain: string) => `${plain.padEnd(179, "-of-a-long-name")}Z`;
    const { page } = await browser.open("figures.html", pageOf(everyFigure(await synthetic(long))));
    expect(await badText(page)).toEqual([]);
    await page.close();
  });
});
