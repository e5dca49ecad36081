/** Tests that figures which are a range, withheld, or of several seeds are the same in all outputs too. */

import { describe, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import type { Analysis } from "../../src/analysis/document/document.js";
import { readRowTable } from "../../src/analysis/read/read-row-table.js";
import { readTable } from "../../src/analysis/read/read-table.js";
import { interval, score, sdBetween, signed } from "../../src/base/numbers.js";
import { randomStream } from "../../src/base/random.js";
import { parseRowTable } from "../../src/importers/row-table.js";
import { replicateTable } from "../../src/reports/page/replicate-table.js";
import { Views } from "../../src/reports/view.js";
import { parseLongTable } from "../support/long-table.js";
import { csvRow, outputsOf, taskLine } from "../support/report-outputs.js";

/** Takes an analysis as whoever reads its JSON document has it. */
function stored(analysis: Analysis): Analysis {
  return JSON.parse(JSON.stringify(analysis)) as Analysis;
}

function expectInAll(outputs: Record<string, string>, size: string, paired: boolean, wanted: readonly string[]): void {
  for (const [name, text] of Object.entries(outputs)) {
    const own = taskLine(text, "rte", size, paired).replaceAll(",[", " [").replaceAll("  ", " ");
    for (const figure of wanted) expect(own, name).toContain(figure);
  }
}

describe("a table of means", () => {
  const means = async (n: string) => {
    const random = randomStream("means");
    const cells = (stage: string, sft: string, sd: number) =>
      Array.from({ length: 24 }, (_, p) => {
        const value = 0.5 + 0.1 * (p % 2) + sd * (random() - 0.5);
        return `a,rte,p${p},acc,${value.toFixed(4)},${n},w${Math.floor(p / 2)},c${p % 2},${stage},${sft}`;
      });
    const header = "checkpoint,task,prompt,metric,value,n,axes.wording,axes.choices,stage,sft_task";
    const text = [header, ...cells("base", "", 0.05), ...cells("sft", "mnli", 0.6)].join("\n");
    return stored(await analyse(readTable(parseLongTable(text, "t.csv"), "t.csv"), { seed: 1 }));
  };

  test("SDs stand between two estimates, what neither rows nor noise tell is a dash", async () => {
    const analysis = await means("100");
    const [one] = analysis.comparisons;
    const sd = one?.sensitivity.probability;
    if (one === undefined || sd == null) throw new Error("figures are missing");
    const after = sdBetween(sd.sd_after, sd.raw_sd_after) as string;
    expect(after).toMatch(/^0\.\d{3}–0\.\d{3}$/);
    expect([one.total, one.contrast, one.pss]).toEqual([null, null, null]);
    const wanted = [
      `${signed(one.level.change)} ${interval(one.level.crossed_interval ?? one.level.item_interval, signed)}`,
      after,
      `${score(sd.raw_sd_before)} → ${score(sd.raw_sd_after)}`,
      one.verdict,
    ];
    const outputs = outputsOf(analysis, ["rte"]);
    expectInAll(outputs, "24 × 100", true, wanted);
    for (const text of Object.values(outputs)) expect(taskLine(text, "rte", "24 × 100", true)).not.toMatch(/NaN|null|undefined|Infinity/); // prettier-ignore
    const row = csvRow(analysis, "comparisons", "rte", one.sft);
    expect(score(Number(row["sd_after"]))).toBe(after.split("–")[0]);
    expect([row["pss_before"], row["contrast_before"], row["sd_with_presentations_before"]]).toEqual(["", "", ""]);
  });

  test("where the noise is not known there is no SD but the raw one", async () => {
    const analysis = await means("");
    const [one] = analysis.comparisons;
    const sd = one?.sensitivity.probability;
    if (one === undefined || sd == null) throw new Error("figures are missing");
    expect([sd.sd_before, sd.sd_after, one.level.p]).toEqual([null, null, null]);
    const wanted = [`${score(sd.raw_sd_before)} → ${score(sd.raw_sd_after)}`, "–", one.verdict];
    const outputs = outputsOf(analysis, ["rte"]);
    expectInAll(outputs, "24 × ?", true, wanted);
    for (const text of Object.values(outputs)) expect(taskLine(text, "rte", "24 × ?", true)).not.toMatch(/NaN|null|undefined|Infinity/); // prettier-ignore
    expect(csvRow(analysis, "comparisons", "rte", one.sft)["sd_after"]).toBe("");
  });
});

test("wordings in every presentation, whose changes these rows cannot tell, have the same digits", async () => {
  const random = randomStream("crossed rows");
  const header = ["checkpoint", "stage", "sft_task", "task", "prompt", "item", "value", "axes.wording", "axes.choices"];
  const lines = [["base", ""], ["sft", "mnli"]].flatMap(([stage = "", sft = ""]) =>
    Array.from({ length: 24 * 30 }, (_, at) => {
      const [p, i] = [at % 24, Math.floor(at / 24)];
      const right = String(Number(random() < 0.3 + (0.4 * i) / 30));
      return ["a", stage, sft, "rte", `p${p}`, String(i), right, `w${Math.floor(p / 2)}`, `c${p % 2}`];
    }),
  ); // prettier-ignore
  const table = { header, unit: "row" as const, lines: lines.map((values, line) => ({ values, line: line + 2 })) };
  const input = readRowTable(await parseRowTable(table, "t.csv"), "t.csv");
  const analysis = stored(await analyse(input, { seed: 1 }));
  const [one] = analysis.comparisons;
  const sd = one?.sensitivity.probability;
  if (one === undefined || sd == null) throw new Error("figures are missing");
  expect(sd.sd_change_interval).toBeNull();
  expect(one.total?.probability?.sd_change_interval).toBeNull();
  const level = analysis.levels.find(({ checkpoint }) => checkpoint === one.sft)?.sensitivity.probability;
  const wanted = [
    `[below ${score(level?.interval?.high)}]`,
    `${signed(one.contrast?.before)} → ${signed(one.contrast?.after)} ${interval(one.contrast?.interval, signed)}`,
    `${score(one.total?.probability?.sd_before)} → ${score(one.total?.probability?.sd_after)}`,
    `${score(one.pss?.before)} → ${score(one.pss?.after)}`,
    one.verdict,
  ];
  const { "summary of a run": summary = "", ...whole } = outputsOf(analysis, ["rte"]);
  expectInAll(whole, "24 × 30", true, wanted);
  // The first screen has SDs before and after in one column, without their intervals.
  expectInAll({ summary }, "24 × 30", true, wanted.slice(1));
  const row = csvRow(analysis, "comparisons", "rte", one.sft);
  expect(row["sd_with_presentations_change_low"]).toBe("");
  expect(score(Number(row["sd_with_presentations_after"]))).toBe(score(one.total?.probability?.sd_after));
});

test("changes over several seeds have the same digits in terminal, page, Markdown and CSV", async () => {
  const header = ["checkpoint", "stage", "sft_task", "seed", "task", "prompt", "item", "value"];
  const lines = ["", "1", "2", "3"].flatMap((seed) => {
    const random = randomStream("seeds", seed);
    return Array.from({ length: 12 * 30 }, (_, at) => {
      const [p, i] = [at % 12, Math.floor(at / 12)];
      const right = String(Number(random() < (seed === "" ? 0.3 : 0.5 + 0.05 * Number(seed)) + 0.02 * (p - 5.5)));
      return ["a", seed === "" ? "base" : "sft", seed === "" ? "" : "mnli", seed, "rte", `p${p}`, String(i), right];
    });
  });
  const table = { header, unit: "row" as const, lines: lines.map((values, line) => ({ values, line: line + 2 })) };
  const input = readRowTable(await parseRowTable(table, "t.csv"), "t.csv");
  const analysis = stored(await analyse(input, { seed: 1 }));
  const [one] = analysis.replicates;
  const level = one?.level;
  if (one === undefined || level == null) throw new Error("figures are missing");
  const views = new Views(analysis);
  const seeds = views.all.flatMap((view) => analysis.tasks.map((task) => views.taskView(view, task)));
  const page = String(seeds[0] && replicateTable(seeds[0], analysis)).replace(/<[^>]*>/g, " ");
  const { analyze = "", md = "" } = outputsOf(analysis, ["rte"]);
  const change = `${signed(level.change)} ${interval(level.interval, signed)}`;
  for (const text of [page, analyze]) expect(text.replaceAll("  ", " ")).toContain(change);
  for (const text of [page, analyze]) expect(text).toContain(`${score(level.sd)} ${interval(level.sd_interval)}`);
  expect(md).toContain(signed(level.change));
  const row = csvRow(analysis, "replicates", "rte", one.arm);
  expect(signed(Number(row["level_change"]))).toBe(signed(level.change));
});
