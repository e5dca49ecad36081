/** Runs `amuro-eval validate`: everything a run would refuse, found without running it. */

import { UsageError, UserError } from "../../base/errors.js";
import { openTokenizer } from "../../engine/text/tokenizer.js";
import { engineGroups, groupBytes, type EngineGroup } from "../../study/groups.js";
import { factsOf, openGroup } from "../../study/open-group.js";
import type { StudyOptions } from "../../study/options.js";
import { definitionOf } from "../../study/definition.js";
import { planStudy } from "../../study/make-plan.js";
import { cellCount, type Plan, type StudyCheckpoint } from "../../study/plan.js";
import { cellRequests } from "../../study/requests.js";
import { guessing } from "../../study/results.js";
import type { CheckpointFacts } from "../../store/results.js";
import { score } from "../../base/numbers.js";
import { counted, sized, wrappedLine } from "../../base/wording.js";
import type { Console } from "../output/console.js";
import type { RawOptions } from "../../library/run-options.js";
import { registryWith } from "../../library/registry.js";
import { studyOptions } from "../../library/study-options.js";

/**
 * Reads configuration, plugins, rows and the checkpoints that are on this machine, and renders every prompt once.
 * @throws what a run would throw
 */
export async function validateCommand(raw: RawOptions, json: boolean, console: Console): Promise<void> {
  const say = (line: string) => {
    if (!json) console.out(wrappedLine(line, console.width || Infinity).join("\n"));
  };
  const registry = await registryWith(raw.plugin).catch((error: unknown) => refused(error, raw.plugin, json, console));
  const registered = registry.all().length;
  say(`ok  ${registered} tasks registered`);
  const withModel = raw.model.length + raw.base.length + raw.sft.length > 0;
  const options = studyOptions(withModel ? raw : { ...raw, model: ["builtin"] });
  const plan = await planStudy(options, registry, console.info);
  const checkpoints = withModel ? await checkedCheckpoints(plan, say) : [];
  const tasks = plan.tasks.map(({ rows, variants }) => {
    for (const variant of variants) cellRequests(rows, variant, options.answer);
    const { items, shots, loaded, task, notes } = rows;
    say(
      `ok  ${task.name}: ${counted(items.length, "row")}, ${counted(shots.length, "shot")}, ${counted(variants.length, "prompt")} (${loaded.evalSource})`,
    );
    const { version } = definitionOf(rows);
    const known = guessing(rows);
    say(`    ${definitionLine(version, known)}`);
    for (const { text } of notes) say(`!!  ${text}`);
    const facts = { version, ...known };
    return { task: task.name, ...facts, rows: items.length, shots: shots.length, prompts: variants.map(({ id }) => id), notes }; // prettier-ignore
  });
  for (const { task, reason } of plan.skipped) say(`--  ${task} would be skipped: ${reason}`);
  const cells = cellCount(plan);
  say(`ok  ${counted(cells, "cell")}`);
  if (json) {
    const report = { tasks_registered: registered, checkpoints, tasks, skipped: plan.skipped, cells };
    console.out(JSON.stringify(report, null, 2));
  }
}

/** Prints everything that is wrong with plugins. @throws UsageError that counts it; of one thing, the error itself */
function refused(error: unknown, plugins: readonly string[], json: boolean, console: Console): never {
  if (!(error instanceof UserError) || error.problems.length < 2) throw error;
  const { problems } = error;
  if (json) console.out(JSON.stringify({ problems }, null, 2));
  else for (const problem of problems) console.out(`--  ${problem}`);
  throw new UsageError(`${counted(problems.length, "problem")} in ${counted(plugins.length, "plugin")}`);
}

/** Writes the version of a task's definition, and what guessing and one label for all rows get. */
function definitionLine(version: string, { chance, majority_share: majority }: ReturnType<typeof guessing>): string {
  return [
    `version ${version}`,
    ...(chance === undefined ? [] : [`chance ${score(chance)}`]),
    ...(majority === undefined ? [] : [`commonest label ${score(majority)}`]),
  ].join(", ");
}

/** Holds what --json prints of a checkpoint; of one that would have to be downloaded, how large it is. */
type CheckedCheckpoint = { readonly name: string } & (
  | { readonly kind: string; readonly dtype: string; readonly parameters: number | null }
  | { readonly bytes_to_download: number }
);

async function checkedCheckpoints(plan: Plan, say: (line: string) => void): Promise<CheckedCheckpoint[]> {
  const checked = new Map<string, CheckedCheckpoint>();
  for (const group of engineGroups(plan)) {
    const bytes = await groupBytes(group);
    const facts = bytes > 0 ? undefined : await checkedFacts(group, plan.options);
    for (const checkpoint of group.checkpoints) {
      const { name } = checkpoint.given;
      const about = facts?.get(checkpoint);
      checked.set(
        name,
        about === undefined
          ? { name, bytes_to_download: bytes }
          : { name, kind: about.kind, dtype: about.dtype, parameters: about.parameters },
      );
    }
  }
  return plan.checkpoints.map(({ given: { name } }) => {
    const found = checked.get(name) as CheckedCheckpoint;
    say(`ok  checkpoint ${name}: ${describe(found)}`);
    return found;
  });
}

/** Opens everything that an engine would, and reads all weights. */
async function checkedFacts(group: EngineGroup, options: StudyOptions): Promise<Map<StudyCheckpoint, CheckpointFacts>> {
  const opened = await openGroup(group, options);
  if (!("examination" in opened.opened)) openTokenizer(opened.opened, group.engine.tokenizerFolder);
  return factsOf(group, opened);
}

function describe(checkpoint: CheckedCheckpoint): string {
  if ("bytes_to_download" in checkpoint) return `on the hub, ${sized(checkpoint.bytes_to_download)} to download`;
  const { kind, dtype, parameters } = checkpoint;
  return `${kind}, ${dtype}, ${parameters?.toLocaleString("en") ?? "?"} parameters`;
}
