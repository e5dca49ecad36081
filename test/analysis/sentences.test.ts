/** Sentences stand only where their own interval supports them. */

import { beforeAll, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import type { Analysis, Pooled, Transfer, Trend } from "../../src/analysis/document/document.js";
import { sentencesOf } from "../../src/analysis/sentences.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { readTable } from "../../src/analysis/read/read-table.js";
import { parseLongTable } from "../support/long-table.js";
import { syntheticStudy } from "./study.js";

let analysis: Analysis;
beforeAll(async () => {
  const study = syntheticStudy({ prompts: 12, items: 60, tasks: ["rte"], checkpoints: { base: { sd: 2, mean: 0 } } });
  analysis = await analyse(readStudy(study), { seed: 1 });
});

type Level = Analysis["levels"][number];
const told = (change: (level: Level) => Level) =>
  sentencesOf({ ...analysis, levels: analysis.levels.map(change) }).map(({ text }) => text);

test("an SD of another scorer is a finding only where the two intervals lie apart", () => {
  const judged = (low: number, high: number) => (level: Level) => {
    const [own] = level.scorer.scorers;
    if (own === undefined) throw new Error("no scorer");
    const first = { ...own, corrected_sd: 0.2, interval: { low: 0.15, high: 0.3 } };
    const other = { ...own, name: "acc_norm", corrected_sd: 0.05, interval: { low, high } };
    return { ...level, scorer: { ...level.scorer, scorers: [first, other] } };
  };
  const about = (texts: string[]) => texts.filter((text) => text.includes("the scorer's"));
  expect(about(told(judged(0.02, 0.2)))).toEqual([]);
  expect(about(told(judged(0.02, 0.1)))).toEqual([
    expect.stringContaining("judged by acc_norm the SD between prompts is 0.050 instead of 0.200"),
  ]);
});

test("shares of the variance are said only of several axes, of those above 0, and with the interval of the component", () => {
  const term = (name: string, share: number, low: number) => ({
    term: name,
    levels: 6,
    variance: share,
    share,
    item_interval: { low, high: 1 },
    level_interval: null,
  });
  const withTerms = (terms: ReturnType<typeof term>[]) => (level: Level) => ({
    ...level,
    axes: { balanced: true, terms, not_estimable: [] },
  });
  const about = (terms: ReturnType<typeof term>[]) => told(withTerms(terms)).filter((text) => text.includes("of the variance")); // prettier-ignore
  expect(about([term("wording", 1, 0.5)])).toEqual([]);
  expect(about([term("wording", 0.999, 0.5), term("choices", 0.001, -0.1)])).toEqual([]);
  expect(about([term("wording", 0.6, 0), term("shots", 0.4, -0.1)])).toEqual([]);
  expect(about([term("wording", 0.6, 0.2), term("shots", 0.4, -0.1)])).toEqual([
    "base on rte: of the variance between prompts, in logits, wording 60 % (0.600, 95 % 0.200 to 1.000), for these levels and new rows.",
  ]);
});

test("what SFT did to other tasks is said of three tasks or more, where the interval over them excludes 0", () => {
  const summary = {
    over: "generation" as const,
    tasks: ["xsum", "tweetqa", "cnn"],
    mean: -0.2,
    median: -0.19,
    trimmed: null,
    leave_one_out: null,
    floor_aware_mean: null,
    floor_aware_median: null,
    at_floor: [],
  };
  const say = (mean_interval: { low: number; high: number } | null) => {
    const transfer: Transfer[] = [
      { base: "a", sft: "b", sft_task: "mnli", step: null, cells: [], summaries: [{ ...summary, mean_interval }] },
    ];
    return sentencesOf({ ...analysis, levels: [], transfer }).map(({ text }) => text);
  };
  expect(say(null)).toEqual([]);
  expect(say({ low: -0.5, high: 0.1 })).toEqual([]);
  expect(say({ low: -0.3, high: -0.1 })).toEqual([
    "SFT on mnli (a) changed 3 generation tasks by −20.0 % of their score in the mean (95 % −30.0 % to −10.0 % for tasks like these), −19.0 % in the median.",
  ]);
});

test("a pooled change whose p-value is above .05 is not called a change", () => {
  const pool = (quantity: Pooled["quantity"], effect: number, p: number): Pooled => ({
    base: "a",
    sft: "b",
    sft_task: null,
    step: null,
    over: "all tasks",
    quantity,
    tasks: ["x", "y", "z"],
    effect,
    interval: { low: effect - 0.5, high: effect + 0.5 },
    p,
    tau2: 0,
    i2: 0,
    groups: 3,
    left_out: [],
  });
  const say = (one: Pooled) => sentencesOf({ ...analysis, levels: [], pooled: [one] }).map(({ text }) => text);
  expect(say(pool("level", 0.01, 0.4))[0]).toContain("no change of the mean is seen: +0.010 over 3 tasks");
  expect(say(pool("level", 0.01, 0.04))[0]).toMatch(
    /the mean changed by \+0\.010 over 3 tasks .*no task shows it by itself/,
  );
  expect(say(pool("SD ratio, logit scale", 1.1, 0.4))[0]).toContain("no change of the SD between prompts is seen");
  expect(say(pool("SD ratio, logit scale", 1.7, 0.04))[0]).toContain("is 1.70 times what it was");
  const open = { ...pool("SD ratio, logit scale", 0.75, 0.6), interval: { low: 0.001, high: null } };
  expect(say(open)[0]).toMatch(/no change of the SD .*any ratio would fit \(p = 0\.600\)/);
});

const HEADER = "checkpoint,stage,sft_task,task,prompt,metric,value,n";
const tabled = (lines: readonly string[]) =>
  analyse(readTable(parseLongTable([HEADER, ...lines].join("\n"), "t.csv"), "t.csv"), { seed: 1 });

test("changes that are seen are said before those that are not", async () => {
  const { sentences } = await tabled(
    ["alike", "risen"].flatMap((task) =>
      Array.from({ length: 12 }, (_, p) => [
        `a,base,,${task},p${p},acc,${0.4 + (p % 4) / 100},400`,
        `a,sft,mnli,${task},p${p},acc,${(task === "risen" ? 0.7 : 0.41) + (p % 5) / 100},400`,
      ]).flat(),
    ),
  );
  const about = sentences
    .filter(({ kind }) => kind.startsWith("change of"))
    .map(({ kind, task }) => `${kind}, ${task}`);
  expect(about[0]).toBe("change of level, risen");
  expect(about).toContain("change of level, alike");
  expect(sentences.at(-1)?.kind).toBe("caution");
});

test("of means alone the upper limit of the SD is that without noise, and nothing is said of a spread from noise", async () => {
  const { levels, sentences } = await tabled(
    Array.from({ length: 40 }, (_, p) => `a,,,rte,p${p},acc,${0.6 + 0.04 * ((p % 9) / 4 - 1)},100`),
  );
  const { raw_sd: raw, interval, corrected_sd: sd } = levels[0]?.sensitivity.probability ?? {};
  expect(sd).toBe(0);
  expect(interval?.low).toBe(0);
  expect(interval?.high).toBeGreaterThan(raw ?? 1);
  expect(levels[0]?.range.spread_from_noise).toBeNull();
  expect(sentences[0]?.text).toMatch(
    /SD between prompts not clearly above 0 \(95 % below 0\.0\d\d\), 0\.0\d\d with the noise/,
  );
});

test("nothing is said of what a base knew beyond guessing where the score of guessing is not known", async () => {
  const { transfer, sentences } = await tabled(
    ["one", "two", "three"].flatMap((task, t) => [
      `a,base,,${task},p,acc,0.5,100`,
      `a,sft,mnli,${task},p,acc,${0.7 + t / 50},100`,
    ]),
  );
  const [all] = transfer[0]?.summaries ?? [];
  expect(all).toMatchObject({ floor_aware_mean: null, floor_aware_median: null, at_floor: [] });
  expect(all?.mean).toBeCloseTo(0.44, 12);
  expect(all?.mean_interval?.low).toBeCloseTo(0.44 - 4.302653 * (0.04 / Math.sqrt(3)), 5);
  expect(sentences.map(({ text }) => text).join(" ")).not.toContain("beyond chance");
});

test("means of which all rows are right have an error", async () => {
  const { levels } = await tabled(["p", "q", "r"].map((p) => `a,,,rte,${p},acc,1,20`));
  expect(levels[0]?.level.item_stderr).toBeGreaterThan(0.03);
  expect(levels[0]?.level.item_interval).toMatchObject({ high: 1 });
  expect(levels[0]?.prompts[0]?.stderr).toBeGreaterThan(0.03);
});

test("the interval of an SD lies within what so many prompts allow", async () => {
  const { levels } = await tabled([0, 1, 1].map((value, p) => `a,,,rte,p${p},acc,${value},300`));
  const { corrected_sd: sd, interval } = levels[0]?.sensitivity.probability ?? {};
  expect(interval?.high).toBeCloseTo(Math.sqrt(1 / 3), 12);
  expect(sd).toBeLessThanOrEqual(interval?.high ?? 0);
});

test("a design that begins at an SD that rounds to 0 sees no fall", async () => {
  const checkpoints = { base: { sd: 0.5, mean: 0 }, "base-mnli": { sd: 1, mean: 0 } };
  const study = syntheticStudy({ prompts: 12, items: 60, tasks: ["rte"], checkpoints });
  const whole = await analyse(readStudy(study), { seed: 1 });
  const from = (before: number) => {
    const comparisons = whole.comparisons.map((one) => {
      const { probability } = one.sensitivity;
      if (probability === null) throw new Error("no SD");
      const changed = { ...probability, sd_before: before, power: { fall_to: before / 10, rise_to: 0.2 } };
      return { ...one, sensitivity: { ...one.sensitivity, probability: changed } };
    });
    return sentencesOf({ ...whole, comparisons }).map(({ text }) => text).join(" "); // prettier-ignore
  };
  expect(from(0.0004)).toContain("From 0.000 this design sees a rise to 0.200 with power 0.8.");
  expect(from(0.04)).toContain("From 0.040 this design sees a fall to 0.004 and a rise to 0.200 with power 0.8.");
});

test("trends that are not seen are said once for each run, with the size where there is one task", () => {
  const trend = (run: string, task: string, p: number): Trend => ({
    task,
    run,
    sft_task: null,
    quantity: "level",
    prompts: 12,
    points: [1, 2, 3, 4, 5].map((step) => ({ checkpoint: `${run}@${step}`, step, value: step })),
    slope: -0.005,
    unit: 1000,
    interval: { low: -0.012, high: 0.002 },
    p,
    p_cells: p,
    p_wobble: p,
    p_holm: p,
    withheld: null,
  });
  const trends = [trend("a", "rte", 0.08), trend("b", "rte", 0.2), trend("b", "paws", 0.3), trend("b", "boolq", 0.01)];
  const said = sentencesOf({ ...analysis, trends }).filter(({ kind }) => kind === "trend");
  expect(said.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^Along 5 checkpoints of b the level on boolq falls \(−0\.0050 for 1,000 steps/),
    "Along 5 checkpoints of a no trend of the level on rte is seen (−0.0050 for 1,000 steps, 95 % −0.0120 to +0.0020 for new wordings and rows, these checkpoints; p = 0.080).",
    "Along 5 checkpoints of b no trend of the level on 2 of 3 tasks is seen.",
  ]);
});
