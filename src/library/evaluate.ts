/** Scores checkpoints on tasks under prompts: what `amuro-eval run` does. */

import { join } from "node:path";
import { InterruptedError, UsageError } from "../base/errors.js";
import { hashValue } from "../base/hash.js";
import type { Results } from "../store/results.js";
import { parseShard, type Shard } from "../study/cell.js";
import { planStudy } from "../study/make-plan.js";
import type { Plan } from "../study/plan.js";
import { completedRun, watched, type Given, type Watch } from "./checked-options.js";
import type { EvaluateEvent } from "./evaluate-events.js";
import { evaluatePlan, shortfallOf, type Evaluation } from "./evaluate-plan.js";
import type { PromptEntry } from "./prompt-list.js";
import { pluginNames, registryWith, type AnyTask, type Plugins } from "./registry.js";
import type { RawOptions } from "./run-options.js";
import { studyOptions } from "./study-options.js";

/** Holds options of {@link evaluate}: the flags of `amuro-eval run`, in camel case, with the same defaults. */
export interface EvaluateOptions
  extends Given<Omit<RawOptions, "budget" | "plugin" | "prompts" | "seenPrompts">>, Watch<EvaluateEvent> {
  /** Prompt variants: words of --prompts, or axes with their levels. */
  readonly prompts?: PromptEntry | readonly PromptEntry[] | undefined;
  /** The prompts that fine-tuning used, likewise. */
  readonly seenPrompts?: PromptEntry | readonly PromptEntry[] | undefined;
  /** Task plugins: modules, or tasks that {@link defineTask} returned. */
  readonly plugin?: Plugins | undefined;
}

/** Holds what {@link evaluate} returns. */
export interface EvaluateResult {
  /** Folder of results.duckdb and results.json. */
  readonly folder: string;
  /** Scores of every cell, over prompts and before and after SFT; the content of results.json. */
  readonly results: Results;
}

/**
 * Scores every checkpoint on every task under every prompt, and stores the results in a folder. Called again with the
 * same options, or after it was stopped, it computes only what is not stored.
 * @returns the results of a run in which no cell failed
 * @throws UsageError when options are wrong or contradict each other, before anything is computed
 * @throws UserError when a file, a checkpoint or the hub is not what it should be, or cells failed; the others are
 * stored
 * @throws InterruptedError when the signal was aborted; what is finished is stored
 */
export async function evaluate(options: EvaluateOptions = {}): Promise<EvaluateResult> {
  const watch = watched<EvaluateEvent, EvaluateOptions>(options, "evaluate");
  try {
    const { plugins, names } = pluginNames(watch.options.plugin);
    const raw = completedRun({ ...watch.options, plugin: names }, "evaluate");
    const note = (text: string) => {
      watch.onProgress({ kind: "note", text });
    };
    const { plan, evaluation } = await planEvaluation(raw, note, plugins);
    if (watch.signal.aborted) throw new InterruptedError("interrupted before anything was scored");
    const evaluated = await evaluatePlan(plan, evaluation, watch.onProgress, watch.signal);
    const shortfall = shortfallOf(evaluated);
    if (shortfall !== undefined) throw shortfall;
    return { folder: evaluation.path, results: evaluated.results };
  } finally {
    watch.settle();
  }
}

/** Holds a run that is planned, and how it is run. */
export interface PlannedEvaluation {
  readonly plan: Plan;
  readonly evaluation: Evaluation;
}

/**
 * Finds checkpoints, rows and prompts of a run; nothing is scored.
 * @param note called with a line of text at each step that may take long, and for each task that is skipped
 * @param plugins what `raw.plugin` names
 * @throws UsageError or UserError when the run cannot be done as it is asked for
 */
export async function planEvaluation(
  raw: RawOptions,
  note: (line: string) => void,
  plugins: readonly (string | AnyTask)[] = raw.plugin,
): Promise<PlannedEvaluation> {
  const options = studyOptions(raw);
  const shard = raw.shard === undefined ? undefined : parseShard(raw.shard);
  if (raw.outputDir?.trim() === "") throw new UsageError("--output-dir is empty; give a folder");
  const plan = await planStudy(options, await registryWith(plugins), note);
  for (const { task, reason } of plan.skipped) note(`skipped ${task}: ${reason}`);
  const command = commandOf(raw);
  const { keepCheckpoints, offline, fresh } = raw;
  const evaluation = {
    command,
    path: raw.outputDir ?? defaultFolder(command, shard),
    shard,
    fresh,
    maxFailures: raw.failFast ? 1 : raw.maxFailures,
    keepCheckpoints,
    offline,
  };
  return { plan, evaluation };
}

/** Returns the options that say what the results are of; with others of the rest a run goes on. */
function commandOf(raw: RawOptions): Results["command"] {
  const others = new Set<string>([
    "outputDir",
    "keepCheckpoints",
    "shard",
    "fresh",
    "failFast",
    "maxFailures",
    "waitForServer",
    "serverRequests",
    "gpus",
  ]);
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !others.has(name)));
}

function defaultFolder(command: object, shard: Shard | undefined): string {
  const part = shard === undefined ? "" : `-shard-${shard.index}-of-${shard.count}`;
  return join("amuro-results", hashValue(command).slice(0, 8) + part);
}
