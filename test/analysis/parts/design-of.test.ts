import { describe, expect, test } from "vitest";
import { designOf } from "../../../src/analysis/parts/design-of.js";
import type { AnalysedPrompt } from "../../../src/analysis/document/document.js";

type Axes = AnalysedPrompt["axes"];

function designed(count: number, axes: (p: number) => Axes) {
  const prompts = Array.from({ length: count }, (_, p): AnalysedPrompt => ({ id: `p${p}`, seen: null, axes: axes(p) }));
  return designOf(
    prompts.map(({ id }) => id),
    prompts,
  );
}

describe("the design of prompts", () => {
  test("24 wordings with draws of their own in two presentations", () => {
    const { record, design } = designed(24, (p) => ({
      wording: p < 20 ? `w${p}` : null,
      format: p < 20 ? null : `format-${p}`,
      choices: p % 2 === 0 ? "cloze" : "letter",
      shots: 4,
      shot_draw: p,
    }));
    expect(record).toEqual({ wordings: 24, presentations: ["choices=cloze", "choices=letter"], balanced: true });
    expect(design.nested).toBe(true);
  });

  test("a level that is not named comes first, so that a contrast has one sign wherever it is read", () => {
    const order = (first: string | null) =>
      designed(12, (p) => ({ wording: `w${p}`, choices: p % 2 === 0 ? first : "letter" })).record.presentations;
    expect(order("cloze")).toEqual(["choices=cloze", "choices=letter"]);
    expect(order(null)).toEqual(["choices=none", "choices=letter"]);
  });

  test("an axis that some prompts do not have names no presentation that another axis tells", () => {
    const presentationsAt = (axes: (p: number) => Axes) =>
      designed(12, (p) => ({ wording: `w${p}`, ...axes(p) })).record.presentations;
    const isListed = (p: number) => p % 2 === 1;
    const choices = (p: number) => (isListed(p) ? "letter" : "cloze");
    const enumerator = (p: number) => (isListed(p) ? "A." : null);
    expect(presentationsAt((p) => ({ choices: choices(p), enumerator: enumerator(p) }))).toEqual(["choices=cloze", "choices=letter"]); // prettier-ignore
    expect(presentationsAt((p) => ({ enumerator: enumerator(p) }))).toEqual(["enumerator=none", "enumerator=A."]);
    const letters = (p: number) => (p % 3 === 0 ? null : p % 3 === 1 ? "A." : "1)");
    expect(presentationsAt((p) => ({ choices: letters(p) === null ? "cloze" : "letter", enumerator: letters(p) }))).toEqual([
      "choices=cloze, enumerator=none", "choices=letter, enumerator=1)", "choices=letter, enumerator=A.",
    ]); // prettier-ignore
  });

  test("12 wordings in each of two presentations, the draw going with the wording", () => {
    const { record } = designed(24, (p) => ({
      wording: `w${Math.floor(p / 2)}`,
      answer_words: p % 2 === 0 ? "own" : "other",
      shot_draw: Math.floor(p / 2),
    }));
    expect(record).toMatchObject({ wordings: 12, balanced: true });
    expect(record.presentations).toHaveLength(2);
  });

  test("draws that wordings share are fixed: 6 wordings x 2 presentations x 2 draws", () => {
    const { record } = designed(24, (p) => ({
      wording: `w${Math.floor(p / 4)}`,
      choices: Math.floor(p / 2) % 2 === 0 ? "cloze" : "letter",
      shot_draw: p % 2,
    }));
    expect(record).toMatchObject({ wordings: 6, balanced: true });
    expect(record.presentations).toHaveLength(4);
  });

  test("presentations and their axes stand in one order, whichever prompt comes first", () => {
    const [up, down] = [0, 1].map((first) =>
      designed(8, (p) => {
        const few = (p + first) % 2 === 0;
        const axes = { shots: few ? 3 : 16, choices: few ? "letter" : "cloze" };
        return { wording: `w${p}`, ...(first === 0 ? axes : { choices: axes.choices, shots: axes.shots }) };
      }),
    );
    const presentations = ["choices=cloze, shots=16", "choices=letter, shots=3"];
    expect([up?.record.presentations, down?.record.presentations]).toEqual([presentations, presentations]);
    expect([up?.design.presentation[0], down?.design.presentation[0]]).toEqual([1, 0]);
    expect(designed(8, (p) => ({ wording: `w${p}`, shots: p % 2 === 0 ? 16 : 3 })).record.presentations).toEqual(["shots=3", "shots=16"]); // prettier-ignore
  });

  test("prompts without axes are each a wording of their own", () => {
    expect(designed(5, () => ({})).record).toEqual({ wordings: 5, presentations: [""], balanced: true });
  });

  test("presentations too many to be held fixed are one, with prompts by wording", () => {
    const { record } = designed(12, (p) => ({ wording: `w${p % 6}`, separator: `s${p}` }));
    expect(record).toMatchObject({ wordings: 6, presentations: [""] });
    expect(designed(12, (p) => ({ wording: "w", separator: `s${p}` })).record.wordings).toBe(12);
  });

  test("a wording that lacks a presentation makes a design that is not balanced", () => {
    const { record } = designed(23, (p) => ({ wording: `w${Math.floor(p / 2)}`, choices: p % 2 }));
    expect(record).toMatchObject({ wordings: 12, balanced: false });
  });
});
