/** Inference for crossed designs beside plain numpy and scipy (test/golden/crossed). */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { randomStream } from "../../../src/base/random.js";
import { blockDf } from "../../../src/statistics/crossed/block-df.js";
import { crossedChange } from "../../../src/statistics/crossed/change.js";
import { crossedDesign } from "../../../src/statistics/crossed/design.js";
import { crossedLevel } from "../../../src/statistics/crossed/level.js";
import { logitNormalSd, logitSd, logitSdTable } from "../../../src/statistics/crossed/logit-normal.js";
import { crossedMoments } from "../../../src/statistics/crossed/moments.js";
import { differenceDf, sharedNoise } from "../../../src/statistics/crossed/shared-noise.js";
import { differenceMoments, pairedMoments } from "../../../src/statistics/moments.js";
import { scoreGrid } from "../../support/score-grid.js";

type Pair = [number, number];

interface Expected {
  readonly variance: Pair;
  readonly shared: number;
  readonly noise: Pair;
  readonly component: Pair;
  readonly block_df: number;
  readonly squares: Pair;
  readonly linear: Pair;
  readonly all: Pair;
  readonly extra: number;
  readonly difference_df: number;
  readonly interval: [Pair, Pair];
  readonly p_no_effect: Pair;
  readonly gate: number;
  readonly level: Pair;
  readonly contrasts?: number[];
  readonly contrast_covariance?: number[][];
  readonly contrast_items?: number[];
  readonly contrast_df?: number;
  readonly p_presentations?: Pair;
  readonly total?: Pair;
  readonly logit_total: Pair;
  readonly logit_within: Pair;
  readonly p_flips: number | null;
  readonly level_change: number;
  readonly level_item_stderr: number;
  readonly level_wording_stderr: number;
  readonly level_df: number;
  readonly pivot_p_probability: number;
  readonly pivot_change_probability: Pair;
  readonly pivot_p_logit: number;
  readonly pivot_change_logit: Pair;
  readonly total_p_probability?: number;
  readonly total_p_logit?: number;
  readonly total_change_logit?: Pair;
}

const golden = JSON.parse(readFileSync(new URL("../../golden/crossed/crossed.json", import.meta.url), "utf8")) as {
  readonly logit_normal: readonly { readonly mean: number; readonly logit_sd: number; readonly sd: number }[];
  readonly cases: readonly {
    readonly name: string;
    readonly before: string;
    readonly after: string;
    readonly wording: number[];
    readonly presentation: number[];
    readonly expected: Expected;
  }[];
};

const gridOf = (text: string) => scoreGrid(text.split(";").map((row) => Array.from(row, Number)));

/** Compares to a relative error, 1e-12 counting as 0. */
function close(actual: ArrayLike<number>, expected: readonly number[], relative = 1e-6) {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((actual[i] as number) - value)).toBeLessThanOrEqual(relative * Math.abs(value) + 1e-12);
  });
}

