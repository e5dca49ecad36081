/** Checkpoints of separate runs as one analysis. */

import { describe, expect, test } from "vitest";
import { analyse } from "../../../src/analysis/analyse.js";
import { combined, paired } from "../../../src/analysis/read/combine.js";
import type { AnalysisInput, Measured } from "../../../src/analysis/read/input.js";
import { readStudy } from "../../../src/analysis/read/read-study.js";
import { expectUserError, failureOf } from "../../support/user-error.js";
import { syntheticStudy } from "../study.js";

const [base, tuned] = [
  { sd: 0.2, mean: 0.3 },
  { sd: 1.2, mean: 0.5 },
];
const shape = { prompts: 12, items: 60, tasks: ["rte"] };
const apart = () =>
  combined([
    readStudy(syntheticStudy({ ...shape, checkpoints: { base } })),
    readStudy(syntheticStudy({ ...shape, checkpoints: { tuned } })),
  ]);

/** Returns the same input with another look at what a checkpoint was asked. */
function changed(input: AnalysisInput, name: string, change: (measured: Measured) => Measured): AnalysisInput {
  const tasks = input.tasks.map((task) => ({
    ...task,
    read: async (checkpoint: string) => {
      const own = await task.read(checkpoint);
      return own !== undefined && checkpoint === name ? change(own) : own;
    },
  }));
  return { ...input, tasks };
}

describe("two runs", () => {
  test("are side by side; as a pair they are what one run of both is", async () => {
    expect((await analyse(apart(), { seed: 1 })).comparisons).toEqual([]);
    const pair = await analyse(paired(apart(), [{ base: "base", sft: "tuned" }]), { seed: 1 });
    const [comparison] = pair.comparisons;
    expect(comparison).toMatchObject({ base: "base", sft: "tuned", task: "rte", items: 60 });
    expect(comparison?.level.before).toBe(pair.levels.find(({ checkpoint }) => checkpoint === "base")?.level.mean);
    expect(comparison?.sensitivity.logit?.p).toBeLessThan(0.05);
    expect(pair.limits.map(({ what }) => what)).not.toContain("what fine-tuning alone changed");
  });

  test("with rows of the same numbers but other contents are not compared", async () => {
    const input = changed(paired(apart(), [{ base: "base", sft: "tuned" }]), "tuned", (own) => ({
      ...own,
      scores: own.scores && { ...own.scores, rows: own.scores.rows.map((hash) => `${hash}x`) },
    }));
    const { comparisons, limits } = await analyse(input, { seed: 1 });
    expect(comparisons).toEqual([]);
    expect(limits.map(({ why }) => why)).toContain("base and tuned share no prompt on the same rows");
  });

  test("with prompts of one name that are not the same text say so", async () => {
    const input = changed(paired(apart(), [{ base: "base", sft: "tuned" }]), "tuned", (own) => ({
      ...own,
      scores: own.scores && { ...own.scores, asked: own.scores.asked.map((hash, p) => (p < 3 ? "other" : hash)) },
    }));
    const { limits } = await analyse(input, { seed: 1 });
    expect(limits.find(({ what }) => what === "what fine-tuning alone changed")?.why).toMatch(
      /^3 prompts of the same name/,
    );
  });
});

test.each([
  [[{ base: "base", sft: "tunde" }], /no checkpoint "tunde".*"tuned"/],
  [
    [
      { base: "base", sft: "tuned" },
      { base: "base", sft: "tuned" },
    ],
    /tuned has two bases/,
  ],
])("pairs of checkpoints that are not there, or with two bases, are refused: %j", async (pairs, said) => {
  expectUserError(await failureOf(() => Promise.resolve().then(() => paired(apart(), pairs))), said);
});
