/** From rows and a prompt variant to what the engine is asked. */

import type { GenerateRequest, ScoreRequest } from "../engine/types.js";
import { answerChoices, renderPrompt, renderShot } from "../templates/render.js";
import type { PromptVariant } from "../templates/variant.js";
import type { AnswerMode } from "./options.js";
import type { TaskRows } from "./task-rows.js";

/** New tokens allowed when a label is generated: the experiment's value. */
const LABEL_TOKENS = 5;

export type CellRequests =
  | { readonly kind: "score"; readonly requests: readonly ScoreRequest[] }
  | { readonly kind: "generate"; readonly requests: readonly GenerateRequest[] };

/** One request per row, in the order of the rows; the shots are the same for all. */
export function cellRequests(rows: TaskRows, variant: PromptVariant, mode: AnswerMode): CellRequests {
  const { task } = rows;
  const shots = rows.shots.map(({ example }) => renderShot(variant, task, example));
  const segmentsOf = (fields: Readonly<Record<string, string>>) => [...shots, renderPrompt(variant, fields)];
  const { answer } = task;
  if (answer.kind === "generation" || (answer.kind === "classification" && mode === "generate")) {
    const { maxNewTokens, stop } = answer.kind === "generation" ? answer : { maxNewTokens: LABEL_TOKENS, stop: ["\n"] };
    const requests = rows.items.map(({ example }) => ({ segments: segmentsOf(example.fields), maxNewTokens, stop }));
    return { kind: "generate", requests };
  }
  const scoreMode = answer.kind === "classification" && mode === "first-token" ? "first-token" : "sequence";
  const requests = rows.items.map(({ example }) => ({
    segments: segmentsOf(example.fields),
    continuations: answerChoices(task, example),
    mode: scoreMode,
  })) satisfies ScoreRequest[];
  return { kind: "score", requests };
}
