/** Scores of rows from a table: what is read, what is averaged, what is refused. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { analyse } from "../../../src/analysis/analyse.js";
import { isAnalysis } from "../../../src/analysis/document/schema.js";
import { openTable } from "../../../src/analysis/read/open-table.js";
import { runOfName, runOfSpec } from "../../../src/analysis/read/run-of.js";
import { promptName } from "../../../src/importers/prompt-name.js";
import { renderAnalysis } from "../../../src/reports/terminal/analysis-terminal.js";
import { randomStream } from "../../../src/base/random.js";
import { UserError } from "../../../src/base/errors.js";
import { tempFolder } from "../../support/temp-folder.js";

const folder = tempFolder();

async function analysed(lines: readonly string[], name = "rows.csv") {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return analyse(await openTable(path), { seed: 1 });
}

/** Right/wrong scores of prompts whose levels differ. */
function rows(
  checkpoint: string,
  more: string,
  prompts: readonly string[],
  items: number,
  level: (p: number) => number,
) {
  const random = randomStream("row table", checkpoint);
  return prompts.flatMap((prompt, p) =>
    Array.from({ length: items }, (_, i) => `${checkpoint},${more},rte,${prompt},${i},${Number(random() < level(p))}`),
  );
}

const HEADER = "checkpoint,stage,sft_task,task,prompt,item,value";

test("levels, changes and clear verdicts come from the rows", async () => {
  const prompts = Array.from({ length: 14 }, (_, p) => `w${p}+choices=${p % 2 === 0 ? "cloze" : "letter"}`);
  const analysis = await analysed([
    HEADER,
    ...rows("base", "base,", prompts, 200, () => 0.5),
    ...rows("tuned", "sft,mnli", prompts, 200, (p) => 0.2 + (0.6 * Math.floor(p / 2)) / 6),
  ]);
  const [level] = analysis.levels;
  expect(level).toMatchObject({ items: 200, design: { wordings: 14, balanced: true } });
  expect(level?.design.presentations).toEqual(["choices=cloze", "choices=letter"]);
  expect(level?.level.crossed_interval).not.toBeNull();
  expect(isAnalysis(JSON.parse(JSON.stringify(analysis))), JSON.stringify(isAnalysis.errors)).toBe(true);
});

test.each([
  ["graded scores that no prompt changes", (_: number, i: number) => (((i * 37) % 101) / 101).toFixed(3), 0.0655, null],
  ["right answers alone", () => "1", 0.0655, null],
  // Every prompt is right on half of the rows, on the others under every second.
  ["other rows under every second prompt", (p: number, i: number) => String((i + p) % 2), 0.5774, "1"],
])("prompts that score alike by %s make no difference, and are limited by their rows", async (_, value, high, df) => {
  const lines = Array.from({ length: 8 }, (__, p) => Array.from({ length: 30 }, (___, i) => `m,t,${p},${i},${value(p, i)},c${Math.floor(p / 4)}`)).flat(); // prettier-ignore
  const { levels, limits } = await analysed(["checkpoint,task,prompt,item,value,axes.choices", ...lines]);
  const [own] = levels.map(({ sensitivity }) => sensitivity.probability);
  expect(own).toMatchObject({ raw_sd: 0, corrected_sd: 0, p_no_effect: 1, interval: { low: 0 } });
  expect(own?.interval?.high).toBeCloseTo(high, 3);
  expect(levels[0]?.presentations?.p_no_effect ?? 1).toBe(1);
  expect(own?.effective_df?.toFixed(0) ?? null).toBe(df);
  expect(limits.filter(({ why }) => why.includes("in nearly one way only"))).toHaveLength(df === null ? 0 : 1);
});

test("a pair that scores alike under every prompt has the SDs that each has by itself, and says why none changed", async () => {
  const lines = ["base,", "sft,u"].flatMap((stage) => [0, 1, 2].flatMap((p) => [0, 1, 2, 3, 4, 5, 6, 7].map((i) => `m,${stage},t,w${p},${i},1`))); // prettier-ignore
  const analysis = await analysed([HEADER, ...lines]);
  expect(renderAnalysis(analysis)).toMatch(/ 0\.000 \[below 0\.\d+\] +0\.000 \[below 0\.\d+\]/);
  expect(analysis.sentences.find(({ kind }) => kind === "change of sensitivity")?.text).toBe(
    "After SFT on u (m to m+u) nothing can be said of the sensitivity on t: the 3 shared prompts score the same, before and after.",
  );
});

