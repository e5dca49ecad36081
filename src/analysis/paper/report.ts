/** Sets the paper's published figures beside what its released numbers give. */

import type { PaperResults } from "../../importers/paper-results.js";
import { lookupIn } from "./cells.js";
import { type Claim, paperClaims } from "./claims.js";
import { groupChange, type GroupRow } from "./group-change.js";
import { type PaperRatio, paperRatios } from "./ratios.js";

export interface PaperReport {
  readonly groups: readonly GroupRow[];
  readonly ratios: readonly PaperRatio[];
  readonly claims: readonly Claim[];
  /** Lines of the files that were left out. */
  readonly notes: readonly string[];
}

export function paperReport({ cells, notes }: PaperResults): PaperReport {
  const lookup = lookupIn(cells);
  return { groups: groupChange(lookup), ratios: paperRatios(lookup), claims: paperClaims(lookup), notes };
}
