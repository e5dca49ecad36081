/** Reads the options of a study from raw flags. */

import { existsSync } from "node:fs";
import { basename } from "node:path";
import { loraPlace } from "../checkpoints/find/adapter-place.js";
import { tokenCounts } from "../checkpoints/find/points.js";
import { joinPools } from "../checkpoints/find/server-spec.js";
import { UsageError } from "../base/errors.js";
import { shellWord } from "../base/wording.js";
import type { DataSource } from "../datasets/index.js";
import { parseDevice } from "../engine/backends/devices.js";
import { drawnTexts, type AnswerMode, type CheckpointSpec, type StudyOptions } from "../study/options.js";
import { parseChatLayout } from "../templates/chat.js";
import { LIMIT_VALUES, type RawOptions } from "./run-options.js";
import { askedColumns } from "../tasks/source.js";
import { withPromptFiles } from "./prompt-list.js";

/** @throws UsageError when flags contradict each other or no checkpoint is given */
export function studyOptions(raw: RawOptions): StudyOptions {
  const { limit } = raw;
  if (limit !== undefined && (limit <= 0 || (limit >= 1 && !Number.isInteger(limit)))) {
    throw new UsageError(`--limit ${limit}: expected ${LIMIT_VALUES}`);
  }
  if (raw.task.length === 0) throw new UsageError("--task names no task; amuro-eval ls tasks lists them");
  if (raw.steps?.length === 0) throw new UsageError("--steps names no step; give numbers such as 1000,18000");
  if (raw.prompts.length === 0) throw new UsageError("--prompts names no prompt; amuro-eval ls prompts lists them");
  if (raw.chatTemplate.length === 0) throw new UsageError("--chat-template is empty; give off, turns or single");
  return {
    checkpoints: checkpointSpecs(raw),
    steps: raw.steps,
    tokens: raw.tokens.length === 0 ? undefined : tokenCounts(raw.tokens),
    seeds: raw.seeds.length === 0 ? undefined : raw.seeds,
    names: { stepsFile: raw.stepsFile, stageOrder: raw.stageOrder },
    ignoredConfigKeys: [...new Set(raw.ignoreConfigKey)].sort(),
    tasks: raw.task,
    prompts: withPromptFiles(raw.prompts),
    seenPrompts: withPromptFiles(raw.seenPrompts),
    templates: raw.templates,
    chatLayouts: [...new Set(raw.chatTemplate)].map(parseChatLayout),
    answer: raw.answer as AnswerMode,
    calibrate: raw.calibrate,
    drawn: drawnTexts(raw, raw.seed),
    numFewshot: raw.numFewshot,
    groupPrompts: raw.groupPrompts,
    asked: askedColumns(raw),
    limit,
    seed: raw.seed,
    device: parseDevice(raw.device),
    threads: raw.threads,
    memory: raw.memory === undefined ? undefined : bytesOf(raw.memory),
    data: dataSource(raw),
    offline: raw.offline,
    serving: {
      tokenizer: raw.tokenizer,
      waitSeconds: raw.waitForServer,
      requests: raw.serverRequests,
      start: { args: raw.serverArgs, command: raw.serverCommand, python: raw.python, gpus: raw.gpus },
    },
  };
}

/** Reads a size such as 900MB or 4GB, in bytes. */
export function bytesOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(MB|GB)$/i.exec(text.trim());
  if (match === null) throw new UsageError(`--memory ${text}: expected a size such as 900MB or 4GB`);
  return Number(match[1]) * (match[2]?.toUpperCase() === "GB" ? 2 ** 30 : 2 ** 20);
}

export function dataSource({
  data,
  offline,
  fields = [],
}: Pick<RawOptions, "data" | "offline"> & Partial<Pick<RawOptions, "fields">>): DataSource {
  if (data === "sample" || data === "builtin") return { kind: data };
  if (data === "hub") return { kind: "hub", offline };
  if (!existsSync(data)) throw new UsageError(`--data ${data}: no such folder; give hub, sample, builtin or a folder`);
  const columns = new Map(fields.map((one) => (one + "=").split("=", 2) as [string, string]));
  return { kind: "folder", path: data, ...(columns.size === 0 ? {} : { columns }) };
}

/** Lists checkpoints in the order: --model, then each --base with its --sft; every name is unique. */
function checkpointSpecs(raw: RawOptions): CheckpointSpec[] {
  const [model, base, sft] = [joinPools(raw.model), joinPools(raw.base), joinPools(raw.sft)];
  if (base.length > 0 && sft.length === 0) throw new UsageError("--base is given without --sft; a pair needs both");
  if (sft.length > 0 && base.length === 0) throw new UsageError("--sft is given without --base; a pair needs both");
  if (base.length > 1 && base.length !== sft.length) {
    throw new UsageError(
      `${base.length} --base and ${sft.length} --sft: give one --base for all, or one for each --sft`,
    );
  }
  if (model.length + base.length === 0) {
    throw new UsageError("no checkpoint given; use --model FOLDER, --model ORG/NAME or --model builtin");
  }
  const names = new Set<string>();
  const unique = (wanted: string, spec: string) => {
    const name = [wanted, spec].find((candidate) => !names.has(candidate));
    if (name === undefined)
      throw new UsageError(`two checkpoints would be named "${wanted}"; name the --model or --base: NAME=${spec}`);
    names.add(name);
    return name;
  };
  const revisions = raw.revision.length > 0 ? raw.revision : [undefined];
  const plain = model.flatMap((text) =>
    revisions.map((revision): CheckpointSpec => {
      const { label, spec } = splitLabel(text);
      refuseAdapter("--model", spec);
      const wanted = (label ?? shortName(spec)) + (raw.revision.length > 1 ? `@${String(revision)}` : "");
      const name = unique(wanted, spec);
      return { name, label, spec, revision, stage: undefined, sftTask: undefined, base: undefined };
    }),
  );
  if (revisions.length > 1 && base.length > 0)
    throw new UsageError("several --revision do not go with --base and --sft; write SPEC@REVISION");
  const [revision] = revisions;
  const bases = base.map((text): CheckpointSpec => {
    const { label, spec } = splitLabel(text);
    refuseAdapter("--base", spec);
    return {
      name: unique(label ?? shortName(spec), spec),
      spec,
      revision,
      stage: "base",
      sftTask: undefined,
      base: undefined,
    };
  });
  const tuned = sft.map((text, i): CheckpointSpec => {
    const { label, spec } = splitLabel(text);
    const before = bases[base.length === 1 ? 0 : i] as CheckpointSpec;
    return { name: unique(shortName(spec), spec), spec, revision, stage: "sft", sftTask: label, base: before.name };
  });
  return [...plain, ...bases, ...tuned];
}

/** Splits "name=spec" in two; a path that exists is never split. */
function splitLabel(text: string): { label: string | undefined; spec: string } {
  const match = /^([\w.@+-]+)=(.+)$/s.exec(text);
  if (match === null || existsSync(text)) return { label: undefined, spec: text };
  return { label: match[1], spec: match[2] as string };
}

/** @throws UsageError for a LoRA adapter where a whole checkpoint is needed */
function refuseAdapter(flag: string, spec: string): void {
  if (loraPlace(spec) === undefined) return;
  throw new UsageError(
    `${flag} ${spec}: a LoRA adapter runs on its base; give --base CHECKPOINT --sft ${shellWord(spec)}`,
  );
}

function shortName(spec: string): string {
  const path = loraPlace(spec) ?? spec;
  return existsSync(path) ? basename(path.replace(/[\\/]+$/, "")) || spec : spec;
}