test("several runs of a base alone are said to be kept apart, and not where they were fine-tuned", async () => {
  const lines = (stages: readonly string[]) =>
    ["a", "b", "c"].flatMap((run) => stages.flatMap((stage) => [0, 1, 2].flatMap((p) => [0, 1, 2, 3].map((i) => `m,${run},${stage},t,w${p},${i},${(i + p) % 2}`)))); // prettier-ignore
  const whys = async (...stages: string[]) => {
    const { limits } = await analysed(["checkpoint,run,stage,sft_task,task,prompt,item,value", ...lines(stages)]);
    return limits.filter(({ what }) => what === "means and SDs over training runs").map(({ why }) => why);
  };
  expect(await whys("base,")).toEqual(["3 runs of m are kept apart, each with figures of its own; only what fine-tuning changed has a figure over runs"]); // prettier-ignore
  expect(await whys("base,", "sft,u")).toEqual([]);
});

test("pairs are found by a step in common, and a table tells the score of guessing", async () => {
  const prompts = Array.from({ length: 12 }, (_, p) => `w${p}`);
  const at = (line: string, step: number) => `${line},${step},0.5`;
  const analysis = await analysed([
    `${HEADER},step,chance`,
    ...rows("base", "base,", prompts, 150, () => 0.5).map((line) => at(line, 10)),
    ...rows("tuned", "sft,mnli", prompts, 150, (p) => 0.35 + 0.6 * (p / 12)).map((line) => at(line, 10)),
  ]);
  const [one] = analysis.comparisons;
  expect(one).toMatchObject({ base: "base", sft: "tuned", verdict: "rose", floor: { before: true, after: false } });
  expect(one?.floor.p_holm_above).toBeNull();
  expect(analysis.sentences[0]?.text).toContain("a rise off the floor");
});

test("a fine-tuned checkpoint whose base nothing tells is said, with how to name it", async () => {
  const lines = ["base,base,", "tuned,sft,mnli"].flatMap((about) =>
    Array.from({ length: 24 }, (_, i) => `${about},rte,w${i % 4},${Math.floor(i / 4)},1`),
  );
  const table = ["checkpoint,stage,sft_task,task,prompt,item,value", ...lines];
  const analysis = await analysed(table);
  expect(analysis.comparisons).toEqual([]);
  expect(analysis.limits).toContainEqual({
    what: "what SFT changed",
    why: "the base of tuned is not known: none has the same name, or is the only one at the same step; name it, as by --pair base=tuned",
    task: null,
    checkpoint: "tuned",
  });
  expect(analysis.sentences.map(({ text }) => text).join("\n")).toContain("; all prompts score the same.");
});

test("an SD of scores that fine-tuning left alone has no change of exactly 0", async () => {
  const about = ["m,base,", "m,sft,mnli"];
  const lines = about.flatMap((one) =>
    Array.from({ length: 480 }, (_, k) => `${one},rte,w${k % 12},${Math.floor(k / 12)},${Number((k * 7) % 11 < 3 + (k % 12) / 2)}`),
  ); // prettier-ignore
  const { comparisons, limits } = await analysed(["checkpoint,stage,sft_task,task,prompt,item,value", ...lines]);
  const [probability, logit] = [comparisons[0]?.sensitivity.probability, comparisons[0]?.sensitivity.logit];
  expect(probability).toMatchObject({ p: 1, power: null });
  expect(probability?.sd_change_interval?.low).toBeLessThan(-0.05);
  expect(probability?.sd_change_interval?.high).toBeGreaterThan(0.05);
  expect(logit?.sd_change_interval).toBeNull();
  expect(limits.map(({ why }) => why).join()).toContain("fewer than five rows have another score");
});

test("what noise alone would make is not more than the metric has room for", async () => {
  const lines = Array.from(
    { length: 48 },
    (_, i) => `a,rte,w${i % 24},${Math.floor(i / 24)},${((i % 24) + Math.floor(i / 24)) % 2}`,
  );
  const { levels } = await analysed(["checkpoint,task,prompt,item,value", ...lines]);
  expect(levels[0]?.range.spread_from_noise).toBe(1);
});

test("a base stands at its own step only, and runs have trends of their own", async () => {
  const prompts = ["a", "b", "c", "d", "e", "f"];
  const lines = ["small", "big"].flatMap((run, r) =>
    [1, 2, 3, 4, 5, 6].flatMap((step) =>
      rows(`${run}${step}`, `base,`, prompts, 80, (p) => 0.2 + 0.2 * r + 0.05 * step + 0.02 * p).map(
        (line) => `${line},${step},${run}`,
      ),
    ),
  );
  const analysis = await analysed([`${HEADER},step,run`, ...lines]);
  expect(
    analysis.trends.filter(({ quantity }) => quantity === "level").map(({ run, points }) => [run, points.length]),
  ).toEqual([
    ["small", 6],
    ["big", 6],
  ]);
  for (const { unit } of analysis.trends) expect(unit).toBe(1);
});

