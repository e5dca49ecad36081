/**
 * Reads run folders of HELM: run_spec.json, scenario_state.json and per_instance_stats.json. A perturbation of the rows
 * is a prompt, and so is what run expanders put into the name of a run. Source: crfm-helm 0.5.16, benchmark/runner.py,
 * adaptation/request_state.py, metrics/metric.py and run_expander.py.
 */

import { dirname } from "node:path";
import { UserError } from "../../base/errors.js";
import { counted } from "../../base/wording.js";
import { hashValue, sha256 } from "../../base/hash.js";
import { givenFor, promptField } from "../given.js";
import type { Importer } from "../importer.js";
import { at, canBeObject, listAt, needed, numberAt, objectAt, textAt, type Json } from "../json.js";
import type { Axes, ImportedRow } from "../rows.js";
import type { SourceFile } from "../source-file.js";
import type { Staging } from "../staging.js";

/** Names the files of a run, each with a key that stands in its beginning. */
const FILES: Readonly<Record<string, string>> = {
  "run_spec.json": "adapter_spec",
  "scenario_state.json": "adapter_spec",
  "per_instance_stats.json": "instance_id",
};
/** Parts of the name of a run that change the prompt. */
const PROMPT_PARTS = ["method", "instructions", "prompt", "newline", "global_prefix", "format_prompt", "max_train_instances", "output_format_instructions", "follow_format_instructions", "chatml"]; // prettier-ignore
/** Parts that are of the model, or of how it was run. */
const OTHER_PARTS = ["model", "model_deployment", "tokenizer", "data_augmentation", "max_eval_instances", "num_outputs", "num_trials", "num_train_trials", "temperature", "stop", "add_to_stop", "process_output", "increase_max_tokens", "increase_temperature", "num_prompt_tokens", "num_output_tokens"]; // prettier-ignore
/** Matches statistics of something else than how good an answer is. */
const NO_SCORE = /^(num_|inference_|training_|finish_reason|logprob|annotator|(batch_size|prompt_truncated|max_prob|perplexity|bits_per_byte|predicted_index)$)/; // prettier-ignore
/** Fields of every perturbation; the others are its settings. */
const PLAIN = ["name", "robustness", "fairness", "computed_on"];

/** Holds one run as its files describe it. */
interface Run {
  readonly folder: string;
  readonly name: string;
  readonly adapter: Json;
  readonly states: readonly Json[];
  readonly stats: readonly Json[];
}

export const helm: Importer = {
  kind: "helm",
  title: "run folders of HELM",
  expects: `folders with ${Object.keys(FILES).join(", ")}, such as benchmark_output/runs/SUITE/RUN`,
  detect: (file) => {
    const key = FILES[file.name];
    return key !== undefined && file.head().includes(`"${key}"`);
  },
  read: async (files, options, staging) => {
    const from = promptField(options.promptFrom, ["run"]);
    const folders = [...new Set(files.map(({ path }) => dirname(path)))];
    for (const [i, folder] of folders.entries()) {
      const run = openRun(folder, files);
      const own = partsOf(run.name);
      const model = textAt(run.adapter, "model") ?? textAt(run.adapter, "model_deployment");
      const checkpoint = givenFor("checkpoint", options.checkpoint, i, folders.length) ?? needed(model, "adapter_spec.model", folder); // prettier-ignore
      const task = givenFor("task", options.task, i, folders.length) ?? own.task;
      const wording = givenFor("prompt", options.prompt, i, folders.length) ?? (from === "run" ? run.name : undefined);
      staging.checkpoint(checkpoint, { spec: checkpoint });
      await readRun(run, { checkpoint, task }, wording === undefined ? own.axes : { run: wording }, staging);
    }
    staging.tools.set("crfm-helm", "unknown");
    staging.missing.add("log-likelihoods");
  },
};

/** @throws UserError where a file of the run is missing */
function openRun(folder: string, files: readonly SourceFile[]): Run {
  const own = files.filter(({ path }) => dirname(path) === folder);
  const [spec, state, stats] = Object.keys(FILES).map((name) => {
    const file = own.find((one) => one.name === name);
    if (file === undefined) throw new UserError(`${folder}: no ${name} beside ${own[0]?.name ?? "it"}, or one without scores of rows`); // prettier-ignore
    return file.json();
  });
  return {
    folder,
    name: needed(textAt(spec, "name"), "name in run_spec.json", folder),
    adapter: objectAt(state, "adapter_spec"),
    states: listAt(state, "request_states").filter(canBeObject),
    stats: listAt({ stats }, "stats").filter(canBeObject),
  };
}

/** Parts the name of a run, SCENARIO:KEY=VALUE,…, into its task and what varies the prompt. */
function partsOf(name: string): { readonly task: string; readonly axes: Record<string, string> } {
  const [, scenario = name, rest = ""] = /^([^:]*):(.*)$/s.exec(name) ?? [];
  const parts = rest.split(/,(?=[\w-]+=|[\w-]+(?:,|$))/).filter((part) => part !== "");
  const keyOf = (part: string) => part.split("=", 1)[0] ?? part;
  const kept = parts.filter((part) => !PROMPT_PARTS.includes(keyOf(part)) && !OTHER_PARTS.includes(keyOf(part)));
  const varied = parts.filter((part) => PROMPT_PARTS.includes(keyOf(part)));
  return {
    task: kept.length === 0 ? scenario : `${scenario}:${kept.join(",")}`,
    axes: Object.fromEntries(varied.map((part) => [keyOf(part), part.slice(keyOf(part).length + 1) || "yes"])),
  };
}

