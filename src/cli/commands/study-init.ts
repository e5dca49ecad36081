/** Runs `amuro-eval study init`: writes a study file to begin with. */

import { writeFileSync } from "node:fs";
import { messageOf, UserError } from "../../base/errors.js";
import type { Console } from "../output/console.js";

/** Shows everything that can be said in a study file. What is commented out is the default. */
export const FIRST_STUDY = `# A study: fine-tune (SFT) every checkpoint on every task, and evaluate all of them before and after.
#   amuro-eval study FILE --dry-run    what it takes
#   amuro-eval study FILE              does it; started again, it goes on where it was

# Before SFT: folders, hub ids, builtin; wildcards stand for all that match, in the order of training.
checkpoints:
  - builtin@step*
# steps: [1000, 18000]              # pick training steps of them
# seeds: [default]                # of a release that has runs of several seeds
# steps-file: steps.csv           # name, step, tokens, stage: where names do not tell
# stage-order: [stage1, lc-*]     # stages in the order of training, where names do not tell

# Rows: hub, sample, builtin, or a folder with TASK.jsonl and TASK.train.jsonl.
data: builtin

sft:
  tasks: [mnli_matched, paws]       # one fine-tuning each, of every checkpoint
  rows: 4000                        # most train rows of a task; 6000 if left out
  # epochs: 3                       # passes over the rows
  lr: 1e-3                          # 2e-6, for summarization 2e-7: right for a model of a billion parameters
  batch-size: 8
  # warmup: 0.03                    # share of the steps in which the learning rate rises; then it falls to 0
  # weight-decay: 0
  # max-length: 2048                # tokens of an example; by default at most the model's window
  # prompts: [default]              # the prompts that rows are shown in, in turn
  # eval-every: 0                   # steps between measuring the loss of held-out rows; every epoch by default
  # seed: 42
  # seeds: [1, 2, 3]                # in place of seed: as many fine-tunings, so that the seed's part can be told
  # dtype: f32                      # of the tuned weights; bf16 takes half the disk
  # engine: trl                     # Hugging Face TRL trains, in python: PATH
  # python: PATH
  # launcher: accelerate            # or srun: one of the processes for each GPU
  # processes: 8
  # by:                             # other settings for single tasks
  #   xsum: { lr: 5e-4 }

evaluate:
  tasks: [mnli_matched, paws]       # names, globs, families, tags or all
  # prompts: [design]               # 24 prompts; with fewer than 12 a change of the sensitivity is hardly ever seen
  limit: 100                        # rows of each task
  num-fewshot: 0                    # 4 if left out; the built-in checkpoints do better without
  # answer: loglikelihood           # first-token, generate
  # chat-template: ["off"]
  # templates: []
  # seed: 42

output: amuro-study                 # results.json, rows/, sft/
# device: auto
# threads: 0
# memory: 4GB
# offline: false
# ignore-config-key: [KEY]          # keys of config.json that are passed over where a checkpoint is refused for them
# plugins: []

# A server is started for each checkpoint, with the meaning of the flags of run.
# serve: vllm                       # or sglang
# server-args: --dtype float32
# python: PATH                      # that has the server
# gpus: [0, 1]                      # one server each
# server-command: COMMAND
# server-requests: 64
# wait-for-server: 1800
`;

/**
 * @param path of the file; one that is there is not touched
 * @throws UserError when it cannot be written
 */
export function studyInitCommand(path: string, console: Console): void {
  try {
    writeFileSync(path, FIRST_STUDY, { flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      code === "EEXIST"
        ? `${path} is there already; choose another name`
        : `${path}: cannot be written (${messageOf(error)})`,
    );
  }
  console.info(`wrote ${path}; amuro-eval study ${path} --dry-run says what it takes`);
}
