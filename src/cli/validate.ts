/** `amuro-eval validate`: everything a run would refuse, found without running it. */

import { cellCount, planStudy } from "../study/plan.js";
import { cellRequests } from "../study/requests.js";
import type { Console } from "./console.js";
import type { RawOptions } from "./flags.js";
import { registryWith } from "./registry.js";
import { studyOptions } from "./study-options.js";

/** Reads configuration, plugins, rows and checkpoint headers, and renders every prompt once. @throws what a run would throw */
export async function validateCommand(raw: RawOptions, console: Console): Promise<void> {
  const registry = await registryWith(raw.plugin);
  console.out(`ok  ${registry.all().length} tasks registered`);
  const withModel = raw.model.length + raw.base.length > 0;
  const options = studyOptions(withModel ? raw : { ...raw, model: ["builtin"] });
  const plan = await planStudy(options, registry, console.info);
  for (const { given, opened } of withModel ? plan.checkpoints : []) {
    console.out(
      `ok  checkpoint ${given.name}: ${opened.kind}, ${opened.dtype}, ${opened.parameters?.toLocaleString("en") ?? "?"} parameters`,
    );
  }
  for (const { rows, variants } of plan.tasks) {
    for (const variant of variants) cellRequests(rows, variant, options.answer);
    console.out(
      `ok  ${rows.task.name}: ${rows.items.length} rows, ${rows.shots.length} shots, ${variants.length} prompts (${rows.loaded.evalSource})`,
    );
  }
  for (const { task, reason } of plan.skipped) console.out(`--  ${task} would be skipped: ${reason}`);
  console.out(`ok  ${cellCount(plan)} cells`);
}
