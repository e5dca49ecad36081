/** Combines several inputs into one: a base scored in one run, its fine-tuned checkpoints in others. */

import { didYouMean, UsageError, UserError } from "../../base/errors.js";
import { differingParts } from "../../store/definition.js";
import type { AnalysedCheckpoint, Limit } from "../document/document.js";
import type { AnalysisInput, InputTask } from "./input.js";

/**
 * @throws UserError where two inputs score the same checkpoint on the same task, or mean different things by one name
 */
export function combined(inputs: readonly AnalysisInput[]): AnalysisInput {
  const checkpoints = new Map<string, AnalysedCheckpoint>();
  for (const one of inputs.flatMap((input) => input.checkpoints)) {
    const known = checkpoints.get(one.name);
    if (
      known &&
      (known.step !== one.step || known.tokens !== one.tokens || known.stage !== one.stage || known.base !== one.base)
    ) {
      throw new UserError(`checkpoint "${one.name}" is not the same in all results; give one of them another name`);
    }
    checkpoints.set(one.name, one);
  }
  const all = inputs.flatMap(({ tasks }) => tasks);
  const presentName = ({ name }: InputTask) => all.find(({ aliases = [] }) => aliases.includes(name))?.name ?? name;
  const names = [...new Set(all.map(presentName))];
  return {
    sources: inputs.flatMap(({ sources }) => sources),
    unfinished: inputs.find(({ unfinished }) => unfinished !== undefined)?.unfinished,
    checkpoints: [...checkpoints.values()],
    tasks: names.map((name) =>
      combinedTask(
        name,
        all.filter((task) => presentName(task) === name),
      ),
    ),
  };
}

/** Names a base and what was fine-tuned from it, where the results do not say so themselves. */
export interface NamedPair {
  readonly base: string;
  readonly sft: string;
}

/** @throws UsageError where a checkpoint is not in the results, or is said to be tuned from two */
export function paired(input: AnalysisInput, pairs: readonly NamedPair[]): AnalysisInput {
  const names = input.checkpoints.map(({ name }) => name);
  const unknown = pairs.flatMap(({ base, sft }) => [base, sft]).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`--pair: no checkpoint "${unknown}" in the results${didYouMean(unknown, names)}`);
  const twice = pairs.find(({ sft }, i) => pairs.findIndex((other) => other.sft === sft) !== i);
  if (twice !== undefined) throw new UsageError(`--pair: ${twice.sft} has two bases`);
  const placeOf = (name: string): Pick<AnalysedCheckpoint, "step" | "tokens"> => {
    const { step = null, tokens } = input.checkpoints.find((one) => one.name === name) ?? {};
    return { step, ...(tokens === undefined ? {} : { tokens }) };
  };
  const checkpoints = input.checkpoints.map((one): AnalysedCheckpoint => {
    const own = pairs.find(({ sft }) => sft === one.name);
    if (own !== undefined)
      return { ...one, stage: "sft", base: own.base, ...(one.step === null ? placeOf(own.base) : {}) };
    return pairs.some(({ base }) => base === one.name) ? { ...one, stage: one.stage ?? "base" } : one;
  });
  return { ...input, checkpoints };
}

function combinedTask(name: string, tasks: readonly InputTask[]): InputTask {
  const [first] = tasks as [InputTask];
  if (tasks.length === 1) return first;
  const odd = tasks.find(({ metric }) => metric !== first.metric);
  if (odd)
    throw new UserError(`task ${first.name}: scored by ${first.metric} and by ${odd.metric}; analyse them apart`);
  return {
    ...first,
    name,
    limits: [...tasks.flatMap(({ limits }) => limits), ...limitOfVersions(name, tasks)],
    read: async (checkpoint) => {
      const found = [];
      for (const task of tasks) {
        const own = await task.read(checkpoint);
        if (own) found.push(own);
      }
      if (found.length > 1) {
        throw new UserError(
          `${checkpoint} on ${first.name} is in two of the results; analyse them apart, or leave one out`,
        );
      }
      return found[0];
    },
    describe: () => {
      const described = tasks.map((task) => task.describe());
      const prompts = new Map(described.flatMap((one) => one.prompts.map((prompt) => [prompt.id, prompt])));
      return {
        chance: described.find(({ chance }) => chance !== null)?.chance ?? null,
        items: described.find(({ items }) => items !== null)?.items ?? null,
        prompts: [...prompts.values()],
      };
    },
  };
}

/** Says that results of one name are of several versions of a task, and in what these differ. */
function limitOfVersions(task: string, tasks: readonly InputTask[]): Limit[] {
  const [first, ...others] = tasks.flatMap(({ definition }) => definition ?? []);
  const parts = [...new Set(others.flatMap((other) => differingParts(first, other) ?? []))];
  if (first === undefined || parts.length === 0) return [];
  const versions = [...new Set([first, ...others].map(({ version }) => version))];
  const why = `the results are of versions ${versions.join(" and ")} of the task, which differ in their ${parts.join(" and ")}`;
  return [{ what: "what checkpoints alone differ in", why, task, checkpoint: null }];
}
