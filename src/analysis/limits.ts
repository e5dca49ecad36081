/** What could not be estimated, and why. */

import type { Comparison, Limit, TaskAtCheckpoint } from "./document/document.js";
import { FEWEST_PROMPTS } from "./parts/adjust.js";
import type { Measured } from "./read/input.js";

/** From what only means are known of. */
export function limitsOfMeans(task: string, measured: readonly Measured[]): Limit[] {
  const about = { task, checkpoint: null };
  const means = measured.filter(({ scores }) => scores === null);
  if (means.length === 0) return [];
  const limits: Limit[] = [
    {
      what: "crossed standard errors, paired changes by item, PSS, flip rates, components of items and axes",
      why: "they need the score of every row, and only means of cells are known",
      ...about,
    },
  ];
  if (means.some(({ noise }) => noise === null)) {
    limits.push({
      what: "noise-corrected SD",
      why: "neither a standard error (std) nor, for accuracies, a number of rows (n) is given for every cell",
      ...about,
    });
  }
  if (means.some(({ noise }) => noise === "independent")) {
    limits.push({
      what: "exact noise correction",
      why: "what prompts share by their common rows is not known, so that too much is taken away: corrected SDs are lower bounds",
      ...about,
    });
  }
  return limits;
}

export function limitsOfLevel(level: TaskAtCheckpoint): Limit[] {
  const { task, checkpoint, prompts, sensitivity, posix, answers, scorer } = level;
  const about = { task, checkpoint };
  const limits: Limit[] = [];
  if (prompts.length < 2) {
    limits.push({ what: "sensitivity to the prompt", why: "only one prompt was scored", ...about });
  }
  if ((sensitivity.logit?.at_boundary ?? 0) > 0) {
    limits.push({
      what: "sensitivity on the logit scale",
      why: `${sensitivity.logit?.at_boundary} of ${prompts.length} prompts are right on all rows or on none, which hides their noise`,
      ...about,
    });
  }
  if (posix === null && answers !== null && prompts.length > 1) {
    limits.push({
      what: "POSIX",
      why:
        scorer.label_mass === null
          ? "responses were not scored under the other prompts"
          : "the lengths of the answers in tokens are not stored; --answer first-token has answers of one token",
      ...about,
    });
  }
  return limits;
}

export function limitsOfComparison({ prompts, task, sft }: Comparison): Limit[] {
  if (prompts.length >= FEWEST_PROMPTS) return [];
  return [
    {
      what: "p-value of a change of sensitivity",
      why: `${prompts.length} shared prompts; fewer than ${FEWEST_PROMPTS} can never reach the 5 % level`,
      task,
      checkpoint: sft,
    },
  ];
}

/** The same reason for many checkpoints or tasks is said once. */
export function merged(limits: readonly Limit[]): Limit[] {
  const groups = new Map<string, Limit[]>();
  for (const limit of limits) {
    const key = JSON.stringify([limit.what, limit.why]);
    groups.set(key, [...(groups.get(key) ?? []), limit]);
  }
  const only = (values: readonly (string | null)[]) => (new Set(values).size === 1 ? (values[0] ?? null) : null);
  return [...groups.values()].map((members) => {
    const [{ what, why }] = members as [Limit];
    return {
      what,
      why,
      task: only(members.map(({ task }) => task)),
      checkpoint: only(members.map(({ checkpoint }) => checkpoint)),
    };
  });
}
