/** Turns what is to be learned into examples in tokens. */

import { chatTemplatesOf, ChatTemplates } from "../../engine/text/chat-template.js";
import { specialTokens } from "../../engine/text/special-tokens.js";
import type { TextTokenizer } from "../../engine/text/tokenizer.js";
import type { WeightsCheckpoint } from "../../checkpoints/checkpoint.js";
import { UsageError, UserError } from "../../base/errors.js";
import { hashFile } from "../../base/hash.js";
import { randomStream, shuffled } from "../../base/random.js";
import { familiesWith } from "../../tasks/families/builtin.js";
import { templatesWith } from "../../templates/catalog.js";
import { isNoisy } from "../../templates/axes/noise.js";
import { selectVariants } from "../../templates/selection.js";
import type { PromptVariant } from "../../templates/variant.js";
import type { SftData, SftSettings } from "../options.js";
import { cutExample, hashExamples, type TrainingExample } from "./example.js";
import { encodeConversation, readConversations, TULU_TEMPLATE } from "./messages.js";
import { drawTrainingRows, encodeRow } from "./task-data.js";

/** Limits examples where nothing is said: most models' windows are longer than most tasks' rows. */
const LONGEST = 2048;

export interface PreparedData {
  readonly train: readonly TrainingExample[];
  readonly heldOut: readonly TrainingExample[];
  /** What the results say about the data. */
  readonly facts: DataFacts;
  /** The prompts that were trained on; none for conversations. */
  readonly variants: readonly PromptVariant[];
  /** Jinja text that the tuned checkpoint gets, where its base has none. */
  readonly chatTemplate: string | undefined;
  /** Examples whose beginning was cut off. */
  readonly cut: number;
}

interface DataFacts {
  readonly task: string | null;
  readonly source: string;
  readonly revision: string | null;
  readonly licence: string | null;
  readonly rows: number;
  readonly held_out: number;
  /** SHA-256 over token ids and answers' places, in the order before epochs are shuffled. */
  readonly train_sha256: string;
  readonly held_out_sha256: string;
}

/** @throws UserError when there is no data, or it is not what it should be */
export async function prepareData(
  data: SftData,
  settings: SftSettings,
  checkpoint: WeightsCheckpoint,
  tokenizer: TextTokenizer,
): Promise<PreparedData> {
  const most = Math.min(settings.maxLength ?? LONGEST, checkpoint.window);
  const found = data.kind === "task" ? await fromTask(data, settings, tokenizer) : await fromMessages(data.file, settings, checkpoint, tokenizer); // prettier-ignore
  let cut = 0;
  const fitted = (examples: readonly TrainingExample[]) =>
    examples.map((example) => {
      if (example.ids.length > most) cut++;
      return cutExample(example, most);
    });
  const [train, heldOut] = [fitted(found.train), fitted(found.heldOut)];
  const counts = ({ answers }: TrainingExample) => answers.some(([from, to]) => to > Math.max(1, from));
  const empty = train.findIndex((example) => example.ids.length < 2 || !counts(example));
  if (empty >= 0) throw new UserError(`example ${empty + 1} of the training data has no answer to learn`);
  return {
    ...found,
    train,
    heldOut,
    cut,
    facts: {
      ...found.facts,
      rows: train.length,
      held_out: heldOut.length,
      train_sha256: hashExamples(train),
      held_out_sha256: hashExamples(heldOut),
    },
  };
}

type Found = Omit<PreparedData, "cut" | "facts"> & {
  readonly facts: Pick<DataFacts, "task" | "source" | "revision" | "licence">;
};

async function fromTask(
  { task, source, prompts, templates }: Extract<SftData, { kind: "task" }>,
  { rows, seed, evalEvery }: SftSettings,
  tokenizer: TextTokenizer,
): Promise<Found> {
  const wordings = templatesWith(templates, familiesWith(task.family)).get(task.family.name) ?? [];
  const space = { task, wordings, numFewshot: 0, generated: task.answer.kind === "generation" };
  const variants = selectVariants(space, prompts);
  if (variants.length === 0)
    throw new UsageError(`--train-prompts ${prompts.join(",")} names no prompt of ${task.name}`);
  const noisy = variants.find(isNoisy);
  if (noisy !== undefined)
    throw new UsageError(`--train-prompts ${noisy.id}: noise is for evaluation, not for training`);
  const drawn = await drawTrainingRows(task, source, { rows, seed, holdOut: evalEvery !== 0 });
  // In the order of the draw, which is random, each prompt gets every so-manieth row.
  const encoded = (item: (typeof drawn.train)[number], i: number) =>
    encodeRow(tokenizer, task, variants[i % variants.length] as PromptVariant, item);
  return {
    train: drawn.train.map(encoded),
    heldOut: drawn.heldOut.map(encoded),
    variants,
    chatTemplate: undefined,
    facts: {
      task: task.name,
      source: drawn.source,
      revision: drawn.revision ?? null,
      licence: drawn.licence ?? null,
    },
  };
}

/** Sets the share of the conversations that are held out, and how many at most. */
const HELD_OUT_SHARE = 0.05;
const HELD_OUT = 200;

async function fromMessages(
  file: string,
  { rows, seed, evalEvery }: SftSettings,
  checkpoint: WeightsCheckpoint,
  tokenizer: TextTokenizer,
): Promise<Found> {
  const conversations = shuffled(await readConversations(file), randomStream(seed, "messages", "sft"));
  const own = checkpoint.chatTemplates.size > 0;
  const templates = own
    ? chatTemplatesOf(checkpoint, checkpoint.folder)
    : new ChatTemplates(new Map([["default", TULU_TEMPLATE]]), tuluTokens(checkpoint), "TULU's chat template");
  const held = evalEvery === 0 ? 0 : Math.min(HELD_OUT, Math.floor(conversations.length * HELD_OUT_SHARE));
  const examples = conversations.map((messages) => encodeConversation(tokenizer, templates, messages));
  const count = Math.min(rows, examples.length - held);
  return {
    train: examples.slice(0, count),
    heldOut: examples.slice(examples.length - held),
    variants: [],
    chatTemplate: own ? undefined : TULU_TEMPLATE,
    facts: { task: null, source: file, revision: await hashFile(file), licence: null },
  };
}

/** Returns the special tokens, of which TULU's template needs the one that ends each answer. */
function tuluTokens({ tokenizerConfig, folder }: WeightsCheckpoint): Readonly<Record<string, string>> {
  const tokens = specialTokens(tokenizerConfig);
  if (tokens["eos_token"] !== undefined) return tokens;
  throw new UserError(
    `${folder}: the tokenizer has neither a chat template nor an eos_token; conversations cannot be written for it`,
  );
}
