/**
 * Makes the questions of a cell as the store keeps them: the keys by which an answer is found again are made of all of
 * this.
 */

import { conversation } from "../engine/text/chat-template.js";
import type { Context } from "../engine/types.js";
import { promptHash, type CheckpointContent, type ItemContent, type QuestionContent, type VariantContent } from "../store/contents.js"; // prettier-ignore
import type { CheckpointFacts } from "../store/results.js";
import type { Task } from "../tasks/contract.js";
import type { PromptVariant } from "../templates/variant.js";
import type { Plan, StudyCheckpoint, StudyTask } from "./plan.js";
import type { CellRequests } from "./requests.js";
import { answerMode } from "./results.js";
import type { Item } from "./task-rows.js";
import { versions } from "../engine/versions.js";

export function checkpointContent(checkpoint: StudyCheckpoint, facts: CheckpointFacts, plan: Plan): CheckpointContent {
  return { facts, revision: commitsOf(checkpoint) ?? null, device: plan.options.device, versions: versions() };
}

/** Returns the commit of a checkpoint, of an adapter also its base's; undefined where a part of it is a folder. */
export function commitsOf({ resolved, adapter }: StudyCheckpoint): string | undefined {
  if (adapter === undefined || resolved.revision === undefined) return resolved.revision;
  return adapter.revision === undefined ? undefined : `${adapter.revision} on ${resolved.revision}`;
}

export function variantContent(
  { rows }: StudyTask,
  variant: PromptVariant,
  asked: CellRequests,
  plan: Plan,
): VariantContent {
  const { task, items } = rows;
  const { name, metric } = task;
  const extracted = task.answer.kind === "generation" ? { extract: asked.extract ?? task.answer.extract } : {};
  const answer = answerMode(task.answer.kind, plan);
  const priors = asked.priors === undefined ? {} : { priors: asked.priors.over };
  // What else is computed for each row; what every task of its kind gets has always been there.
  const more = task.metrics.filter((one) => one.of === "row" && one.always?.includes(task.answer.kind) !== true);
  const named = more.map((one) => one.name).filter((one) => one !== metric);
  const metrics = named.length === 0 ? {} : { metrics: named };
  const own = asked.extract === undefined ? {} : { extract: asked.extract };
  const judged = { answer: task.answer, metric, numbered: asked.numbered, ...metrics, ...priors, ...own };
  const [first] = asked.requests;
  return {
    task: { name, family: task.family.name, metric, answer, ...extracted },
    prompt: variant.id,
    hash: variant.hash,
    numbered: asked.numbered,
    example: first === undefined ? "" : promptText(first),
    questions: items.map((item, place): QuestionContent => {
      const request = asked.requests[place] as CellRequests["requests"][number];
      const { segments } = request;
      const how =
        "mode" in request
          ? { mode: request.mode }
          : {
              maxNewTokens: request.maxNewTokens,
              stop: request.stop,
              ...(request.sampling === undefined ? {} : { drawn: plan.options.drawn }),
            };
      return {
        item: itemContent(item, task),
        row: item.row,
        promptHash: promptHash(request),
        answers: asked.answers[place] ?? [],
        // Segments are dropped one by one where a prompt does not fit.
        asked: { ...how, segments: segments.map(({ length }) => length), judged },
      };
    }),
  };
}

function itemContent({ hash, example }: Item, task: Task): ItemContent {
  const { fields } = example;
  if ("references" in example) return { task: task.name, hash, fields, answers: [], texts: example.references };
  const labels = task.answer.kind === "classification" ? task.answer.labels : [];
  return {
    task: task.name,
    hash,
    fields,
    answers: "choices" in example ? example.choices : labels,
    gold: example.gold,
    ...("grade" in example ? { grade: example.grade } : {}),
  };
}

/**
 * Writes a prompt to read. With a chat template the turns, since every checkpoint's template renders them in its own
 * way.
 */
function promptText({ segments, chat }: Context): string {
  if (chat === undefined) return segments.join("");
  return conversation(segments, chat.answers)
    .map(({ role, content }) => `[${role}]\n${content}`)
    .join("\n");
}