describe.each(golden.cases)("$name", ({ before, after, wording, presentation, expected }) => {
  const paired = pairedMoments(gridOf(before), gridOf(after));
  const design = crossedDesign(wording, presentation);
  const moments = crossedMoments(paired, design);
  if (moments === null) throw new Error("no moments");
  const change = crossedChange(paired, design, (name) => randomStream("golden", name), {
    shares: true,
    draws: 200_000,
  });
  if (change === null) throw new Error("no change");

  test("variances, noise and components are those of dense projections", () => {
    close(moments.variance, expected.variance);
    close([moments.shared], [expected.shared]);
    close(moments.noiseVariance, expected.noise);
    close(moments.component, expected.component);
    close(moments.level, expected.level);
  });

  test("degrees of freedom count what wordings and noise share", () => {
    const shared = sharedNoise(moments);
    close([blockDf(moments)], [expected.block_df]);
    close(shared.squares, expected.squares);
    close(shared.linear, expected.linear);
    close(shared.all, expected.all);
    close([shared.ofDifference], [expected.extra]);
    close([differenceDf(moments, blockDf(moments), shared.ofDifference)], [expected.difference_df]);
  });

  test("the interval and the test of one side are those of the F distribution", () => {
    change.sides.forEach(({ interval, pNoEffect }, k) => {
      close([interval.low, interval.high], expected.interval[k] as Pair, 1e-5);
      close([pNoEffect], [expected.p_no_effect[k] as number], 1e-5);
    });
  });

  test("presentations have the contrasts, errors and tests of the definition", () => {
    const own = change.presentations;
    expect(own === null).toBe(expected.contrasts === undefined);
    if (own === null) return;
    const m = own.contrasts[0].length;
    close([...own.contrasts[0], ...own.contrasts[1]], expected.contrasts as number[]);
    ([0, 1] as const).forEach((j) => {
      ([0, 1] as const).forEach((k) => {
        const block = (expected.contrast_covariance as number[][])
          .slice(j * m, (j + 1) * m)
          .flatMap((row) => row.slice(k * m, (k + 1) * m));
        close(own.covariance[j][k], block);
      });
    });
    const items = ([0, 1] as const).flatMap((k) =>
      Array.from({ length: m }, (_, r) => own.itemCovariance[k][k][r * m + r] as number),
    );
    close(items, expected.contrast_items as number[]);
    close([own.df], [expected.contrast_df as number]);
    close(own.pNoEffect, expected.p_presentations as Pair, 1e-5);
    const total = ([0, 1] as const).map((k) => moments.component[k] + own.variance[k] - own.chance[k]);
    close(total, expected.total as Pair);
  });

  test("standard deviations in logits are those of logit-normal distributions", () => {
    const { logit } = change.within;
    close([logit?.before ?? NaN, logit?.after ?? NaN], expected.logit_within);
  });

  test("gate and flips are exact", () => {
    const { logit } = change.within;
    close([logit?.gate ?? NaN], [expected.gate], 1e-5);
    if (design.wordings >= 12 && expected.p_flips !== null) close([logit?.flips?.p ?? NaN], [expected.p_flips]);
  });

  test("the pivot's draws have the p-values and percentiles of a million draws of numpy", () => {
    const { probability, logit } = change.within;
    expect(Math.abs((probability?.p ?? NaN) - expected.pivot_p_probability)).toBeLessThan(0.008);
    expect(Math.abs((logit?.p ?? NaN) - expected.pivot_p_logit)).toBeLessThan(0.008);
    const inside = ({ low, high }: { low: number; high: number }, [a, b]: Pair) => {
      // An end beyond a logit SD of 8 counts as infinite; numpy's draws are cut there.
      if (Number.isFinite(low)) expect(Math.abs(low - a)).toBeLessThan(0.03 * (b - a));
      else expect(a).toBeLessThan(-4);
      if (Number.isFinite(high)) expect(Math.abs(high - b)).toBeLessThan(0.03 * (b - a));
      else expect(b).toBeGreaterThan(4);
    };
    if (probability !== null) inside(probability.change, expected.pivot_change_probability);
    if (logit !== null) inside(logit.change, expected.pivot_change_logit);
    const { total } = change;
    if (total?.logit) {
      expect(Math.abs(total.logit.p - (expected.total_p_logit ?? NaN))).toBeLessThan(0.008);
      inside(total.logit.change, expected.total_change_logit as Pair);
    }
    if (total?.probability) {
      expect(Math.abs(total.probability.p - (expected.total_p_probability ?? NaN))).toBeLessThan(0.008);
    }
  });

  test("the change of the level has errors over rows and over wordings", () => {
    const level = crossedLevel(differenceMoments(paired), design);
    close([level?.mean ?? NaN, level?.itemStderr ?? NaN], [expected.level_change, expected.level_item_stderr]);
    close([level?.wordingStderr ?? NaN, level?.wordingDf ?? NaN], [expected.level_wording_stderr, expected.level_df]);
  });
});

describe("the logit-normal map", () => {
  test.each(golden.logit_normal)("mean $mean, logit SD $logit_sd", ({ mean, logit_sd: s, sd }) => {
    close([logitNormalSd(mean, s)], [sd], 1e-8);
    close([logitSd(mean, sd)], [s], 1e-6);
    close([logitSdTable(mean)(sd)], [s], 2e-4);
  });

  test("it is infinite from a logit SD of 8, and 0 at 0", () => {
    const most = 1.000001 * logitNormalSd(0.3, 8);
    expect(logitSd(0.3, most)).toBe(Infinity);
    expect(logitSdTable(0.3)(most)).toBe(Infinity);
    expect(logitSd(0.3, 0)).toBe(0);
  });
});
