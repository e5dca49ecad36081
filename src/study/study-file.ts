/** Reads the file of a study: which checkpoints are fine-tuned on what, and how they are evaluated before and after. */

import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { messageOf, UsageError } from "../base/errors.js";
import { compileSchema, validated } from "../base/validation.js";
import { textOf } from "../base/utf8.js";
import { Evaluate, listed, PUBLISHED_STUDY, Settings, Sft, Study, type EvaluateSettings } from "./study-schema.js";
import type { StudyFile, WrittenStudy } from "./study-schema.js";

export type { StudyFile } from "./study-schema.js";

const DEFAULTS = {
  data: "hub",
  output: "amuro-study",
  device: "auto",
  threads: 0,
  offline: false,
  plugins: [],
} as const satisfies Partial<StudyFile>;

const EVALUATE_DEFAULTS: EvaluateSettings = {
  tasks: ["all"],
  prompts: ["design"],
  templates: [],
  "chat-template": ["off"],
  answer: "loglikelihood",
  "num-fewshot": 4,
  seed: 42,
};

/** Lists the keys that say how servers are started and asked. */
const SERVER_KEYS = ["server-args", "server-command", "server-requests", "wait-for-server", "python", "gpus"] as const;

const isStudy = compileSchema<WrittenStudy>(PUBLISHED_STUDY);

/**
 * Reads a study file.
 * @throws UsageError naming what cannot be read, an unknown key with the nearest one, or a value of the wrong kind
 */
export function readStudyFile(path: string): StudyFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new UsageError(`${path}: no such file; amuro-eval init writes one to begin with`);
    throw new UsageError(`${path}: cannot be read (${code ?? messageOf(error)})`);
  }
  const text = textOf(bytes, path, UsageError);
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    throw new UsageError(`${path}: not YAML or JSON (${messageOf(error)})`);
  }
  return completedStudy(content, path);
}

/**
 * Checks the content of a study file and fills in the defaults.
 * @param source begins every message
 * @throws UsageError as readStudyFile
 */
export function completedStudy(content: unknown, source: string): StudyFile {
  const written = validated(isStudy, content, source, (message) => new UsageError(message));
  const { sft, evaluate = {}, ...rest } = listed(Study, written);
  const { by = {}, ...settings } = sft;
  if (written.serve === undefined) {
    const stray = SERVER_KEYS.find((key) => key in written);
    if (stray !== undefined) throw new UsageError(`${source}: ${stray} goes with serve: vllm or sglang`);
  }
  return {
    ...DEFAULTS,
    ...rest,
    sft: {
      ...listed(Sft, settings),
      by: Object.fromEntries(Object.entries(by).map(([task, own]) => [task, listed(Settings, own)])),
    },
    evaluate: { ...EVALUATE_DEFAULTS, ...listed(Evaluate, evaluate) },
  };
}
