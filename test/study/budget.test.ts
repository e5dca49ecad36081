/** Tests a budget on the built-in prompts: what is asked, and how near the estimates come to the whole grid. */

import { expect, test } from "vitest";
import type { Answerer, ScoreRequest } from "../../src/engine/types.js";
import { sha256 } from "../../src/base/hash.js";
import { scoreWithin, toldApart } from "../../src/study/budget.js";
import type { StudyOptions } from "../../src/study/options.js";
import { promptSpace } from "../../src/study/task-prompts.js";
import { cellRequests } from "../../src/study/requests.js";
import { scoreRows } from "../../src/study/row-score.js";
import { prepareTaskRows } from "../../src/study/task-rows.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { templatesWith } from "../../src/templates/catalog.js";
import { selectVariants } from "../../src/templates/selection.js";

/** Log-likelihoods that depend on the text alone, as a model's do. */
const byText = (asked: (requests: number) => void): Answerer =>
  ({
    score: (requests: readonly ScoreRequest[]) => {
      asked(requests.length);
      return Promise.resolve(
        requests.map(({ segments, continuations }) => ({
          contextTokens: 1,
          droppedSegments: 0,
          truncated: false,
          continuations: continuations.map((text) => {
            const logprob = -parseInt(sha256((segments.at(-1) ?? "") + text).slice(0, 8), 16) / 2 ** 32;
            return { logprob, tokenLogprobs: [logprob], greedy: false, merged: false };
          }),
        })),
      );
    },
  }) as unknown as Answerer;

test("no more requests than the budget, none twice; with all of it the estimates are the means", async () => {
  const [task] = builtinRegistry().select(["rte"]);
  if (task === undefined) throw new Error("rte");
  const space = promptSpace(task, templatesWith([]), { numFewshot: 2, answer: "loglikelihood" });
  const variants = selectVariants(space, ["design"]);
  const rows = await prepareTaskRows(task, { kind: "sample" }, { numFewshot: 2, limit: 20, seed: 1 }, variants);
  if ("skipped" in rows) throw new Error(rows.skipped);
  const options = { seed: 1, answer: "loglikelihood", numFewshot: 2 } as StudyOptions;
  const run = async (budget: number) => {
    let requests = 0;
    const answerer = byText((n) => (requests += n));
    const result = await scoreWithin(budget, answerer, "x", { rows, variants }, options);
    expect(result.requests).toBe(requests);
    return result;
  };
  const part = await run(96);
  expect(part.requests).toBeLessThanOrEqual(96);
  expect(part.estimates.reduce((sum, one) => sum + one.rows, 0)).toBe(part.requests);
  expect(part.worst.mean).toBeLessThan(part.best.mean ?? NaN);
  expect(await run(96)).toEqual(part);
  // Fewer than five rows a prompt say nothing of the ends, nor, of prompts that all guess, which is best.
  expect(part.quantiles).toMatchObject({ p5: null, p50: expect.any(Number) as number, p95: null });
  expect(part.told_apart).toBe(false);

  const all = await run(10 * variants.length * rows.items.length);
  expect(all.requests).toBe(variants.length * rows.items.length);
  for (const [p, variant] of variants.entries()) {
    const asked = cellRequests(rows, variant, "loglikelihood");
    const results = await byText(() => undefined).score(asked.requests as ScoreRequest[]);
    const scores = scoreRows(rows, asked, results).map((score) => score.metrics["acc"] ?? NaN);
    expect(all.estimates[p]?.estimate).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / scores.length, 12);
  }
});

test("the best and the worst of many prompts are told apart where chance alone does not make so much", () => {
  const [best, worst] = [{ rows: 30, mean: 0.8 }, { rows: 30, mean: 0.4 }]; // prettier-ignore
  expect(toldApart(best, worst, 2)).toBe(true);
  expect(toldApart(best, worst, 24)).toBe(false);
  expect(toldApart({ rows: 100, mean: 0.8 }, { rows: 100, mean: 0.4 }, 24)).toBe(true);
  expect(toldApart(best, { rows: 0, mean: null }, 24)).toBe(false);
});
