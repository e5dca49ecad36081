/**
 * Describes what the store holds, apart from who asked for it: each kind of content with the key that is made of it.
 */

import { hashValue } from "../base/hash.js";
import type { Extraction } from "../metrics/extract.js";
import type { Context } from "../engine/types.js";
import { sha256 } from "../base/hash.js";
import type { CheckpointFacts } from "./results.js";

/** Holds a checkpoint as it is run. */
export interface CheckpointContent {
  readonly facts: CheckpointFacts;
  /** Commit on the hub; null for a folder. */
  readonly revision: string | null;
  readonly device: string;
  /** Of everything that can move a score. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface TaskContent {
  readonly name: string;
  readonly family: string;
  readonly metric: string;
  /** How it is answered: loglikelihood, first-token or generate. */
  readonly answer: string;
  /** How answers are read out of generated texts, where the task says so. */
  readonly extract?: Extraction | undefined;
}

/** Holds a row as its task reads it. */
export interface ItemContent {
  readonly task: string;
  /** SHA-256 of the row's described columns. */
  readonly hash: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Labels or choices as the task words them; empty for free text. */
  readonly answers: readonly string[];
  readonly gold?: number | undefined;
  /** How true the row is on a scale, where its task says so. It follows from the row, so no key is made of it. */
  readonly grade?: number | undefined;
  /** Texts that count as right, where the answer is free text. */
  readonly texts?: readonly string[] | undefined;
}

/** Holds a row under a prompt, as an engine is asked and as its answer is judged. */
export interface QuestionContent {
  readonly item: ItemContent;
  /** Position of the row in the evaluation split. */
  readonly row: number;
  readonly promptHash: string;
  /** Texts that are scored or looked for, in the order of the item's answers. */
  readonly answers: readonly string[];
  /** Everything else that decides the result: where shots may be dropped, how it is scored, what is judged. */
  readonly asked: object;
}

/** Holds a prompt variant over the rows of a task. */
export interface VariantContent {
  readonly task: TaskContent;
  /** Id and hash of the prompt. */
  readonly prompt: string;
  readonly hash: string;
  /** Whether the answers are but numbers or letters of choices, whose length says nothing. */
  readonly numbered: boolean;
  readonly questions: readonly QuestionContent[];
  /** The whole prompt of the first row. */
  readonly example: string;
}

/** Computes SHA-256 of a prompt: of its text, or with a chat template of the texts of the turns. */
export function promptHash({ segments, chat }: Context): string {
  return chat === undefined ? sha256(segments.join("")) : hashValue([segments, chat]);
}

export function checkpointKey({ facts, revision, device, versions }: CheckpointContent): string {
  const { kind, architecture, dtype, window, hashes } = facts;
  // Node's own version changes often and moves no score.
  const engine = Object.fromEntries(Object.entries(versions).filter(([name]) => name !== "node"));
  return hashValue({ kind, architecture, dtype, window, hashes, revision, device, engine });
}

export function itemKey({ task, hash, fields, answers, gold, texts }: ItemContent): string {
  return hashValue({ task, hash, fields, answers, gold: gold ?? null, texts: texts ?? null });
}

/** @param item key of its item */
export function questionKey({ promptHash: prompt, answers, asked }: QuestionContent, item: string): string {
  return hashValue({ item, prompt, answers, asked });
}

/** @param questions keys of its questions, in the order of the rows */
export function variantKey(
  { task, prompt, hash, numbered, questions: contents }: VariantContent,
  questions: readonly string[],
): string {
  return hashValue({ task, prompt, hash, numbered, questions, rows: contents.map(({ row }) => row) });
}
