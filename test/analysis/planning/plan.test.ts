import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { STUDY_HEADER, linesOf } from "../../../scripts/simulate-statistics/study.js";
import { latentOf, scoresOf, type World } from "../../../scripts/simulate-statistics/worlds.js";
import { compared } from "../../../scripts/simulate-statistics/predictions.js";
import { seedTables } from "../../../scripts/simulate-statistics/seeds.js";
import { analyse } from "../../../src/analysis/analyse.js";
import { planOf } from "../../../src/analysis/planning/plan-of.js";
import { randomStream } from "../../../src/base/random.js";
import { UsageError } from "../../../src/base/errors.js";
import { plan } from "../../../src/library/plan.js";
import { renderPlan } from "../../../src/reports/terminal/plan-terminal.js";
import { fastStream, normalDraws } from "../../../src/statistics/draws.js";
import { seedPower } from "../../../src/statistics/planning/seed-error.js";
import { tempFolder } from "../../support/temp-folder.js";

const C: World = {
  name: "plan",
  design: "C",
  prompts: 24,
  items: 60,
  means: [0.5, 0.6],
  sds: [0.6, 0.6],
  presentation: 0.2,
};

/** Returns a table of row scores on disk. */
function tableOf(world: World, keep: (values: readonly string[]) => boolean = () => true): string {
  const uniform = fastStream(randomStream("plan test", world.name));
  const lines = [...linesOf(world, scoresOf(world, latentOf(world), uniform, normalDraws(uniform)))];
  const path = join(tempFolder(), "pilot.csv");
  const rows = lines.map(({ values }) => values).filter(keep);
  writeFileSync(path, [STUDY_HEADER, ...rows].map((row) => row.join(",")).join("\n"));
  return path;
}

describe("a plan from a pilot of 24 wordings", async () => {
  const path = tableOf(C);
  const planned = await plan(path, { ratio: 2, change: 0.05, sdError: 0.03, meanError: 0.05, changeError: 0.05 });
  const [entry] = planned.entries;

  test("says what is needed for each thing that is wanted, and one size for all", () => {
    expect(entry?.needs.map(({ what }) => what)).toEqual([
      "SD x 2",
      "change of the mean by 0.05",
      "SD within 0.03",
      "mean within 0.05",
      "change of the mean within 0.05",
    ]);
    for (const { least } of entry?.needs ?? []) {
      expect(least).not.toBeNull();
      expect(planned.recommended?.wordings).toBeGreaterThanOrEqual(least?.wordings ?? Infinity);
      expect(planned.recommended?.rows).toBeGreaterThanOrEqual(least?.rows ?? Infinity);
    }
  });

  test("what is easier to see needs less", async () => {
    const least = ({ entries }: Awaited<ReturnType<typeof plan>>) => {
      const size = entries[0]?.needs[0]?.least;
      return size == null ? Infinity : size.wordings * size.rows;
    };
    expect(least(await plan(path, { ratio: 4 }))).toBeLessThan(least(planned));
    expect(least(await plan(path, { ratio: 2, power: 0.5 }))).toBeLessThan(least(planned));
  });

  test("the pilot's own design sees less than what is twice as far away", () => {
    expect(entry?.sees?.rise_ratio).toBeGreaterThan(1);
    expect(entry?.sees?.change).toBeGreaterThan(0);
    expect(entry?.needs[0]?.range).not.toBeNull();
  });

  test("shares of the variance are said of several axes above 0, and a range whose ends are alike is one", () => {
    const [first] = planned.entries;
    if (first === undefined) throw new Error("no entry");
    const withShares = (...shares: number[]) =>
      renderPlan({
        ...planned,
        entries: [
          {
            ...first,
            axes: shares.map((share, at) => ({ axis: `axis${at}`, share, certain: share > 0 })),
            needs: first.needs.map((need) => ({ ...need, range: { best: null, worst: null } })),
          },
        ],
      });
    expect(withShares(0.7, 0.3)).toContain("axis0 70 %, axis1 30 %");
    expect(withShares(1, 0)).not.toContain("Of the variance");
    expect(withShares(1)).not.toContain("not reached to");
  });

  test("a table has no cost and no command, and the text says so", () => {
    expect(planned.cost).toBeNull();
    expect(planned.command).toBeNull();
    expect(renderPlan(planned)).toContain("its cost is not known");
    expect(renderPlan(planned)).toContain("says nothing of the seed");
    expect(renderPlan(planned)).toMatch(/(no fall|fall x \d\.\d+), rise x \d\.\d+/);
  });
});

test("one wording says nothing of others", async () => {
  const { entries, recommended } = await plan(tableOf(C, (values) => values[5] === "wp0"));
  expect(entries[0]?.why).toContain("one prompt");
  expect(recommended).toBeNull();
});

