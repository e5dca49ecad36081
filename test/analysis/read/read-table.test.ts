/** Means from a table: what is estimated, and what is said not to be. */

import { expect, test } from "vitest";
import { analyse } from "../../../src/analysis/analyse.js";
import { readTable } from "../../../src/analysis/read/read-table.js";
import { isAnalysis } from "../../../src/analysis/document/schema.js";
import { renderAnalysis } from "../../../src/reports/terminal/analysis-terminal.js";
import { wilsonInterval } from "../../../src/statistics/distributions.js";
import { parseLongTable } from "../../support/long-table.js";

const analysed = (text: string) => analyse(readTable(parseLongTable(text, "t.csv"), "t.csv"), { seed: 1 });
const HEADER = "checkpoint,step,stage,sft_task,task,prompt,shots,metric,value,std,n";

test("noise is taken away by the standard errors, or for accuracies by the number of rows", async () => {
  const { levels } = await analysed(
    [HEADER, ...[0.5, 0.6, 0.7].map((value, p) => `a,,base,,rte,p${p},4,acc,${value},,100`)].join("\n"),
  );
  const noise = (0.25 + 0.24 + 0.21) / 3 / 100;
  expect(levels[0]?.sensitivity.probability?.raw_sd).toBeCloseTo(0.1, 12);
  expect(levels[0]?.sensitivity.probability?.corrected_sd).toBeCloseTo(Math.sqrt(0.01 - noise), 12);
  expect(levels[0]?.sensitivity.probability?.noise).toBe("independent");
  expect(levels[0]?.level.item_stderr).toBeCloseTo((0.05 + Math.sqrt(0.0024) + Math.sqrt(0.0021)) / 3, 12);
});

test("graded scores without std have a raw SD only, and the limit is said", async () => {
  const { levels, limits } = await analysed(
    [HEADER, ...[0.1, 0.2].map((value, p) => `a,,base,,xsum,p${p},,rouge_l,${value},,100`)].join("\n"),
  );
  expect(levels[0]?.sensitivity.probability).toMatchObject({ corrected_sd: null, noise: null });
  expect(limits.map(({ what }) => what)).toContain("noise-corrected SD");
});

test("SFT checkpoints find their base by name, then by step; several numbers of shots make several prompts", async () => {
  const analysis = await analysed(
    [
      HEADER,
      "a,1000,base,,rte,io,0,acc,0.5,,100",
      "a,1000,base,,rte,io,4,acc,0.6,,100",
      "a,1000,sft,mnli,rte,io,4,acc,0.8,,100",
      "tuned,1000,sft,paws,rte,io,4,acc,0.7,,100",
    ].join("\n"),
  );
  expect(analysis.checkpoints.map(({ name, base }) => [name, base])).toEqual([
    ["a", null],
    ["a+mnli", "a"],
    ["tuned", "a"],
  ]);
  expect(analysis.tasks[0]?.prompts.map(({ id }) => id)).toEqual(["io+shots=0", "io+shots=4"]);
  const [first] = analysis.comparisons;
  expect(first?.level.change).toBeCloseTo(0.2, 12);
  expect(first?.level.item_stderr).toBeCloseTo(Math.hypot(Math.sqrt(0.0024), Math.sqrt(0.0016)), 12);
  expect(isAnalysis(JSON.parse(JSON.stringify(analysis)))).toBe(true);
});

test("from means a change of sensitivity has to hold with no noise taken away and with all of it", async () => {
  const value = (p: number, sd: number) => (0.5 + sd * (p - 5.5)).toFixed(4);
  const lines = (sft: string, sd: number) =>
    Array.from({ length: 12 }, (_, p) => `a,1,${sft === "" ? "base" : "sft"},${sft},rte,p${p},4,acc,${value(p, sd)},,200`);
  const strong = await analysed([HEADER, ...lines("", 0.001), ...lines("mnli", 0.06)].join("\n"));
  expect(strong.comparisons[0]?.verdict).toBe("rose");
  const { logit } = strong.comparisons[0]?.sensitivity ?? {};
  const { pivot, gate, flips, raw } = logit?.tests ?? {};
  expect(logit?.p).toBe(Math.max(...[pivot, gate, flips?.p, raw].map((p) => p ?? NaN)));
  const weak = await analysed([HEADER, ...lines("", 0.001), ...lines("mnli", 0.004)].join("\n"));
  expect(weak.comparisons[0]?.verdict).toBe("no change seen");
  const unknown = "whether prompts differ more or less because scores left or reached that of guessing";
  const said = strong.limits.filter(({ what }) => what.startsWith(unknown)).map(({ why }) => why);
  expect(said).toEqual(strong.tasks[0]?.chance === null ? ["the score of guessing is not known; a table tells it in the column chance"] : []);
  const other = (text: string) => text.replaceAll(",rte,", ",my task,");
  const foreign = await analysed(other([HEADER, ...lines("", 0.001), ...lines("mnli", 0.06)].join("\n")));
  expect(foreign.comparisons[0]?.verdict).toBe("rose");
  expect(foreign.limits.map(({ what }) => what)).toContain(unknown);
  expect(weak.limits.map(({ what }) => what)).not.toContain(unknown);
}); // prettier-ignore

