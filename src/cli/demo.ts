/** `amuro-eval demo`: the study in miniature, on what comes with the package. */

import pc from "picocolors";
import { builtinRevisions } from "../checkpoints/builtin.js";
import type { ComparisonRecord, Results } from "../store/results.js";
import { completedStudy } from "../study/study-file.js";
import { counted } from "../wording.js";
import type { Console } from "./console.js";
import { prepareStudy, runStudy } from "./study.js";

/** What is trained on, and the prompts that are evaluated: the paper's, of which the first is the one trained on. */
const SFT_TASK = "mnli_matched";
const SEEN = "default";

/** The study file of the demo: two points of the built-in training, one task to train on, one of each kind to evaluate. */
function demoStudy(output: string): object {
  const revisions = builtinRevisions();
  const [early, last] = [revisions.at(-3), revisions.at(-1)];
  return {
    checkpoints: [`builtin@${String(early)}`, `builtin@${String(last)}`],
    data: "builtin",
    sft: { tasks: SFT_TASK, rows: 2000, epochs: 2, "learning-rate": 1e-3 },
    evaluate: { tasks: [SFT_TASK, "rte", "paws", "boolq", "xsum"], prompts: "paper", limit: 100 },
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
  const results = await runStudy(study, console, interruptible());
  if (json) console.out(JSON.stringify(results, null, 2));
  else console.out([...headlines(results), "", `All of it: ${folder}/results.json`].join("\n"));
}

/** What happened, in sentences: the task trained on, its prompts, and the other tasks. */
export function headlines({ comparisons, tasks }: Results): string[] {
  return [...new Set(comparisons.map(({ sft }) => sft))].flatMap((name) => {
    const own = comparisons.filter(({ sft }) => sft === name);
    const trained = own.find(({ task, sft_task }) => task === sft_task);
    const others = own.filter((one) => one !== trained);
    const [first] = own as [ComparisonRecord];
    return [
      pc.bold(`${first.base}, fine-tuned on ${String(first.sft_task)}`),
      ...(trained === undefined ? [] : [ownTask(trained), ...byPrompt(trained)]),
      ...others.map(otherTask),
    ];
  });

  function byPrompt({ prompts }: ComparisonRecord): string[] {
    const seen = prompts.find(({ prompt }) => prompt === SEEN);
    const unseen = prompts.filter((one) => one !== seen);
    if (seen === undefined || unseen.length === 0) return [];
    const worst = unseen.reduce((a, b) => (b.after.mean < a.after.mean ? b : a));
    return [
      `  asked as in training (${SEEN}) it gets ${percent(seen.after.mean)}, asked in ${worst.prompt}, which it has not seen, ${percent(worst.after.mean)}.`,
    ];
  }

  function ownTask({ task, mean, mean_before, mean_after }: ComparisonRecord): string {
    const about = tasks.find(({ name }) => name === task);
    return `  ${task}: ${percent(mean_before.mean)} before, ${percent(mean_after.mean)} after (mean of ${counted(about?.prompts.length ?? 0, "prompt")}; change ${signed(mean.mean)} ± ${percent(mean.stderr ?? 0)}).`;
  }

  function otherTask({ task, mean, mean_before, mean_after }: ComparisonRecord): string {
    const clear = mean.stderr !== null && Math.abs(mean.mean) > 1.96 * mean.stderr;
    const word = !clear ? "no clear change" : mean.mean > 0 ? "better" : "worse";
    return `  ${task}, not trained on: ${percent(mean_before.mean)} before, ${percent(mean_after.mean)} after: ${word}.`;
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function signed(share: number): string {
  return `${share < 0 ? "−" : "+"}${percent(Math.abs(share))}`;
}
