/** Defines the axis of the words for the labels of classification tasks. */

import {
  ANSWER_WORDS,
  ANSWER_WORDS_NAMES,
  answerWordsFor,
  foreignAnswers,
  namedWords,
  ownWords,
  type AnswerWordsName,
} from "../labels.js";
import { defineAxis, oneOf } from "./axis.js";

export const labels = defineAxis<AnswerWordsName>({
  name: "labels",
  was: ["answer_words"],
  description: "NLI: entailment-neutral-contradiction, true-maybe-false, yes-maybe-no; yes/no: yes-no, true-false, 1-0",
  parse: (text) => oneOf("labels", text, ANSWER_WORDS_NAMES),
  write: (level) => level,
  levels: ({ task }) => answerWordsFor(task),
  own: ({ task }) => ownWords(task),
  natural: (template, task) => {
    const named = namedWords(task, template);
    const own = ownWords(task);
    return own !== undefined && named.includes(own) ? undefined : named[0];
  },
  unfit: (level, _, { template, task }) => {
    if (level !== undefined && !answerWordsFor(task).includes(level)) {
      return `labels=${level} has no words for the answers of ${task.name}`;
    }
    const foreign = foreignAnswers(task, template);
    if (foreign.length > 0) {
      return `the wording ${template.id} itself names the answers ${foreign.join(" and ")}, and ${task.name} has others`;
    }
    const named = namedWords(task, template);
    const asked = level ?? ownWords(task);
    if (named.length === 0 || asked === undefined || named.includes(asked)) return undefined;
    return `the wording ${template.id} itself names the answers ${named.join(" or ")}, not ${asked}`;
  },
  apply: (content, level) => ({ ...content, answerWords: ANSWER_WORDS[level] }),
  presentation: ({ task }) => answerWordsFor(task).find((name) => name !== ownWords(task)),
  record: (level, { task }) => (task.answer.kind === "classification" ? (level ?? "own") : null),
});