test("where the SD is estimated at 0 only a range is given", async () => {
  const path = tableOf({ ...C, name: "flat 2", sds: [0, 0], presentation: 0, items: 30 });
  const { entries } = await plan(path, { ratio: 2 });
  const [entry] = entries;
  expect(entry?.assumed?.sd).toBe(0);
  expect(entry?.needs[0]?.why).toContain("estimated at 0");
  expect(entry?.needs[0]?.least).toBeNull();
  expect(entry?.needs[0]?.range?.worst).toBeNull();
});

test("a checkpoint alone is planned as if SFT changed nothing else and shared nothing", async () => {
  const world: World = { ...C, name: "alone", sds: [0.5, 0.5], presentation: 0.1 };
  const [own, both] = [
    await plan(
      tableOf(world, (values) => values[0] === "base"),
      { change: 0.1 },
    ),
    await plan(tableOf(world), { change: 0.1 }),
  ];
  const [alone, pair] = [own.entries[0], both.entries[0]];
  expect(alone).toMatchObject({ base: "base", sft: null });
  expect(own.notes.join()).toContain("a checkpoint alone");
  expect(alone?.sees?.rise_ratio).toBeGreaterThan(1.5);
  expect(alone?.sees?.rise_ratio).toBeLessThan(4);
  // A pair whose prompts' effects are correlated by .5 sees smaller changes.
  const least = (alone?.sees?.change ?? 0) / (pair?.sees?.change ?? 0);
  expect(least).toBeGreaterThan(1);
  expect(least).toBeLessThan(2);
});

test("what is no change is refused", async () => {
  await expect(plan("none", { ratio: 1 })).rejects.toThrow(UsageError);
});

test("pilots of 60 rows predict the power of studies of 150", async () => {
  const world: World = { ...C, name: "prediction", sds: [0.25, 0.7], means: [0.5, 0.55], items: 150 };
  const { sd, mean } = await compared(world, 60, 16, 5);
  expect(Math.abs(sd.predicted.median - sd.simulated)).toBeLessThan(0.3);
  expect(Math.abs(mean.predicted.median - mean.simulated)).toBeLessThan(0.35);
});

describe("a pilot of three seeds", async () => {
  const arm = { name: "seeds", items: 60, mean: 0.5, sds: [0.5, 0.5], spread: [0.3, 0.3], gain: 0.5 } as const;
  const input = await seedTables({ ...arm, seeds: 3 }, "plan test").draw();
  const wanted = { ratio: null, change: 0.1, sd_error: null, mean_error: null, change_error: 0.06, power: 0.8 };
  const planned = await planOf(input, { mostRows: new Map(), perScore: null, command: null }, wanted);
  const [own, ...others] = planned.seeds;

  test("says what it sees, and how many seeds are needed", async () => {
    expect(others).toEqual([]);
    const { replicates } = await analyse(input, { seed: 1 });
    expect(own).toMatchObject({ arm: "model+task", task: "task", seeds: 3, wordings: 24, rows: 60 });
    expect(own?.sd).toBeCloseTo(replicates[0]?.level.sd ?? NaN, 12);
    expect(own?.sd_interval.high).toBeCloseTo(replicates[0]?.level.sd_interval.high ?? NaN, 9);
    const { low, high } = replicates[0]?.level.interval ?? {};
    expect(own?.needs[1]?.present).toBeCloseTo(((high ?? NaN) - (low ?? NaN)) / 2, 2);
    expect(own?.needs.map(({ what }) => what)).toEqual(["change of the mean by 0.1", "change of the mean within 0.06"]);
    for (const need of own?.needs ?? []) {
      expect(need.seeds ?? Infinity).toBeGreaterThan(3);
      expect(need.range.best ?? Infinity).toBeLessThanOrEqual(need.seeds ?? Infinity);
    }
    expect(own?.sees).toBeGreaterThan(own?.endless ?? Infinity);
  });

  test("stands in the text, which says what seeds cannot make good", () => {
    expect(renderPlan(planned)).toMatch(/seeds needed.*\n.*task {2}model\+task, 3/);
    expect(renderPlan(planned)).toContain("no number of seeds makes good for wordings and rows that are too few");
    expect(renderPlan(planned)).not.toContain("says nothing of the seed");
  });
});

test("power over seeds is that of Student's t where wordings and rows make no error, and the size for no change", () => {
  const assumed = { sd: 1, shared: { wording: 0, row: 0, residual: 0 } };
  const power = seedPower(assumed, { wordings: 24, presentations: 2, rows: 100 }, 5, 0.05);
  expect(power(0)).toBeCloseTo(0.05, 1);
  // By scipy 1.17.1, nct with 4 degrees of freedom and 1.5 sqrt(5) beyond t.ppf(.975, 4).
  expect(Math.abs(power(1.5) - 0.7107)).toBeLessThan(0.02);
});
