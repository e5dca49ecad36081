/** Changes over tasks by the skill of the base, for the prompts as they are, and how often intervals hold the truth. */

import { describe, expect, test } from "vitest";
import { analyse } from "../../../src/analysis/analyse.js";
import { readTable } from "../../../src/analysis/read/read-table.js";
import { randomStream } from "../../../src/base/random.js";
import { variance } from "../../../src/statistics/uncertainty.js";
import { renderAnalysis } from "../../../src/reports/terminal/analysis-terminal.js";
import { markdownReport } from "../../../src/reports/formats/markdown.js";
import { csvTables } from "../../../src/reports/formats/csv.js";
import { TASKS_WORLDS } from "../../../scripts/simulate-statistics/all-worlds.js";
import { simulatedTasks } from "../../../scripts/simulate-statistics/over-tasks.js";
import { parseLongTable } from "../../support/long-table.js";

const PROMPTS = 10;
const HEADER = "checkpoint,stage,task,prompt,metric,value,n,chance";

/** Writes means of tasks: at chance the base's prompts are alike, above it they differ as they do after tuning. */
function means(atChance: number, above: number, chance = "0.25"): string[] {
  const random = randomStream("over tasks", atChance, above);
  return Array.from({ length: atChance + above }, (_, k) => k).flatMap((k) => {
    const guesses = k < atChance;
    return Array.from({ length: PROMPTS }, (_, p) => p).flatMap((p) => {
      const shift = 0.1 * (p / (PROMPTS - 1) - 0.5) * (1 + 0.2 * random());
      const before = guesses ? 0.25 : 0.5 + shift;
      const after = (guesses ? 0.4 : 0.55) + shift;
      return [["base", before], ["sft", after]].map(([stage, value]) => `m,${stage},task ${k},p${p},acc,${value},1000,${chance}`); // prettier-ignore
    });
  });
}

function analysed(lines: readonly string[]) {
  return analyse(readTable(parseLongTable([HEADER, ...lines].join("\n"), "t.csv"), "t.csv"), { seed: 1 });
}

