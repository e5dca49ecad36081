/**
 * Lists the fine-tunings that a study needs: every checkpoint on every task, each in a folder named by all that decides
 * it.
 */

import { join } from "node:path";
import { hashCheckpoint, openCheckpoint } from "../checkpoints/checkpoint.js";
import { tokenCounts } from "../checkpoints/find/points.js";
import { resolveCheckpoint, type ResolvedCheckpoint } from "../checkpoints/find/resolve.js";
import type { DataSource } from "../datasets/index.js";
import { didYouMean, UsageError } from "../base/errors.js";
import { hashValue } from "../base/hash.js";
import { defaultSettings, type SftData, type SftOptions, type SftSettings, type TrlRun } from "../sft/index.js";
import { fileNameOf } from "../store/file-names.js";
import type { Task } from "../tasks/contract.js";
import type { TaskRegistry } from "../tasks/registry.js";
import { listCheckpoints } from "./checkpoint-list.js";
import type { CheckpointSpec } from "./options.js";
import type { StudyFile } from "./study-file.js";

/** Holds a checkpoint before fine-tuning. */
export interface StudyBase {
  readonly given: CheckpointSpec;
  readonly resolved: ResolvedCheckpoint;
}

/** Describes one fine-tuning. */
export interface Training {
  /** Name of the tuned checkpoint: that of its base, a plus sign and the task, and the seed where there are several. */
  readonly name: string;
  /** Seed that tells it from other fine-tunings on the same task; undefined where there is one. */
  readonly seed: number | undefined;
  readonly base: StudyBase;
  readonly task: Task;
  /** Everything that decides the tuned weights. */
  readonly key: string;
  readonly options: SftOptions;
  /** Undefined where this program trains. */
  readonly trl: TrlRun | undefined;
}

/**
 * Lists the checkpoints of a study before fine-tuning, in the order of the file.
 * @throws UsageError when one is not there, or two have one name
 */
export async function studyBases(
  {
    checkpoints,
    steps,
    tokens,
    seeds,
    offline,
    ...file
  }: Pick<StudyFile, "checkpoints" | "steps" | "tokens" | "seeds" | "offline" | "steps-file" | "stage-order">,
  onProgress: (line: string) => void,
): Promise<StudyBase[]> {
  const given = checkpoints.map((spec): CheckpointSpec => {
    return { name: spec, spec, revision: undefined, stage: undefined, sftTask: undefined, base: undefined };
  });
  const twice = given.find(({ name }, i) => given.findIndex((other) => other.name === name) < i);
  if (twice !== undefined) throw new UsageError(`checkpoints: "${twice.name}" is named twice`);
  const names = { stepsFile: file["steps-file"], stageOrder: file["stage-order"] };
  const listed = await listCheckpoints(
    { checkpoints: given, steps, tokens: tokens && tokenCounts(tokens), seeds, names, offline },
    onProgress,
  );
  const bases: StudyBase[] = [];
  for (const { given: one, commit, point } of listed) {
    const resolved = await resolveCheckpoint(one.spec, { revision: undefined, offline, commit });
    bases.push({ given: { ...one, stage: "base" }, resolved: { ...resolved, point: point ?? resolved.point } });
  }
  return bases;
}

/**
 * Lists every fine-tuning of the study.
 * @throws UsageError when a task is unknown, or settings are given for a task that is not trained on
 */
export async function studyTrainings(
  file: StudyFile,
  bases: readonly StudyBase[],
  source: DataSource,
  registry: TaskRegistry,
): Promise<Training[]> {
  const tasks = registry.select(file.sft.tasks);
  const names = tasks.map(({ name }) => name);
  const stray = Object.keys(file.sft.by).find((name) => !names.includes(name));
  if (stray !== undefined)
    throw new UsageError(`sft.by: "${stray}" is not among the tasks trained on${didYouMean(stray, names)}`);
  const seeds = seedsOf(file);
  const trainings: Training[] = [];
  const trl = trlOf(file);
  for (const base of bases) {
    const origin = await originOf(base, file["ignore-config-key"] ?? []);
    for (const task of tasks) {
      const data = dataOf(task, file, source);
      for (const seed of seeds) {
        const usual = settingsOf(task, data, file);
        const settings = seed === undefined ? usual : { ...usual, seed };
        const key = hashValue({
          origin,
          task: task.name,
          source,
          prompts: data.prompts,
          templates: data.templates,
          settings,
          ...(trl === undefined ? {} : { engine: "trl" }),
        });
        const out = join(file.output, "sft", task.name, folderName(base, key));
        const options = {
          model: base.given.spec,
          offline: file.offline,
          ignoredConfigKeys: file["ignore-config-key"],
          data,
          out,
          settings,
          threads: file.threads,
        };
        const name = `${base.given.name}+${task.name}${seed === undefined ? "" : `-seed${seed}`}`;
        trainings.push({ name, seed, base, task, key, options, trl });
      }
    }
  }
  return trainings;
}

