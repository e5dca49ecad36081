/** Plans of small studies. */

import { planStudy } from "../../src/study/make-plan.js";
import type { Plan } from "../../src/study/plan.js";
import type { CheckpointSpec, StudyOptions } from "../../src/study/options.js";
import { builtinRegistry, type TaskRegistry } from "../../src/tasks/registry.js";

/** @param options what is not as here: two prompts, one shot, three sample rows a task */
export function smallStudy(
  checkpoints: readonly (Pick<CheckpointSpec, "name" | "spec"> & Partial<CheckpointSpec>)[],
  options: Partial<StudyOptions> = {},
  registry: TaskRegistry = builtinRegistry(),
): Promise<Plan> {
  return planStudy(
    {
      checkpoints: checkpoints.map((one) => ({
        revision: undefined,
        stage: undefined,
        sftTask: undefined,
        base: undefined,
        ...one,
      })),
      tasks: ["rte", "arc_easy", "xsum"],
      prompts: ["io", "default"],
      chatLayouts: [undefined],
      answer: "loglikelihood",
      numFewshot: 1,
      limit: 3,
      seed: 1,
      device: "cpu",
      threads: 1,
      data: { kind: "sample" },
      offline: true,
      ...options,
    },
    registry,
  );
}
