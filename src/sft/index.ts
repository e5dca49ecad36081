/** Gives access to fine-tuning and training of checkpoints: what other parts of the program use. */

export { LOSSES, type LossOver } from "./data/example.js";
export { defaultSettings, type SftData, type SftEvents, type SftOptions, type SftPlan, type SftSettings, type SftStep } from "./options.js"; // prettier-ignore
export type { SftRecord } from "./record.js";
export { trainSft } from "./train.js";
export { handToTrl } from "./trl/hand-off.js";
export { LAUNCHERS, SFT_ENGINES, type TrlRun } from "./trl/launch.js";
