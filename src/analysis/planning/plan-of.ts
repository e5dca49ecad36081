/** Plans a study from a pilot. */

import { counted } from "../../base/wording.js";
import type { AnalysisInput } from "../read/input.js";
import { entryOf } from "./plan-entry.js";
import { armsOf } from "../parts/replicates.js";
import { pilotOf } from "./pilot.js";
import { PLAN_SCHEMA, type PlanEntry, type SeedPlan, type StudyPlan, type Wanted } from "./plan-document.js";
import { type SeedMember, seedPilotOf, seedPlanOf } from "./seed-plan.js";

/** Holds what a pilot's run says beside its scores. */
export interface PilotRun {
  /** Rows that each task has. */
  readonly mostRows: ReadonlyMap<string, number>;
  /** Seconds and tokens of one score, summed over checkpoints and tasks; null where nobody measured. */
  readonly perScore: { readonly seconds: number; readonly tokens: number; readonly cells: number } | null;
  /** Writes the command that runs a study of this size; null where the pilot's own is not known. */
  readonly command: ((size: { readonly wordings: number; readonly rows: number }) => string) | null;
}

const ALPHA = 0.05;

/** @throws UserError where a source cannot be read */
export async function planOf(
  input: AnalysisInput,
  run: PilotRun,
  wanted: Wanted,
  progress: (task: string) => void = () => undefined,
): Promise<StudyPlan> {
  const alpha = ALPHA / Math.max(1, input.tasks.length);
  const entries: PlanEntry[] = [];
  const seeds: SeedPlan[] = [];
  const arms = armsOf(input.checkpoints);
  for (const task of input.tasks) {
    progress(task.name);
    const pairs = input.checkpoints.flatMap(({ name, base }) => (base === null ? [] : [{ base, sft: name }]));
    const tuned = new Set(pairs.flatMap(({ base, sft }) => [base, sft]));
    const alone = input.checkpoints.flatMap(({ name }) => (tuned.has(name) ? [] : [{ base: name, sft: null }]));
    const members = new Map<string, SeedMember[]>();
    for (const { base, sft } of [...pairs, ...alone]) {
      const before = await task.read(base);
      const after = sft === null ? null : await task.read(sft);
      if (before === undefined || after === undefined) continue;
      const [arm, tuning] = [arms.get(sft ?? ""), input.checkpoints.find(({ name }) => name === sft)];
      if (arm !== undefined && tuning !== undefined && after !== null)
        members.set(arm, [...(members.get(arm) ?? []), { sft: tuning, before, after }]);
      const pilot = pilotOf(before, after, task.describe().prompts);
      entries.push(entryOf({ task: task.name, base, sft, mostRows: run.mostRows.get(task.name) ?? null }, pilot, wanted, alpha)); // prettier-ignore
    }
    for (const [arm, own] of members) {
      const pilot = seedPilotOf(own, task.describe().prompts);
      if (pilot !== null) seeds.push(seedPlanOf({ arm, task: task.name }, pilot, wanted, alpha));
    }
  }
  const sizes = entries.flatMap(({ needs }) => needs.flatMap(({ least }) => (least === null ? [] : [least])));
  const recommended =
    sizes.length === 0
      ? null
      : {
          wordings: Math.max(...sizes.map(({ wordings }) => wordings)),
          rows: Math.max(...sizes.map(({ rows }) => rows)),
        };
  const { perScore } = run;
  const each = recommended === null ? 0 : recommended.wordings * recommended.rows;
  return {
    schema: PLAN_SCHEMA,
    wanted,
    alpha,
    entries,
    seeds,
    recommended,
    cost:
      recommended === null || perScore === null
        ? null
        : {
            scores: each * perScore.cells,
            tokens: Math.round(each * perScore.tokens),
            hours: (each * perScore.seconds) / 3600,
          },
    command: recommended === null || run.command === null ? null : run.command(recommended),
    notes: notesOf(entries, seeds, wanted, input.tasks.length),
  };
}

function notesOf(
  entries: readonly PlanEntry[],
  seeds: readonly SeedPlan[],
  { ratio }: Wanted,
  tasks: number,
): string[] {
  const notes: string[] = [];
  if (tasks > 1)
    notes.push(`each test is planned at .05 / ${tasks}, the first step of Holm over ${counted(tasks, "task")}`);
  if (entries.some(({ sft, why }) => sft === null && why === null)) {
    notes.push("a checkpoint alone: after SFT is taken to be like before, on the same mean, with nothing in common");
  }
  if (ratio !== null && entries.some(({ assumed }) => assumed !== null && (assumed.sd_interval.low ?? 0) === 0)) {
    notes.push(
      "where the interval of the SD reaches down to 0 the pilot does not exclude that no design is large enough",
    );
  }
  if (seeds.length === 0) {
    notes.push(
      "one fine-tuning of each checkpoint says nothing of the seed: how many fine-tunings are needed cannot be planned from it",
    );
  } else {
    notes.push(
      "seeds are planned for the change of the mean, for new seeds, wordings and rows; no number of seeds makes good for wordings and rows that are too few",
    );
  }
  return notes;
}