/** @throws UsageError where one seed is given beside several, or one of them twice */
function seedsOf({ sft }: StudyFile): readonly (number | undefined)[] {
  const { seeds, seed, by } = sft;
  if (seeds === undefined) return [undefined];
  const task = Object.entries(by).find(([, own]) => own.seed !== undefined)?.[0];
  const stray = seed === undefined ? task && `sft.by.${task}.seed` : "sft.seed";
  if (stray !== undefined) throw new UsageError(`${stray} beside sft.seeds; leave one of them out`);
  const twice = seeds.find((one, k) => seeds.indexOf(one) < k);
  if (twice !== undefined) throw new UsageError(`sft.seeds: ${twice} is named twice`);
  return seeds;
}

/**
 * @throws UsageError where settings of TRL are given and this program trains, or a launcher does not know how many to
 * start
 */
function trlOf({ sft: { engine, python, launcher, processes } }: StudyFile): TrlRun | undefined {
  if (engine !== "trl") {
    const stray = Object.entries({ python, launcher, processes }).find(([, value]) => value !== undefined)?.[0];
    if (stray !== undefined) throw new UsageError(`sft.${stray} goes with sft.engine: trl`);
    return undefined;
  }
  if (launcher !== undefined && processes === undefined)
    throw new UsageError(`sft.launcher: ${launcher} needs sft.processes, one for each GPU`);
  if (launcher === undefined && processes !== undefined)
    throw new UsageError("sft.processes goes with sft.launcher: accelerate or srun");
  return { python: python ?? "python3", launcher, processes };
}

/** Names a folder in which the point of training stays readable, for people and for parseTrainingStep. */
function folderName({ given, resolved }: StudyBase, key: string): string {
  const name = (resolved.point?.name ?? given.name).replace(/\.gguf$/i, "");
  return `${key.slice(0, 8)}-${fileNameOf(name)}`;
}

/** Returns what a checkpoint is, wherever it lies: its commit on the hub, or the hashes of its files. */
async function originOf({ given, resolved }: StudyBase, ignored: readonly string[]): Promise<object> {
  if (resolved.revision !== undefined)
    return { spec: given.spec, commit: resolved.revision, ...(ignored.length === 0 ? {} : { ignored }) };
  return hashCheckpoint(await openCheckpoint(resolved.folder, resolved.tokenizerFolder, ignored));
}

function dataOf(task: Task, { sft, evaluate }: StudyFile, source: DataSource): SftData & { readonly kind: "task" } {
  const { prompts = ["default"] } = { ...sft, ...sft.by[task.name] };
  return { kind: "task", task, source, prompts, templates: evaluate.templates };
}

function settingsOf(task: Task, data: SftData, { sft }: StudyFile): SftSettings {
  const own = { ...sft, ...sft.by[task.name] };
  const usual = defaultSettings(data);
  return {
    ...usual,
    rows: own.rows ?? usual.rows,
    epochs: own.epochs ?? usual.epochs,
    learningRate: own.lr ?? usual.learningRate,
    batchSize: own["batch-size"] ?? usual.batchSize,
    warmup: own.warmup ?? usual.warmup,
    weightDecay: own["weight-decay"] ?? usual.weightDecay,
    maxLength: own["max-length"] ?? usual.maxLength,
    evalEvery: own["eval-every"] ?? usual.evalEvery,
    seed: own.seed ?? usual.seed,
    dtype: own.dtype ?? usual.dtype,
  };
}

/** Lists the prompts that any of the fine-tunings shows its rows in. */
export function trainedPrompts(trainings: readonly Training[]): string[] {
  return [...new Set(trainings.flatMap(({ options: { data } }) => (data.kind === "task" ? data.prompts : [])))];
}