test.each([
  ["org/m@runA-step", "org/m@runB-step", ["org/m, runA", "org/m, runB"]],
  ["org/m@stage1-step", "org/m@stage2-step", ["org/m, stage1", "org/m, stage2"]],
  ["org/m@seed1-step", "org/m@seed2-step", ["org/m, seed 1", "org/m, seed 2"]],
])("names of one repository tell runs apart: %s and %s", async (one, other, runs) => {
  const lines = [one, other].flatMap((name, r) =>
    [10, 20, 30].flatMap((at) =>
      rows(`${name}${at + r}`, "base,", ["a", "b"], 30, () => 0.5).map((line) => `${line},${at + r}`),
    ),
  );
  const { trends } = await analysed([`${HEADER},step`, ...lines]);
  const levels = trends.filter(({ quantity }) => quantity === "level");
  expect(levels.map(({ run, points }) => [run, points.length])).toEqual(runs.map((run) => [run, 3]));
});

test("checkpoints that their names put into runs of their own are said to be", async () => {
  const lines = [10, 20, 30].flatMap((step) =>
    rows(`org/m@step${step}-try${step}`, "base,", ["a", "b"], 30, () => 0.5).map((line) => `${line},${step}`),
  );
  const { trends, limits } = await analysed([`${HEADER},step`, ...lines]);
  expect(trends).toEqual([]);
  expect(limits.map(({ why }) => why).join()).toContain("the checkpoints are of 3 runs (org/m, try10; org/m, try20;");
});

test("what is learned in pre-training is a question of one run", async () => {
  const learned = async (bases: readonly [string, number | ""][]) => {
    const about = bases.flatMap(([name, step]) => [`${name},base,,${step}`, `${name},sft,mnli,${step}`]);
    const lines = about.flatMap((one) =>
      Array.from({ length: 40 }, (_, i) => `${one},rte,${"ab"[i % 2]},${i >> 1},${Number(i % 3 > 0)}`),
    );
    const { groups, limits } = await analysed(["checkpoint,stage,sft_task,step,task,prompt,item,value", ...lines]);
    return { bases: groups?.changes.length ?? 0, why: limits.find(({ what }) => what.includes("learned"))?.why };
  };
  expect(await learned([["o/m@step1", 1], ["o/m@step2", 2]])).toEqual({ bases: 2, why: undefined }); // prettier-ignore
  expect(await learned([["o/m@step1", 1], ["o/m@main", ""]])).toEqual({ bases: 2, why: undefined }); // prettier-ignore
  expect(await learned([["o/small@step1", 1], ["o/big@step2", 2]])).toEqual({ bases: 0, why: "the bases are of 2 runs, and a gain is one along one run" }); // prettier-ignore
});

test("checkpoints that nothing joins to a run have no trend, and that is said", async () => {
  const lines = [1, 2, 3].flatMap((step) =>
    rows(`model${step}x`, "base,", ["a", "b"], 30, () => 0.5).map((line) => `${line},${step}`),
  );
  const analysis = await analysed([`${HEADER},step`, ...lines]);
  expect(analysis.trends).toEqual([]);
  expect(analysis.limits.map(({ why }) => why).join()).toContain("give a column run");
});

test("seeds are replicates: their scores are averaged, in a column or in the prompts' names", async () => {
  const plain = ["checkpoint,task,prompt,item,value,seed", "m,t,a,0,1,1", "m,t,a,0,0,2", "m,t,a,1,1,1", "m,t,a,1,1,2"];
  const named = [
    "checkpoint,task,prompt,item,value",
    "m,t,a seed=1,0,1",
    "m,t,a seed=2,0,0",
    "m,t,a seed=1,1,1",
    "m,t,a seed=2,1,1",
  ];
  for (const lines of [plain, named]) {
    const { levels, limits } = await analysed(lines);
    expect(levels[0]?.prompts.map(({ mean }) => mean)).toEqual([0.75]);
    expect(limits.some(({ what }) => what === "prompts by seed")).toBe(lines === named);
  }
});

test("rows of one cluster count as one", async () => {
  const prompts = ["a", "b", "c"];
  const copies = (count: number) =>
    rows("m", "base,", prompts, 20, () => 0.5).flatMap((line) => {
      const cells = line.split(",");
      const item = cells[5] as string;
      return Array.from({ length: count }, (_, k) =>
        [...cells.slice(0, 5), `${item}.${k}`, cells[6] as string, `passage ${item}`].join(","),
      );
    });
  const header = `${HEADER},cluster`;
  const [one, three] = await Promise.all([
    analysed([header, ...copies(1)], "one.csv"),
    analysed([header, ...copies(3)], "three.csv"),
  ]);
  expect(three.levels[0]?.items).toBe(60);
  expect(three.levels[0]?.level.item_stderr).toBeCloseTo(one.levels[0]?.level.item_stderr ?? NaN, 12);
});

