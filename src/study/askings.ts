/**
 * Decides which prompts of a task the model is asked in one call: those whose questions begin alike, so that it reads
 * the beginning once.
 */

import type { PromptVariant } from "../templates/variant.js";
import type { StudyTask } from "./plan.js";
import type { StudyOptions } from "./options.js";
import { cellRequests } from "./requests.js";

/**
 * Sets the share of the longer of two questions that has to be the same; with less, little is saved by waiting for each
 * other.
 */
const ALIKE = 0.5;

/** Limits the requests of one call: the ids of all of them are in memory at once. */
const MOST_REQUESTS = 20_000;

const known = new WeakMap<StudyTask, readonly (readonly PromptVariant[])[]>();

/**
 * Returns the prompts that are asked together with one, itself among them, in the order of the study. They follow from
 * the study alone, not from what of it is stored or which part of it is run: how a call is cut decides the last bits of
 * its scores.
 */
export function askedWith(
  task: StudyTask,
  variant: PromptVariant,
  options: Pick<StudyOptions, "answer">,
): readonly PromptVariant[] {
  const askings = known.get(task) ?? askingsOf(task, options);
  known.set(task, askings);
  return askings.find((asking) => asking.includes(variant)) ?? [variant];
}

function askingsOf({ rows, variants }: StudyTask, { answer }: Pick<StudyOptions, "answer">): PromptVariant[][] {
  const most = Math.floor(MOST_REQUESTS / Math.max(1, rows.items.length));
  const askings: { readonly first: string; readonly members: PromptVariant[] }[] = [];
  for (const variant of variants) {
    const asked = cellRequests({ ...rows, items: rows.items.slice(0, 1) }, variant, answer);
    const [request] = asked.requests;
    const text = request?.segments.join("") ?? "";
    const layout = variant.content.chat;
    const like = askings.find(
      ({ first, members }) =>
        asked.kind === "score" &&
        members.length < most &&
        members[0]?.content.chat?.form === layout?.form &&
        members[0]?.content.chat?.template === layout?.template &&
        commonLength(first, text) >= ALIKE * Math.max(first.length, text.length),
    );
    if (like === undefined) askings.push({ first: text, members: [variant] });
    else like.members.push(variant);
  }
  return askings.map(({ members }) => members);
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
