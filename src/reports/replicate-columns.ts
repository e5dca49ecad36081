/** Columns of every table of changes over seeds. */

import type { Replicates, SeedFigure } from "../analysis/document/document.js";
import { interval, percent, pFigure, score, signed } from "../base/numbers.js";

/** A figure as it is shown, and what it sorts by. */
interface SeedCell {
  readonly text: string;
  readonly sort: number | null;
}

export interface SeedColumn {
  readonly head: string;
  readonly cells: readonly SeedCell[];
}

/** Names what the replicates of a table differ by: seeds, runs, or both. */
export function replicateWord(all: readonly Replicates[]): string {
  const words = [...new Set(all.map(({ of }) => of))];
  return words.length === 1 ? `${words[0] as string}s` : "seeds or runs";
}

export function replicateColumns(all: readonly Replicates[]): SeedColumn[] {
  const column = (head: string, cell: (one: Replicates) => SeedCell): SeedColumn => ({ head, cells: all.map(cell) });
  const own = (head: string, of: (one: Replicates) => SeedFigure | null, cell: (one: SeedFigure) => SeedCell) =>
    column(head, (one) => {
      const found = of(one);
      return found === null ? { text: "–", sort: null } : cell(found);
    });
  const level = (one: Replicates) => one.level;
  const sd = ({ sensitivity }: Replicates) => sensitivity.logit ?? sensitivity.probability;
  const change = (one: SeedFigure): SeedCell => ({
    text: `${signed(one.change)} ${interval(one.interval, signed)}`,
    sort: one.change,
  });
  const p = (one: SeedFigure): SeedCell => ({ text: pFigure(one.p_holm), sort: one.p_holm });
  const word = replicateWord(all);
  const unit = all.every(({ sensitivity }) => sensitivity.logit === null) ? "" : ", logits";
  return [
    column(word, ({ seeds }) => ({ text: String(seeds.length), sort: seeds.length })),
    own("change of the mean [95 %]", level, change),
    own("Holm p", level, p),
    own(`SD between ${word} [95 %]`, level, (one) => ({
      text: `${score(one.sd)} ${interval(one.sd_interval)}`,
      sort: one.sd,
    })),
    own(`${word}' share of the error`, level, ({ seed_share: share }) => ({
      text: share === null ? "–" : percent(share),
      sort: share,
    })),
    own(`change of the SD between wordings${unit} [95 %]`, sd, change),
    own("Holm p of the SD", sd, p),
    own(`its SD between ${word}`, sd, (one) => ({ text: score(one.sd), sort: one.sd })),
  ];
}