async function readRun(
  run: Run,
  names: Pick<ImportedRow, "checkpoint" | "task">,
  axes: Axes,
  staging: Staging,
): Promise<void> {
  const { states, stats, adapter, folder } = run;
  const scores = new Map(stats.map((one) => [keyOf(textAt(one, "instance_id"), one), metricsOf(one)]));
  const shots = numberAt(adapter, "max_train_instances");
  const seen = new Set<string>();
  let left = 0;
  let failed = 0;
  // Requests without a perturbation come first, as what a row is stands in them.
  for (const state of [...states].sort((a, b) => Number(perturbed(a)) - Number(perturbed(b)))) {
    const instance = objectAt(state, "instance");
    const id = needed(textAt(instance, "id"), "id of an instance", `${folder}/scenario_state.json`);
    const key = keyOf(id, { ...state, perturbation: instance["perturbation"] });
    if (seen.has(key)) continue;
    seen.add(key);
    if (!canBeObject(state["result"]) || at(state, "result", "success") === false) {
      failed++;
      continue;
    }
    const metrics = scores.get(key);
    if (metrics === undefined || Object.keys(metrics).length === 0) {
      left++;
      continue;
    }
    const levels = { ...axes, perturbation: perturbationOf(instance), ...(trialOf(state) === 0 ? {} : { draw: trialOf(state) }) }; // prettier-ignore
    const prompt = Object.entries(levels).map(([name, level]) => name === "perturbation" || name === "run" ? level : `${name}=${level}`).join("+"); // prettier-ignore
    const row = rowOf(state, instance, id);
    staging.prompt(names.task, prompt, { axes: { ...levels, ...(shots === undefined ? {} : { shots }) } });
    staging.task(names.task, row.gold === undefined ? { answeredBy: "generate", kind: "generation" } : { answeredBy: "generate", kind: "multiple-choice" }); // prettier-ignore
    await staging.add({ ...names, prompt, item: id, ...row, metrics });
  }
  if (failed > 0) staging.notes.add(`${folder}: ${counted(failed, "row")} without an answer of the model left out`);
  if (left > 0) staging.notes.add(`${folder}: ${left} rows have no score and are left out`);
}

function trialOf(one: Json): number {
  return numberAt(one, "train_trial_index") ?? 0;
}

function perturbed(state: Json): boolean {
  return canBeObject(objectAt(state, "instance")["perturbation"]);
}

/** Identifies a row under one perturbation and one draw of training instances. */
function keyOf(id: string | undefined, one: Json): string {
  return JSON.stringify([id, trialOf(one), perturbationOf(one)]);
}

/** Names a perturbation with its settings; "original" where there is none. */
function perturbationOf({ perturbation }: Json): string {
  if (!canBeObject(perturbation)) return "original";
  const settings = Object.entries(perturbation).filter(([name]) => !PLAIN.includes(name));
  const name = textAt(perturbation, "name") ?? "perturbation";
  return settings.length === 0
    ? name
    : `${name}(${settings.map(([key, value]) => `${key}=${String(value)}`).join(",")})`;
}

/** A statistic of one row is a sum over what it was computed from. */
function metricsOf(one: Json): Record<string, number> {
  return Object.fromEntries(
    listAt(one, "stats").flatMap((stat): [string, number][] => {
      const [name, value] = [textAt(stat, "name", "name"), numberAt(stat, "mean")];
      return name === undefined || value === undefined || NO_SCORE.test(name) ? [] : [[name, value]];
    }),
  );
}

type Row = Omit<ImportedRow, "checkpoint" | "task" | "prompt" | "item" | "metrics">;

function rowOf(state: Json, instance: Json, id: string): Row {
  const references = listAt(instance, "references");
  const texts = references.map((one) => textAt(one, "output", "text") ?? "");
  const right = references.map((one) => listAt(one, "tags").includes("correct"));
  const input = textAt(instance, "input", "text") ?? "";
  const asked = textAt(state, "request", "prompt") ?? "";
  const generated = textAt(state, "result", "completions", 0, "text") ?? "";
  const letters = Object.keys(objectAt(state, "output_mapping"));
  const common = {
    rowHash: hashValue({ id, input, references: texts }),
    fields: { input },
    ...(asked === "" ? {} : { promptHash: sha256(asked) }),
    generated,
  };
  const isChoice = letters.length > 1 && letters.length === texts.length && right.filter(Boolean).length === 1;
  if (!isChoice) return { ...common, references: texts.filter((_, i) => right[i]) };
  return { ...common, answers: texts, gold: right.indexOf(true), choice: letters.indexOf(generated.trim()) };
}
