/** `amuro-eval inspect TASK`: every rendered prompt of a few rows, with its tokens, without scoring. */

import pc from "picocolors";
import { fetchCheckpoint } from "../checkpoints/resolve.js";
import { UsageError } from "../errors.js";
import { openWorkerEngine } from "../engine/open.js";
import type { ScoreRequest } from "../engine/types.js";
import { planStudy, type StudyTask } from "../study/plan.js";
import { cellRequests } from "../study/requests.js";
import { answerText } from "../templates/render.js";
import type { PromptVariant } from "../templates/variant.js";
import { counted } from "../wording.js";
import type { Console } from "./console.js";
import type { RawOptions } from "./flags.js";
import { registryWith } from "./registry.js";
import { studyOptions } from "./study-options.js";

/** One prompt of one row, as --json prints it. */
interface InspectedPrompt {
  readonly task: string;
  readonly prompt: string;
  readonly prompt_hash: string;
  readonly row: number;
  readonly text: string;
  readonly shots: number;
  readonly shots_dropped: number;
  readonly context_tokens: number;
  readonly right_answer: string;
  readonly answers: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly tokens: readonly string[];
  }[];
}

/** @param rows number of rows, drawn with the seed as --limit draws them */
export async function inspectCommand(
  task: string,
  rows: number,
  raw: RawOptions,
  json: boolean,
  console: Console,
): Promise<void> {
  if (!Number.isInteger(rows) || rows < 1) throw new UsageError(`--rows ${rows}: give a number of rows, 1 or more`);
  const model = raw.model.length > 0 ? raw.model : ["builtin"];
  const options = studyOptions({ ...raw, model, base: [], sft: [], task: [task], limit: rows });
  const plan = await planStudy(options, await registryWith(raw.plugin), console.info);
  const [checkpoint] = plan.checkpoints;
  if (checkpoint === undefined) throw new UsageError("inspect needs one --model");
  if (raw.model.length === 0)
    console.info("tokens are those of the built-in checkpoint; give --model for another tokenizer");
  await fetchCheckpoint(checkpoint.resolved, console.info);
  const { device, threads } = options;
  const { folder, tokenizerFolder } = checkpoint.resolved;
  const engine = await openWorkerEngine({ folder, tokenizerFolder, device, threads });
  const inspected: InspectedPrompt[] = [];
  try {
    for (const studyTask of plan.tasks) {
      for (const variant of studyTask.variants) {
        const asked = cellRequests(studyTask.rows, variant, options.answer);
        const requests = asked.requests.map((request): ScoreRequest =>
          "continuations" in request ? request : { ...request, continuations: [], mode: "sequence" },
        );
        const encoded = await engine.encode(requests);
        requests.forEach((request, i) => {
          const found = encoded[i];
          if (found === undefined) return;
          const answers = found.continuations.map(({ ids, tokens }, j) => ({
            text: request.continuations[j] ?? "",
            ids,
            tokens,
          }));
          inspected.push({
            ...about(studyTask, variant, i),
            text: found.text,
            shots: studyTask.rows.shots.length,
            shots_dropped: found.droppedSegments,
            context_tokens: found.contextTokens,
            answers,
          });
        });
      }
    }
  } finally {
    await engine.close();
  }
  console.out(json ? JSON.stringify(inspected, null, 2) : inspected.map(renderPrompt).join("\n"));
}

function about({ rows }: StudyTask, variant: PromptVariant, index: number) {
  const item = rows.items[index] as (typeof rows.items)[number];
  return {
    task: rows.task.name,
    prompt: variant.id,
    prompt_hash: variant.hash,
    row: item.row,
    right_answer: answerText(rows.task, item.example),
  };
}

function renderPrompt(prompt: InspectedPrompt): string {
  const dropped = prompt.shots_dropped > 0 ? `, ${prompt.shots_dropped} dropped to fit the window` : "";
  const answers = prompt.answers.map(
    ({ text, ids, tokens }) =>
      `  ${JSON.stringify(text)}: ids ${ids.join(" ")}  tokens ${tokens.map((token) => JSON.stringify(token)).join(" ")}`,
  );
  return [
    pc.bold(`── ${prompt.task} / ${prompt.prompt} · row ${prompt.row} · variant ${prompt.prompt_hash.slice(0, 12)}`),
    prompt.text + pc.inverse("◂answer▸"),
    pc.dim(
      `   ${counted(prompt.shots, "shot")}${dropped}; context ${counted(prompt.context_tokens, "token")}; right answer ${JSON.stringify(prompt.right_answer)}`,
    ),
    ...answers,
    "",
  ].join("\n");
}