describe("means of tasks that share their prompts", () => {
  test("are summed up over all, at chance and above it, with the difference of the two", async () => {
    const analysis = await analysed(means(4, 5));
    const of = (quantity: string) => analysis.over_tasks.filter((one) => one.quantity === quantity);
    expect(of("mean").map(({ stratum, tasks }) => [stratum, tasks.length])).toEqual([
      ["all tasks", 9],
      ["base at chance", 4],
      ["base above chance", 5],
    ]);
    const raw = of("variance between prompts, noise included");
    const [, floor, above] = raw;
    const own = analysis.comparisons.filter(({ task }) => floor?.tasks.includes(task));
    const changes = own.map(({ prompts }) => variance(prompts.map((one) => one.after)) - variance(prompts.map((one) => one.before))); // prettier-ignore
    expect(floor?.change).toBeCloseTo(changes.reduce((sum, one) => sum + one, 0) / 4, 12);
    expect(floor?.before).toBeCloseTo(0, 12);
    expect(floor?.p).toBeLessThan(0.01);
    expect(above?.change).toBeCloseTo(0, 3);
    const difference = analysis.strata.find(({ quantity }) => quantity === "variance between prompts, noise included");
    expect(difference).toMatchObject({ at_chance: 4, above_chance: 5 });
    expect(difference?.difference).toBeCloseTo((above?.change ?? NaN) - (floor?.change ?? NaN), 12);
    expect(difference?.p).toBeLessThan(0.01);
    expect(analysis.sentences.map(({ text }) => text).join(" ")).toMatch(
      /over 4 tasks where the base is at chance and for these prompts, the variance between prompts, noise included rose by \+\d+\.\de-4 \(95 % \+\d+\.\de-4 to \+\d+\.\de-4/,
    );
    for (const text of [renderAnalysis(analysis), markdownReport(analysis)])
      expect(text).toContain("variance between prompts, base above chance");
    expect(csvTables(analysis).find(({ name }) => name === "over_tasks")?.text).toContain("base at chance");
  });

  test("have no change beyond what scores can have", async () => {
    const rows = [[0, 1], [0.3, 0.3], [0.4, 0.1]].flatMap(([before, after], k) => [0, 1, 2].flatMap((p) => [`m,base,task ${k},p${p},acc,${before},1000,0.25`, `m,sft,task ${k},p${p},acc,${after},1000,0.25`])); // prettier-ignore
    const { over_tasks: all } = await analysed(rows);
    const found = all.find(({ quantity, stratum }) => quantity === "mean" && stratum === "all tasks");
    expect(found?.interval).toMatchObject({ low: -1, high: 1 });
    expect(found?.prediction).toBeNull();
  });

  test("are set against each other only where both sides have three", async () => {
    const { strata, over_tasks: all, limits } = await analysed(means(2, 4));
    expect(strata).toEqual([]);
    expect(new Set(all.map(({ stratum }) => stratum))).toEqual(new Set(["all tasks", "base above chance"]));
    expect(limits.find(({ what }) => what.startsWith("change on tasks above chance"))?.why).toBe(
      "of 6 tasks the base is at chance on 2 and above it on 4; fewer than 3 say too little of others",
    );
  });

  test("of which one stratum alone has variances are summed up once", async () => {
    // The task above chance has one prompt, and so no variance.
    const lines = means(4, 1).filter((line) => !line.includes("task 4") || line.includes(",p0,"));
    const { over_tasks: all, sentences } = await analysed(lines);
    const of = (wanted: string) => all.filter(({ quantity }) => quantity === wanted).map(({ stratum, tasks }) => [stratum, tasks.length]);
    expect(of("mean")).toEqual([["all tasks", 5], ["base at chance", 4]]);
    for (const quantity of ["variance between prompts", "variance between prompts, noise included"])
      expect(of(quantity)).toEqual([["all tasks", 4]]);
    const said = sentences.filter(({ kind }) => kind === "over tasks").map(({ text }) => text);
    expect(said).toHaveLength(2);
    for (const text of said) expect(text).toContain("over 4 tasks and for these prompts");
  }); // prettier-ignore

  test("have no strata where the score of guessing is not known, and no summary for two tasks", async () => {
    const lines = means(3, 3, "").map((line) => line.replace(",acc,", ",rating,"));
    const { over_tasks: all, limits } = await analysed(lines);
    expect(new Set(all.map(({ stratum }) => stratum))).toEqual(new Set(["all tasks"]));
    expect(limits.map(({ why }) => why).join(" ")).toContain("the score of guessing is not known for the tasks of rating"); // prettier-ignore
    expect((await analysed(means(1, 1))).over_tasks).toEqual([]);
  });

  test("have the noise of their own numbers of rows where the two sides have different ones", async () => {
    // 0.5 of 100 rows before and of 400 after: the noise is 0.25 / 100 and 0.25 / 400, whatever the other side has.
    const lines = [0, 1, 2].flatMap((k) =>
      Array.from({ length: PROMPTS }, (_, p) => [`m,base,task ${k},p${p},acc,0.5,100,0.25`, `m,sft,task ${k},p${p},acc,0.5,400,0.25`]).flat(),
    ); // prettier-ignore
    // Noise alone is no variance between prompts: one prompt has to differ for there to be a comparison.
    const { over_tasks: all } = await analysed(lines.map((line) => line.replace(",p0,acc,0.5", ",p0,acc,0.6")));
    const less = all.find(({ quantity }) => quantity === "variance between prompts");
    const raw = all.find(({ quantity }) => quantity === "variance between prompts, noise included");
    const noise = (n: number) => (0.9 * 0.25 + 0.1 * 0.24) / n;
    expect((raw?.before ?? 0) - (less?.before ?? 0)).toBeCloseTo(noise(100), 5);
    expect((raw?.after ?? 0) - (less?.after ?? 0)).toBeCloseTo(noise(400), 5);
  });

  test("of different metrics are summed up each for itself", async () => {
    const lines = means(0, 8).map((line) => line.replace(/(task [0-3],p\d+),acc/, "$1,exact_match"));
    const { over_tasks: all } = await analysed(lines);
    expect(all.filter(({ quantity }) => quantity === "mean").map(({ metric, tasks }) => [metric, tasks.length])).toEqual([
      ["exact_match", 4],
      ["acc", 4],
    ]); // prettier-ignore
  });
});

describe("of 300 simulated studies", () => {
  const worlds = TASKS_WORLDS.filter(({ tasks: [first, second = 0] }) => first + second <= 15);
  test.each(worlds.map((world) => [`${world.name}, ${world.tasks.join(" + ")} tasks`, world] as const))(
    "%s: size and coverage are near what they promise",
    (_, world) => {
      const small = { ...world, prompts: 10, items: 50 };
      const tally = simulatedTasks(small, 300, "test");
      // Three standard errors of a share of .05 or .95 over 300 studies.
      const slack = 3 * Math.sqrt((0.05 * 0.95) / 300);
      if (world.name.startsWith("no change")) expect(tally.share("p")).toBeLessThan(0.05 + slack);
      expect(tally.share("change")).toBeGreaterThan(0.95 - slack);
      const difference = tally.share("strata");
      if (difference !== null) expect(difference).toBeGreaterThan(0.95 - slack);
    },
  );
});