test("prompts that share the level of a column of wordings are of one wording", async () => {
  const lines = Array.from({ length: 12 }, (_, p) => `a,rte,p${p},acc,0.${40 + p},100,t${p % 4},d${Math.floor(p / 4)}`);
  const { levels } = await analysed(["checkpoint,task,prompt,metric,value,n,axes.template,axes.draw", ...lines].join("\n"));
  expect(levels[0]?.design).toMatchObject({ wordings: 4, presentations: ["draw=d0", "draw=d1", "draw=d2"] });
}); // prettier-ignore

test("prompts that some checkpoints lack are counted by tasks, and SDs of means are said to be lower bounds", async () => {
  const cells = (name: string, stage: string, task: string, prompts: number, sd: number) =>
    Array.from(
      { length: prompts },
      (_, p) => `${name},1,${stage},,${task},p${p},4,acc,${(0.5 + sd * (p - 5.5)).toFixed(4)},,200`,
    );
  const lines = ["x", "y", "z"].flatMap((task) => [
    ...cells("a", "base", task, 12, 0.001),
    ...cells("b", "sft", task, task === "z" ? 12 : 9, 0.06),
  ]);
  const { sentences, limits } = await analysed([HEADER, ...lines].join("\n"));
  expect(limits.find(({ what }) => what.startsWith("all figures"))).toEqual({
    what: "all figures over the same prompts, on 2 of 3 tasks",
    why: "not every checkpoint has all prompts: means and SDs of checkpoints are over the prompts that each has, a change is over those that both have",
    task: null,
    checkpoint: null,
  });
  const about = sentences.filter(({ task }) => task === "z").map(({ text }) => text);
  expect(about[0]).toContain("the SD between prompts went from between 0.000 and 0.004 to between 0.2");
  expect(about[1]).toMatch(/no change of the mean on z is seen: 0\.500 to 0\.500 \(0\.000, 95 % /);
});

test("means that are all alike do not limit the SD to 0", async () => {
  const lines = ["a", "b", "c"].map((prompt) => `a,,base,,rte,${prompt},4,acc,1,,100`);
  const { levels } = await analysed([HEADER, ...lines].join("\n"));
  const { low, high } = wilsonInterval(0, 100);
  expect(low).toBe(0);
  // Three prompts differ most with one at one end of what is possible and two at the other; rows that are not known may
  // differ and still make one mean.
  const { interval, effective_df: df } = levels[0]?.sensitivity.probability ?? {};
  expect(interval?.high).toBeGreaterThan(high / Math.sqrt(3));
  expect(df).toBeNull();
});

test("where the noise is not known, nothing is said of what the prompt does beyond it", async () => {
  const lines = ["a", "b", "c"].map((prompt, p) => `a,,base,,rte,${prompt},4,acc,0.${p + 4},,`);
  const text = renderAnalysis(await analysed([HEADER, ...lines].join("\n")), 100);
  expect(text).toContain(
    "How much the prompt matters cannot be told on this task: the noise of the rows is not known.",
  );
  expect(text).not.toContain("beyond the noise");
});

test("of means alone a contrast of presentations errs as prompts do that err alike on the same rows", async () => {
  const lines = Array.from({ length: 24 }, (_, p) => {
    const value = 0.4 + 0.1 * (p % 2) + 0.001 * (p % 5);
    return `a,rte,p${p},acc,${value.toFixed(3)},100,w${Math.floor(p / 2)},c${p % 2}`;
  });
  const header = "checkpoint,task,prompt,metric,value,n,axes.wording,axes.choices";
  const both = (stage: string, sft: string) => lines.map((line) => `${line},${stage},${sft}`);
  const { levels, comparisons } = await analysed(
    [`${header},stage,sft_task`, ...both("base", ""), ...both("sft", "mnli")].join("\n"),
  );
  const { contrast, total_interval: total } = levels[0]?.presentations ?? {};
  // 24 prompts with rows of their own would leave +-0.04; each presentation's mean has an error of 0.05.
  expect(contrast?.value).toBeCloseTo(0.1, 2);
  expect((contrast?.interval.high ?? 0) - (contrast?.interval.low ?? 0)).toBeGreaterThan(2 * 1.96 * 0.069);
  expect(total?.low).toBe(0);
  expect(comparisons[0]?.total).toBeNull();
});

test("of means alone a share near an end has Wilson's interval: no row right of 34 leaves a tenth", async () => {
  const of = async (value: string) => {
    const lines = ["a", "b", "c"].map((prompt) => `a,,base,,rte,${prompt},4,acc,${value},,34`);
    const { levels } = await analysed([HEADER, ...lines].join("\n"));
    return [levels[0]?.level.item_interval, levels[0]?.prompts[0]?.interval];
  };
  for (const interval of await of("0")) {
    expect(interval?.low).toBe(0);
    expect(interval?.high).toBeCloseTo(wilsonInterval(0, 34).high, 10);
  }
  for (const interval of await of("1")) expect(interval?.high).toBe(1);
  for (const interval of await of("0.5")) expect(interval?.high).toBeCloseTo(0.5 + 1.96 * Math.sqrt(0.25 / 34), 4);
});
