/** From rows and a prompt variant to what the engine is asked. */

import { withoutTrailingSpace } from "../engine/tokenizer.js";
import type { Context, GenerateRequest, ScoreRequest } from "../engine/types.js";
import type { Example } from "../tasks/contract.js";
import { answerChoices, answerText, renderQuestion, renderShot, renderShotQuestion } from "../templates/render.js";
import type { PromptVariant } from "../templates/variant.js";
import type { AnswerMode } from "./options.js";
import { shotsOf, type TaskRows } from "./task-rows.js";

/** New tokens allowed when a label is generated: the experiment's value. */
const LABEL_TOKENS = 5;

export type CellRequests = CellAnswers &
  (
    | { readonly kind: "score"; readonly requests: readonly ScoreRequest[] }
    | { readonly kind: "generate"; readonly requests: readonly GenerateRequest[] }
  );

/** What the rows may be answered with, as the prompt asks for it. */
interface CellAnswers {
  /** [row][answer], in the order of the task's labels or the row's choices; none for free text. */
  readonly answers: readonly (readonly string[])[];
  /** Whether the answers are but the choices' numbers or letters, whose length says nothing. */
  readonly numbered: boolean;
}

/** One request per row, in the order of the rows; the shots are the same for all. */
export function cellRequests(rows: TaskRows, variant: PromptVariant, mode: AnswerMode): CellRequests {
  const { task } = rows;
  const contextOf = contextsOf(rows, variant);
  const { answer } = task;
  const answers = rows.items.map(({ example }) =>
    "references" in example ? [] : answerChoices(variant, task, example),
  );
  const about = { answers, numbered: variant.content.choices?.answer === "letter" };
  if (answer.kind === "generation" || (answer.kind === "classification" && mode === "generate")) {
    const { maxNewTokens, stop } = answer.kind === "generation" ? answer : { maxNewTokens: LABEL_TOKENS, stop: ["\n"] };
    const requests = rows.items.map(({ example }) => ({ ...contextOf(example), maxNewTokens, stop }));
    return { kind: "generate", requests, ...about };
  }
  const scoreMode = answer.kind === "classification" && mode === "first-token" ? "first-token" : "sequence";
  const requests = rows.items.map(({ example }, i) => ({
    ...contextOf(example),
    continuations: answers[i] ?? [],
    mode: scoreMode,
  })) satisfies ScoreRequest[];
  return { kind: "score", requests, ...about };
}

/** What comes before the answer to a question: the shots, and the question. */
function contextsOf(rows: TaskRows, variant: PromptVariant): (example: Example) => Context {
  const { task } = rows;
  const shots = shotsOf(rows, variant);
  const { chat } = variant.content;
  if (chat === undefined) {
    const before = shots.map(({ example }) => renderShot(variant, task, example));
    return (example) => ({ segments: [...before, renderQuestion(variant, task, example)] });
  }
  // The space that a prompt ends in is meant for an answer right after it, not for the end of a turn.
  const inTurns = chat.form === "turns";
  const before = shots.map(({ example }) =>
    inTurns ? withoutTrailingSpace(renderShotQuestion(variant, task, example)) : renderShot(variant, task, example),
  );
  const answers = inTurns ? shots.map(({ example }) => answerText(variant, task, example)) : undefined;
  const form = { template: chat.template, answers };
  return (example) => ({
    segments: [...before, withoutTrailingSpace(renderQuestion(variant, task, example))],
    chat: form,
  });
}
