/** Runs `amuro-eval demo`: the study in miniature, on what comes with the package. */

import { builtinRevisions } from "../../checkpoints/find/builtin.js";
import { completedStudy } from "../../study/study-file.js";
import type { Console } from "../output/console.js";
import { printEnd, throwUnlessDone } from "../output/run-report.js";
import { prepareStudy } from "./prepare-study.js";
import { runStudy } from "./study.js";

/** Lists what is trained on. */
const SFT_TASK = "mnli_matched";

/**
 * Writes the study file of the demo, without shots: so small a model, tuned on single questions, is lost among several.
 * Two points of the built-in training, one task to train on, one of each kind to evaluate.
 */
function demoStudy(output: string): object {
  const revisions = builtinRevisions();
  const [early, last] = [revisions.at(-3), revisions.at(-1)];
  return {
    checkpoints: [`builtin@${String(early)}`, `builtin@${String(last)}`],
    data: "builtin",
    sft: { tasks: SFT_TASK, rows: 4000, epochs: 3, lr: 1e-3 },
    evaluate: { tasks: [SFT_TASK, "rte", "paws", "boolq", "xsum"], "num-fewshot": 0, limit: 50 },
    output,
  };
}

/**
 * @param folder of the study; a demo that was stopped goes on there
 * @throws UserError as studyCommand
 */
export async function demoCommand(
  folder: string,
  json: boolean,
  console: Console,
  interruptible: () => AbortSignal,
): Promise<void> {
  const study = await prepareStudy(completedStudy(demoStudy(folder), "demo"), console);
  const evaluated = await runStudy(study, console, interruptible());
  await printEnd(evaluated, { json, report: true }, console);
  throwUnlessDone(evaluated, console);
}
