/** Writes the settings of a training in the words of TRL, accelerate and DeepSpeed. */

import type { SftSettings } from "../options.js";

/** Writes the arguments of trl.SFTConfig, the same training as here; see its documentation for each. */
export function sftConfig(
  { learningRate, epochs, batchSize, warmup, weightDecay, clip, loss, seed, dtype, saveEvery, evalEvery }: SftSettings,
  { steps, perEpoch, heldOut }: { readonly steps: number; readonly perEpoch: number; readonly heldOut: boolean },
): Readonly<Record<string, unknown>> {
  return {
    num_train_epochs: epochs,
    max_steps: steps,
    // Of all processes together: train.py shares it out.
    per_device_train_batch_size: batchSize,
    gradient_accumulation_steps: 1,
    learning_rate: learningRate,
    lr_scheduler_type: "linear",
    warmup_steps: Math.ceil(steps * warmup),
    optim: "adamw_torch",
    adam_beta1: 0.9,
    adam_beta2: 0.999,
    adam_epsilon: 1e-8,
    weight_decay: weightDecay,
    // 0 leaves gradients as they are.
    max_grad_norm: Number.isFinite(clip) ? clip : 0,
    completion_only_loss: loss === "answer",
    packing: false,
    // Examples are cut already.
    max_length: null,
    seed,
    bf16: dtype === "bf16",
    logging_steps: 1,
    report_to: "none",
    save_strategy: "steps",
    save_steps: saveEvery ?? perEpoch,
    save_total_limit: saveEvery === undefined ? 1 : null,
    eval_strategy: heldOut ? "steps" : "no",
    eval_steps: evalEvery === undefined || evalEvery === 0 ? perEpoch : evalEvery,
  };
}

/**
 * Sets ZeRO stage 2 (Rajbhandari et al. 2020, arXiv:1910.02054): optimizer state and gradients are shared out. 2020,
 * arXiv:1910.02054): optimizer state and gradients are shared out.
 */
export const DEEPSPEED_CONFIG = {
  bf16: { enabled: "auto" },
  zero_optimization: { stage: 2, overlap_comm: true, contiguous_gradients: true },
  gradient_clipping: "auto",
  gradient_accumulation_steps: "auto",
  train_micro_batch_size_per_gpu: "auto",
  train_batch_size: "auto",
} as const;

/** @param deepspeed absolute path of deepspeed.json */
export function accelerateConfig(deepspeed: string): string {
  return `# accelerate launch --config_file accelerate.yaml train.py; num_processes is the number of GPUs
compute_environment: LOCAL_MACHINE
distributed_type: DEEPSPEED
deepspeed_config:
  deepspeed_config_file: ${JSON.stringify(deepspeed)}
  zero3_init_flag: false
num_machines: 1
num_processes: 2
machine_rank: 0
main_training_function: main
`;
}
