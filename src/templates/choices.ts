/** Shows the choices of a multiple-choice question, and says what its answer is. */

import { UserError } from "../base/errors.js";
import { renderNode } from "./format/grammar.js";
import { NUMBERED, NUMBERINGS, numberOf, wrapped, WRAPPERS, type Numbering, type Wrapper } from "./format/values.js";
import { ordered, type Order } from "./order.js";

/** Lists the ways in which a question is presented. */
export const PRESENTATIONS = ["cloze", "text", "letter", "both"] as const;
export type Presentation = (typeof PRESENTATIONS)[number];

/** Choices that are listed below the question. Without it (cloze) they are not shown, and the answer is a text. */
export interface ShownChoices {
  /** What the answer is: the text of the choice, its number (a letter, mostly), or both as they are listed. */
  readonly answer: Exclude<Presentation, "cloze">;
  readonly wrapper: Wrapper;
  readonly numbering: Numbering;
  readonly order?: Order;
}

/** Lists every way to number choices, by its first number: "A." and 35 others. */
export const ENUMERATORS: ReadonlyMap<string, Pick<ShownChoices, "wrapper" | "numbering">> = new Map(
  WRAPPERS.flatMap((wrapper) =>
    NUMBERINGS.map((numbering) => [wrapped(numbering, wrapper), { wrapper, numbering }] as const),
  ),
);

export const DEFAULT_ENUMERATOR = "A.";

/** Holds a question's choices as a prompt shows them. */
export interface ChoiceBlock {
  /** Lines to stand below the question. */
  readonly text: string;
  /**
   * The answer that stands for each choice, in the row's own order of choices, whatever the order they are shown in.
   */
  readonly answers: readonly string[];
}

/**
 * Lists choices.
 * @param question names the list, so that each question is shuffled in its own way
 * @throws UserError when there are more choices than numbers
 */
export function choiceBlock(shown: ShownChoices, choices: readonly string[], question: string): ChoiceBlock {
  const { answer, wrapper, numbering, order } = shown;
  const positions = ordered(
    choices.map((_, i) => i),
    order,
    question,
    ...choices,
  );
  const inOrder = positions.map((i) => choices[i] as string);
  if (answer === "text") return { text: inOrder.map((choice) => `- ${choice}`).join("\n"), answers: choices };
  if (choices.length > NUMBERED[numbering]) {
    throw new UserError(
      `${choices.length} choices cannot be numbered with ${numbering}: it has ${NUMBERED[numbering]} numbers; use another enumerator`,
    );
  }
  const list = { kind: "enumeration", descriptor: "", casing: "identity", itemSeparator: "", separator: " " } as const;
  const text = renderNode({ ...list, wrapper, numbering, space: "\n", items: inOrder });
  const answers = choices.map((choice, i) => {
    const number = numberOf(positions.indexOf(i), numbering);
    return answer === "letter" ? number : `${wrapped(number, wrapper)} ${choice}`;
  });
  return { text, answers };
}
