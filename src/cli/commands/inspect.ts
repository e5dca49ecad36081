/** Runs `amuro-eval inspect TASK`: the rendered prompts of a few rows with their tokens, without scoring. */

import { writeFileSync } from "node:fs";
import { openCheckpoint } from "../../checkpoints/checkpoint.js";
import { fetchCheckpoint } from "../../checkpoints/find/resolve.js";
import { messageOf, UsageError, UserError } from "../../base/errors.js";
import { TextTokenizer } from "../../engine/text/tokenizer.js";
import { openWorkerEngine } from "../../engine/open.js";
import type { Engine, ScoreRequest } from "../../engine/types.js";
import { planStudy } from "../../study/make-plan.js";
import type { StudyTask } from "../../study/plan.js";
import { cellRequests } from "../../study/requests.js";
import type { StudyOptions } from "../../study/options.js";
import { shotsOf } from "../../study/task-rows.js";
import { axisRecord } from "../../templates/axes/record.js";
import { answerText } from "../../templates/render.js";
import type { PromptVariant } from "../../templates/variant.js";
import { counted } from "../../base/wording.js";
import type { Console } from "../output/console.js";
import type { RawOptions } from "../../library/run-options.js";
import { columnsIn, sideBySide } from "../output/inspect-columns.js";
import { inspectPage } from "../output/inspect-html.js";
import { oneScreen } from "../output/inspect-short.js";
import { byRow, type InspectedPrompt } from "../output/inspected.js";
import { registryWith } from "../../library/registry.js";
import { studyOptions } from "../../library/study-options.js";

/** Says how much is shown, and where. */
export interface InspectView {
  /** Rows, drawn with the seed as --limit draws them. */
  readonly rows: number;
  /** File of the page that is written instead of printing. */
  readonly html: string | undefined;
  /** Whether every prompt of a row is printed, and all of its text. */
  readonly all: boolean;
}

/** Sets the characters of a line where standard output is no terminal. */
const WIDTH = 120;

/** @throws UserError when the page cannot be written */
export async function inspectCommand(
  task: string,
  { rows, html, all }: InspectView,
  raw: RawOptions,
  json: boolean,
  console: Console,
): Promise<void> {
  if (!Number.isInteger(rows) || rows < 1) throw new UsageError(`--rows ${rows}: give a number of rows, 1 or more`);
  const model = raw.model.length > 0 ? raw.model : ["builtin"];
  const options = studyOptions({ ...raw, model, base: [], sft: [], task: [task], limit: rows });
  const plan = await planStudy(options, await registryWith(raw.plugin), console.info);
  const [checkpoint, ...others] = plan.checkpoints;
  if (checkpoint === undefined || others.length > 0) {
    const names = plan.checkpoints.map(({ given }) => given.name).join(", ");
    throw new UsageError(`inspect shows prompts as one --model reads them, but there are ${names || "none"}`);
  }
  if (raw.model.length === 0)
    console.info("tokens are those of the built-in checkpoint; give --model for another tokenizer");
  await fetchCheckpoint(checkpoint.resolved, console.info);
  const { device, threads, ignoredConfigKeys } = options;
  const { folder, tokenizerFolder } = checkpoint.resolved;
  const { tokenizerJson, tokenizerConfig, bosId } = await openCheckpoint(folder, tokenizerFolder, ignoredConfigKeys);
  const tokenizer = new TextTokenizer(tokenizerJson, tokenizerConfig, bosId);
  const engine = await openWorkerEngine({ folder, tokenizerFolder, device, threads, ignoredConfigKeys });
  const inspected: InspectedPrompt[] = [];
  try {
    for (const studyTask of plan.tasks) {
      for (const variant of studyTask.variants) {
        inspected.push(...(await inspectVariant(studyTask, variant, options, engine, tokenizer)));
      }
    }
  } finally {
    await engine.close();
  }
  if (html !== undefined) {
    writePage(html, inspectPage(inspected, checkpoint.given.name));
    console.out(`${html}: ${counted(inspected.length, "prompt")}`);
  } else if (json) {
    console.out(JSON.stringify(inspected, null, 2));
  } else {
    const width = Number.isFinite(console.width) && console.width > 0 ? console.width : WIDTH;
    const shown = byRow(inspected).map((prompts) => {
      // Without tables the prompts stand one below the other.
      if (all && console.width === 0) return prompts.map((one) => oneScreen([one], width, all)).join("\n");
      return console.width > 0 && prompts.length > 1 && (all || prompts.length <= columnsIn(width))
        ? sideBySide(prompts, width)
        : oneScreen(prompts, width, all);
    });
    console.out(shown.join("\n"));
  }
}

async function inspectVariant(
  task: StudyTask,
  variant: PromptVariant,
  { answer, numFewshot }: Pick<StudyOptions, "answer" | "numFewshot">,
  engine: Engine,
  tokenizer: TextTokenizer,
): Promise<InspectedPrompt[]> {
  const asked = cellRequests(task.rows, variant, answer);
  const requests = asked.requests.map((request): ScoreRequest =>
    "continuations" in request ? request : { ...request, continuations: [], mode: "sequence" },
  );
  const encoded = await engine.encode(requests);
  return requests.flatMap((request, i) => {
    const found = encoded[i];
    if (found === undefined) return [];
    const answers = found.continuations.map(({ ids, tokens }, j) => ({
      text: request.continuations[j] ?? "",
      ids,
      tokens,
    }));
    const { contextIds, droppedSegments, contextTokens, text } = found;
    return {
      ...about(task, variant, i, numFewshot),
      text,
      tokens: tokenizer.pieces(contextIds),
      shots: shotsOf(task.rows, variant).length,
      shots_dropped: droppedSegments,
      context_tokens: contextTokens,
      answers,
    };
  });
}

function writePage(path: string, page: string): void {
  try {
    writeFileSync(path, page);
  } catch (error) {
    throw new UserError(`cannot write ${path}: ${messageOf(error)}`);
  }
}

function about({ rows }: StudyTask, variant: PromptVariant, index: number, numFewshot: number) {
  const item = rows.items[index] as (typeof rows.items)[number];
  return {
    task: rows.task.name,
    prompt: variant.id,
    prompt_hash: variant.hash,
    axes: axisRecord(variant, rows.task, numFewshot),
    row: item.row,
    right_answer: answerText(variant, rows.task, item.example),
  };
}
