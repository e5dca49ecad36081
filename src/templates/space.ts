/** Lists the prompts that a task can have: its family's wordings and formats. */

import type { Task } from "../tasks/contract.js";
import { canGenerate, sampledFormats, type Format } from "./format/format.js";
import type { Template } from "./template.js";

export interface PromptSpace {
  readonly task: Task;
  /** The wordings of the task's family. */
  readonly wordings: readonly Template[];
  /** Shots where a prompt does not say how many. */
  readonly numFewshot: number;
  /** Whether answers are generated. */
  readonly generated: boolean;
}

/** Returns the formats of the family in random order, those that would repeat a wording left out. */
export function* formatsIn({ task, wordings, generated }: PromptSpace, seed: number): Generator<Template> {
  const written = new Set(wordings.map(({ body, answerSeparator }) => body + answerSeparator));
  const fits = (format: Format) => !generated || canGenerate(format);
  for (const template of sampledFormats(task.family, seed, fits)) if (!written.has(template.body)) yield template;
}

/**
 * Wordings after which an answer can be given: what is generated after a line break is cut off at it, where the wording
 * does not say itself what ends an answer.
 */
export function usableWordings({ wordings, generated }: PromptSpace): Template[] {
  return wordings.filter(({ body, brings }) => !generated || brings?.stop !== undefined || !/\n\s*$/.test(body));
}
