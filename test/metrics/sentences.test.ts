/** BLEU and chrF of sentences, as sacrebleu computes them (test/golden/sentences.py). */

import { expect, test } from "vitest";
import { bleuOf } from "../../src/metrics/bleu.js";
import { chrfOf } from "../../src/metrics/chrf.js";
import golden from "../golden/sentences.json" with { type: "json" };

test.each(golden.pairs)("$target / $text", ({ target, text, bleu, chrf }) => {
  expect(bleuOf(target, text)).toBeCloseTo(bleu, 10);
  expect(chrfOf(target, text)).toBeCloseTo(chrf, 10);
});
