/** `amuro-eval validate`: everything a run would refuse, found without running it. */

import { cellCount, planStudy } from "../study/plan.js";
import { cellRequests } from "../study/requests.js";
import { counted } from "../wording.js";
import type { Console } from "./console.js";
import type { RawOptions } from "./flags.js";
import { registryWith } from "./registry.js";
import { studyOptions } from "./study-options.js";

/** Reads configuration, plugins, rows and checkpoint headers, and renders every prompt once. @throws what a run would throw */
export async function validateCommand(raw: RawOptions, json: boolean, console: Console): Promise<void> {
  const say = json ? () => undefined : console.out;
  const registry = await registryWith(raw.plugin);
  const registered = registry.all().length;
  say(`ok  ${registered} tasks registered`);
  const withModel = raw.model.length + raw.base.length + raw.sft.length > 0;
  const options = studyOptions(withModel ? raw : { ...raw, model: ["builtin"] });
  const plan = await planStudy(options, registry, console.info);
  const checkpoints = (withModel ? plan.checkpoints : []).map(({ given, opened }) => {
    const { kind, dtype, parameters } = opened;
    say(`ok  checkpoint ${given.name}: ${kind}, ${dtype}, ${parameters?.toLocaleString("en") ?? "?"} parameters`);
    return { name: given.name, kind, dtype, parameters: parameters ?? null };
  });
  const tasks = plan.tasks.map(({ rows, variants }) => {
    for (const variant of variants) cellRequests(rows, variant, options.answer);
    const { items, shots, loaded, task } = rows;
    say(
      `ok  ${task.name}: ${counted(items.length, "row")}, ${counted(shots.length, "shot")}, ${counted(variants.length, "prompt")} (${loaded.evalSource})`,
    );
    return { task: task.name, rows: items.length, shots: shots.length, prompts: variants.map(({ id }) => id) };
  });
  for (const { task, reason } of plan.skipped) say(`--  ${task} would be skipped: ${reason}`);
  const cells = cellCount(plan);
  say(`ok  ${counted(cells, "cell")}`);
  if (json) {
    const report = { tasks_registered: registered, checkpoints, tasks, skipped: plan.skipped, cells };
    console.out(JSON.stringify(report, null, 2));
  }
}
