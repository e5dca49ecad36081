/** `amuro-eval ls tasks|prompts|axes`: what there is to choose from. */

import Table from "cli-table3";
import { UsageError, didYouMean } from "../../base/errors.js";
import { promptSpace } from "../../study/make-plan.js";
import { templatesWith } from "../../templates/catalog.js";
import { axisSizes } from "../../templates/selection.js";
import { variantOf } from "../../templates/variant.js";
import type { Console } from "../output/console.js";
import { registryWith } from "../flags/registry.js";

const LISTS = ["tasks", "prompts", "axes"] as const;

/** Modules and packs that add to the lists. */
export interface Additions {
  readonly plugins: readonly string[];
  readonly templates: readonly string[];
}

export async function lsCommand(
  what: string,
  { plugins, templates }: Additions,
  json: boolean,
  console: Console,
): Promise<void> {
  const lists: Record<string, () => Promise<Record<string, string | number>[]> | Record<string, string | number>[]> = {
    tasks: () => tasks(plugins),
    prompts: () => prompts(templates),
    axes: () => axes(plugins, templates),
  };
  const rows = await (Object.hasOwn(lists, what) ? lists[what]?.() : undefined);
  if (rows === undefined) throw new UsageError(`ls ${what}: unknown list${didYouMean(what, LISTS)}`);
  if (json) {
    console.out(JSON.stringify(rows, null, 2));
    return;
  }
  const head = Object.keys(rows[0] ?? {});
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const row of rows) table.push(Object.values(row));
  console.out(table.toString());
}

async function tasks(plugins: readonly string[]): Promise<Record<string, string>[]> {
  const registry = await registryWith(plugins);
  return registry.all().map((task) => ({
    task: task.name,
    family: task.family,
    answer: task.answer.kind,
    metric: task.metric,
    tags: task.tags.join(", "),
    dataset: task.dataset.description.hub?.id ?? "local files",
  }));
}

function prompts(packs: readonly string[]): Record<string, string>[] {
  return [...templatesWith(packs)].flatMap(([family, templates]) =>
    templates.map(variantOf).map(({ id, hash, template }) => ({
      family,
      prompt: id,
      style: template.style,
      paper: template.paper ? "yes" : "no",
      hash: hash.slice(0, 12),
      text: JSON.stringify(template.body),
    })),
  );
}

/** Levels of each axis for each task, with four shots and answers as by default. */
async function axes(plugins: readonly string[], packs: readonly string[]): Promise<Record<string, string | number>[]> {
  const registry = await registryWith(plugins);
  const catalog = templatesWith(packs);
  return registry.all().map((task) => ({
    task: task.name,
    ...axisSizes(promptSpace(task, catalog, { numFewshot: 4, answer: "loglikelihood" })),
  }));
}
