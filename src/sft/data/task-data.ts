/** Makes training data from a task's train split. */

import { loadRows, type DataSource } from "../../datasets/index.js";
import { encodePair } from "../../engine/text/pair.js";
import { withoutTrailingSpace, type TextTokenizer } from "../../engine/text/tokenizer.js";
import { messageOf, UserError } from "../../base/errors.js";
import { hashValue } from "../../base/hash.js";
import { randomStream, shuffled } from "../../base/random.js";
import type { Example, Task } from "../../tasks/contract.js";
import { checkExample } from "../../tasks/example.js";
import { answerText, renderShotQuestion } from "../../templates/render.js";
import type { PromptVariant } from "../../templates/variant.js";
import { counted } from "../../base/wording.js";
import type { TrainingExample } from "./example.js";

/** Holds rows of a train split that are trained on and held out, in random order. */
export interface TrainingRows {
  readonly train: readonly TrainingItem[];
  /** Rows of the same split whose loss is watched. */
  readonly heldOut: readonly TrainingItem[];
  /** For messages and records. */
  readonly source: string;
  readonly revision: string | undefined;
  readonly licence: string | undefined;
  /** Rows of the train split that are not among the evaluated ones. */
  readonly available: number;
}

export interface TrainingItem {
  /** Position in the train split, from 0. */
  readonly row: number;
  readonly example: Example;
}

/** Limits the rows held out, and the share of a split that is too small for that. */
const HELD_OUT = 200;
const HELD_OUT_SHARE = 0.1;

/**
 * Draws rows from a task's train split by the seed; a row that is also in the evaluation split is left out.
 * @param rows most rows to train on; Infinity for all
 * @param holdOut false where no loss is watched
 * @throws UserError when the task has no train split, or its data is broken
 */
export async function drawTrainingRows(
  task: Task,
  source: DataSource,
  { rows, seed, holdOut }: { readonly rows: number; readonly seed: number; readonly holdOut: boolean },
): Promise<TrainingRows> {
  const loaded = await loadRows(task.name, task.dataset, source);
  if ("skipped" in loaded) throw new UserError(`task ${task.name}: ${loaded.skipped}`);
  const { evalRows, trainRows, evalSource, trainSource = evalSource, revision, licence } = loaded;
  if (trainRows === undefined) {
    throw new UserError(
      `task ${task.name} has no train split in ${evalSource}; give --data a folder with ${task.name}.jsonl and ${task.name}.train.jsonl`,
    );
  }
  const evaluated = new Set(evalRows.map(hashValue));
  const usable = trainRows.flatMap((row, index) => (evaluated.has(hashValue(row)) ? [] : [{ row, index }]));
  const drawn = shuffled(usable, randomStream(seed, task.name, "sft"));
  const spare = Math.max(usable.length - rows, Math.floor(usable.length * HELD_OUT_SHARE));
  const held = holdOut ? Math.min(HELD_OUT, spare) : 0;
  const count = Math.min(rows, usable.length - held);
  if (count < 1)
    throw new UserError(`${trainSource} has ${counted(usable.length, "row")} to train on; ${held} held out`);
  const toItem = ({ row, index }: (typeof drawn)[number]): TrainingItem => {
    try {
      return { row: index, example: checkExample(task, task.toExample(row)) };
    } catch (error) {
      throw new UserError(`${trainSource}, row ${index + 1}: ${messageOf(error)} (task ${task.name})`);
    }
  };
  return {
    train: drawn.slice(0, count).map(toItem),
    heldOut: drawn.slice(drawn.length - held).map(toItem),
    source: trainSource,
    revision,
    licence,
    available: usable.length,
  };
}

/**
 * Encodes a row as it is trained on: the prompt without shots, the answer, and the token that ends it. Prompt and
 * answer are cut into tokens as where they are scored: the space between them belongs to the answer.
 */
export function encodeRow(
  tokenizer: TextTokenizer,
  task: Task,
  variant: PromptVariant,
  { example }: TrainingItem,
): TrainingExample {
  const question = renderShotQuestion(variant, task, example);
  const prompt = withoutTrailingSpace(question);
  const completion = question.slice(prompt.length) + answerText(variant, task, example);
  const { contextIds, continuationIds } = encodePair(tokenizer, prompt, completion);
  const ids = [...contextIds, ...continuationIds, ...tokenizer.eosIds];
  return { ids, answers: [[contextIds.length, ids.length]], text: { prompt, completion } };
}
