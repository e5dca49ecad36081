/** Runs `amuro-eval checkpoints ID|FOLDER`: the points of a training run that can be evaluated. */

import Table from "cli-table3";
import { NameReading, type NamesGiven } from "../../checkpoints/find/name-reading.js";
import { pointsOf } from "../../checkpoints/find/points.js";
import { trainingSteps } from "../../checkpoints/find/training-steps.js";
import { counted } from "../../base/wording.js";
import { shown } from "../../reports/terminal/terminal-table.js";
import type { Console } from "../output/console.js";
import { shortCount } from "../../base/numbers.js";

/** Holds one training step, as --json prints it. */
interface ListedStep {
  /** Null where the name tells tokens only. */
  readonly step: number | null;
  /** Training tokens seen, where the name says so. */
  readonly tokens: number | null;
  /** Part of a staged run. */
  readonly training_stage: string | null;
  /** Which of several runs that differ in their seed. */
  readonly seed: string | null;
  /** Branch, tag or subfolder. */
  readonly revision: string;
  /** On the hub; null for a subfolder. */
  readonly commit: string | null;
}

/**
 * @param place a hub id or a folder
 * @throws UserError when there is no such place, or the hub does not tell
 */
export async function checkpointsCommand(
  place: string,
  { offline, ...names }: NamesGiven & { readonly offline: boolean },
  json: boolean,
  console: Console,
): Promise<void> {
  const reading = NameReading.of(names);
  const points = await pointsOf(place, offline, reading);
  const commits = new Map(points.map(({ name, commit }) => [name, commit]));
  const found = trainingSteps([...commits.keys()], reading);
  reading.refuseUnmet();
  const steps = found.map(({ name, step, tokens, stage, seed }): ListedStep => ({
    step: step ?? null,
    tokens: tokens ?? null,
    training_stage: stage ?? null,
    seed: seed ?? null,
    revision: name,
    commit: commits.get(name) ?? null,
  }));
  const known = new Set(steps.map(({ revision }) => revision));
  const others = [...commits.keys()].filter((name) => !known.has(name));
  if (json) {
    console.out(JSON.stringify({ place, steps, others }, null, 2));
    return;
  }
  if (steps.length > 0) console.out(tableOf(steps, console.width));
  const kind = points.some(({ commit }) => commit !== undefined) ? "revision" : "folder";
  const shown = others.length === 0 ? "" : `: ${others.slice(0, 10).join(", ")}${others.length > 10 ? ", …" : ""}`;
  console.out(`${counted(steps.length, "training step")}, ${counted(others.length, `other ${kind}`)}${shown}`);
}

function tableOf(steps: readonly ListedStep[], width: number): string {
  const head = ["step", "tokens", "stage", "seed", "revision", "commit"];
  const colAligns: ("left" | "right")[] = ["right", "right", "left", "left", "left", "left"];
  const table = new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
  for (const { step, tokens, training_stage, seed, revision, commit } of steps) {
    table.push([
      step ?? "",
      tokens === null ? "" : shortCount(tokens),
      training_stage ?? "",
      seed ?? "",
      revision,
      commit?.slice(0, 12) ?? "",
    ]);
  }
  return shown(table, width);
}
