/** Fine-tunes a checkpoint: what `amuro-eval sft` does. */

import { trainSft, type SftPlan, type SftRecord, type SftStep } from "../sft/index.js";
import { watched, type Given, type Watch } from "./checked-options.js";
import { pluginNames, registryWith, type Plugins } from "./registry.js";
import type { RawSftOptions } from "./raw-sft-options.js";
import { completedSft, sftOptions } from "./sft-options.js";

/** Holds options of {@link sft}: the flags of `amuro-eval sft`, in camel case, with the same defaults. */
export interface SftOptions
  extends Given<Omit<RawSftOptions, "engine" | "python" | "plugin" | "rows">>, Watch<SftEvent> {
  /** Rows to train on, drawn by the seed, or all of them. */
  readonly rows?: number | "all" | undefined;
  /** Task plugins: modules, or tasks that {@link defineTask} returned. */
  readonly plugin?: Plugins | undefined;
}

/** Describes a step of a fine-tuning. */
export type SftEvent =
  /** A line about what is being done or has to be known. */
  | { readonly kind: "note"; readonly text: string }
  /** Everything is prepared, and `done` steps of an earlier run are taken up. */
  | ({ readonly kind: "start" } & SftPlan)
  | ({ readonly kind: "step" } & SftStep)
  /** Mean loss over the answers of the held-out rows after `step` steps, in nats. */
  | { readonly kind: "evaluation"; readonly step: number; readonly loss: number };

/**
 * Fine-tunes a checkpoint on a task's train split or on conversations, and writes it to a folder. Called again with the
 * same options, it goes on where an earlier call was stopped, and comes to the same weights.
 * @returns the record of the finished training
 * @throws UsageError when options are missing, wrong or contradict each other
 * @throws UserError when checkpoint, data or folder are not what they should be, memory does not suffice, or the loss
 *   is not a number any more
 * @throws InterruptedError when the signal was aborted; the state is stored
 */
export async function sft(options: SftOptions): Promise<SftRecord> {
  const watch = watched<SftEvent, SftOptions>(options, "sft");
  try {
    const { plugins, names } = pluginNames(watch.options.plugin);
    const raw = completedSft({ ...watch.options, plugin: names }, "sft");
    const understood = await sftOptions(raw, await registryWith(plugins));
    const { onProgress } = watch;
    const events = {
      onNote: (text: string) => {
        onProgress({ kind: "note", text });
      },
      onStart: (plan: SftPlan) => {
        onProgress({ kind: "start", ...plan });
      },
      onStep: (step: SftStep) => {
        onProgress({ kind: "step", ...step });
      },
      onEvaluation: (step: number, loss: number) => {
        onProgress({ kind: "evaluation", step, loss });
      },
    };
    return await trainSft(understood, events, watch.signal);
  } finally {
    watch.settle();
  }
}
