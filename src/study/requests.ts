/** From rows and a prompt variant to what the engine is asked. */

import { withoutTrailingSpace } from "../engine/tokenizer.js";
import type { Context, GenerateRequest, ScoreRequest } from "../engine/types.js";
import type { Fields } from "../tasks/contract.js";
import { answerChoices, answerText, renderPrompt, renderShot } from "../templates/render.js";
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
  const contextOf = contextsOf(rows, variant);
  const { answer } = task;
  if (answer.kind === "generation" || (answer.kind === "classification" && mode === "generate")) {
    const { maxNewTokens, stop } = answer.kind === "generation" ? answer : { maxNewTokens: LABEL_TOKENS, stop: ["\n"] };
    const requests = rows.items.map(({ example }) => ({ ...contextOf(example.fields), maxNewTokens, stop }));
    return { kind: "generate", requests };
  }
  const scoreMode = answer.kind === "classification" && mode === "first-token" ? "first-token" : "sequence";
  const requests = rows.items.map(({ example }) => ({
    ...contextOf(example.fields),
    continuations: answerChoices(task, example),
    mode: scoreMode,
  })) satisfies ScoreRequest[];
  return { kind: "score", requests };
}

/** What comes before the answer to a question: the shots, and the question. */
function contextsOf({ task, shots }: TaskRows, variant: PromptVariant): (fields: Fields) => Context {
  const { chat } = variant.content;
  if (chat === undefined) {
    const before = shots.map(({ example }) => renderShot(variant, task, example));
    return (fields) => ({ segments: [...before, renderPrompt(variant, fields)] });
  }
  // The space that a prompt ends in is meant for an answer right after it, not for the end of a turn.
  const question = (fields: Fields) => withoutTrailingSpace(renderPrompt(variant, fields));
  const inTurns = chat.form === "turns";
  const before = shots.map(({ example }) => (inTurns ? question(example.fields) : renderShot(variant, task, example)));
  const answers = inTurns ? shots.map(({ example }) => answerText(task, example)) : undefined;
  const form = { template: chat.template, answers };
  return (fields) => ({ segments: [...before, question(fields)], chat: form });
}
