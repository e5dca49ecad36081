/** Fine-tuning and training of checkpoints: what other parts of the program and callers of the library use. */

export { ADAMW_DEFAULTS, type AdamWOptions } from "./adamw.js";
export { openTrainer, type TrainerSource } from "./open-trainer.js";
export type { TrainingText } from "./rows.js";
export { linearSchedule } from "./schedule.js";
export type { Trainer } from "./trainer.js";
export type { OptimizerState, StepResult, TrainerOptions, Values } from "./trainer-types.js";
export { LOSSES, type LossOver } from "./data/example.js";
export { defaultSettings, type LoraSettings, type SftData, type SftEvents, type SftOptions, type SftPlan, type SftSettings, type SftStep } from "./options.js"; // prettier-ignore
export type { SftRecord } from "./record.js";
export { trainSft } from "./train.js";
export { handToTrl, type HandOff } from "./trl/hand-off.js";
