import { expect, test } from "vitest";
import { gridMoments } from "../../../src/statistics/moments.js";
import { ownWordings } from "../../../src/statistics/crossed/design.js";
import { crossedLevel } from "../../../src/statistics/crossed/level.js";
import {
  levelComponents,
  predictedChangePower,
  predictedDetectable,
  predictedError,
} from "../../../src/statistics/planning/level-error.js";
import { predictedSdInterval } from "../../../src/statistics/planning/sd-error.js";
import { crossedSide } from "../../../src/statistics/crossed/side.js";
import { randomStream } from "../../../src/base/random.js";
import { normalDraws } from "../../../src/statistics/draws.js";

const normal = normalDraws(randomStream("level error"));
const [prompts, items] = [24, 80];
const ease = Array.from({ length: items }, () => normal());
const effects = Array.from({ length: prompts }, () => normal());
const values = Float64Array.from({ length: prompts * items }, (_, at) => 0.5 * (effects[Math.floor(at / items)] as number) + (ease[at % items] as number) + normal()); // prettier-ignore
const moments = gridMoments({ prompts, items, values });
const design = ownWordings(prompts);
const components = levelComponents(moments, design);
const asked = { wordings: prompts, presentations: 1, rows: items };

test("at the pilot's own size the predicted error is the one that is printed", () => {
  const printed = crossedLevel(moments, design);
  const predicted = predictedError(components as NonNullable<typeof components>, asked);
  expect(predicted.stderr).toBeCloseTo(printed?.wordingStderr as number, 10);
  expect(predicted.df).toBeCloseTo(printed?.wordingDf as number, 8);
});

test("at the pilot's own size the predicted interval of the SD is near the one that is printed", () => {
  const side = crossedSide(moments, design, false);
  const [variance, noise] = [side?.moments.component[0] as number, side?.moments.noiseVariance[0] as number];
  const predicted = predictedSdInterval(variance, noise * items, design, items);
  expect(predicted.low).toBeCloseTo(side?.probability.interval.low as number, 1);
  expect(predicted.high).toBeCloseTo(side?.probability.interval.high as number, 1);
});

test("the detectable change has the power that it was solved for", () => {
  const change = predictedDetectable([components as NonNullable<typeof components>, asked], 0.8, 0.05);
  expect(predictedChangePower([components as NonNullable<typeof components>, asked], change, 0.05)).toBeCloseTo(0.8, 3);
});