describe("what is no table is refused with the place", () => {
  test.each([
    [["checkpoint,task,prompt,item", "a,b,c,1"], 'no column "value"'],
    [["checkpoint,task,prompt,item,value", "a,b,c,1,x"], 'line 2: value is "x"'],
    [["checkpoint,task,prompt,item,value", "a,b,c,1,1", "a,b,c,1,0"], "line 3: item 1 under prompt c a second time"],
    [["checkpoint,task,prompt,item,value,seed", "a,b,c,1,1,7", "a,b,c,1,0,7"], "with seed 7 a second time"],
    [["checkpoint,task,prompt,item,value,chance", "a,b,c,1,1,0.5", "a,b,c,2,0,0.25"], "chance is 0.25, but 0.5"],
    [
      ["checkpoint,task,prompt,item,value,chance", "a,b,c,1,1,25", "a,b,c,2,0,25"],
      "task b: chance is 25, but scores lie between 0 and 1",
    ],
    [["checkpoint,task,prompt,item,value,itme", "a,b,c,1,1,2"], 'unknown column "itme"; did you mean "item"?'],
    [["checkpoint,task,prompt,item,value"], "no lines below the header"],
  ])("%j", async (lines, message) => {
    await expect(analysed(lines)).rejects.toThrow(UserError);
    await expect(analysed(lines)).rejects.toThrow(message);
  });
});

test.each([
  ["org/name@step1000", "org/name"],
  ["./runs/a/checkpoint-500", "./runs/a"],
  ["./runs/a/step_20/", "./runs/a"],
  ["./run/step1250-seed-default", "./run"],
  ["./run/stage2-ingredient1-step1000-tokens5B", "./run, stage2-ingredient1"],
  ["org/name@stage1.5-step1000", "org/name, stage1.5"],
  ["org/name@step1000-anneal", "org/name, anneal"],
  ["org/name@runA-step1000", "org/name, runA"],
  ["org/name@step1000-tokens4B-lr3", "org/name, lr3"],
  ["org/name@lr1e-3/step1000", "org/name@lr1e-3"],
  ["org/name@lr3:step-1000", "org/name, lr3"],
  ["org/name@main:lr3/step-1000", "org/name, lr3"],
  ["./run/step1000-lr3", "./run, lr3"],
  ["step1000-lr3", "lr3"],
  ["org/name@ep0-ba1000-rank0", "org/name"],
  ["org/name@step1000-val_loss2.31", "org/name"],
  ["org/name@step-001000-2BT", "org/name"],
  ["org/name@lc-4k-to-32k-step-20000", "org/name, lc-4k-to-32k"],
  ["./run/128000", "./run"],
  ["./run:step-500", "./run"],
  ["org/name@main:step-500", "org/name"],
  ["org/TinyLlama-1.1B-intermediate-step-1431k-3T", "org/TinyLlama-1.1B-intermediate"],
  ["org/CrystalCoder_phase1_checkpoint_055500", "org/CrystalCoder, phase1"],
  ["builtin", "builtin"],
])("the run of %s is %s", (spec, run) => {
  expect(runOfSpec(spec.replace(/\/$/, ""))).toBe(run);
});

test("an amount names a point of the folder around it where it is of tokens", () => {
  expect(runOfSpec("./run/100B", true)).toBe("./run");
  expect(runOfSpec("./sizes/7B")).toBe("./sizes/7B");
  expect(runOfSpec("./run/tokens-50b")).toBe("./run");
  expect(runOfSpec("org/name@100B")).toBe("org/name");
});

test("a name tells its run by a revision or a step only", () => {
  expect(runOfName("pythia-70m@step1000")).toBe("pythia-70m");
  expect(runOfName("pythia-70m-step1000")).toBe("pythia-70m");
  expect(runOfName("Llama-2-7b")).toBeNull();
  expect(runOfName("org/name@seed1-step1000")).toBe("org/name, seed 1");
  expect(runOfName("step1000-seed-default")).toBe("seed default");
});

test("names of prompts tell their axes and their seed", () => {
  expect(promptName("plain+draw=1+choices=letter")).toEqual({
    id: "plain+draw=1+choices=letter",
    axes: { wording: "plain", draw: "1", choices: "letter" },
    seed: null,
  });
  expect(promptName("base_a_seed42")).toEqual({ id: "base_a", axes: { wording: "base_a" }, seed: "42" });
  expect(promptName("a + b")).toEqual({ id: "a + b", axes: { wording: "a + b" }, seed: null });
});
