/** Runs `amuro-eval ls tasks|families|metrics|prompts|axes`: what there is to choose from. */

import Table from "cli-table3";
import { UsageError, didYouMean } from "../../base/errors.js";
import { templatesWith } from "../../templates/catalog.js";
import { AXES, axisSizes } from "../../templates/axes/registry.js";
import { variantOf } from "../../templates/variant.js";
import { shown } from "../../reports/terminal/terminal-table.js";
import type { Console } from "../output/console.js";
import { registryWith } from "../../library/registry.js";

const LISTS = ["tasks", "families", "metrics", "prompts", "axes"] as const;

/** Names modules and packs that add to the lists. */
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
  const lists: Record<string, () => Promise<List> | List> = {
    tasks: async () => ({ rows: await tasks(plugins) }),
    families: async () => ({ rows: await families(plugins, templates) }),
    metrics: async () => ({ rows: await metrics(plugins) }),
    prompts: async () => ({ rows: await prompts(plugins, templates) }),
    axes: () => axes(plugins, templates),
  };
  const list = await (Object.hasOwn(lists, what) ? lists[what]?.() : undefined);
  if (list === undefined) throw new UsageError(`ls ${what}: unknown list${didYouMean(what, LISTS)}`);
  const { rows, whole = rows } = list;
  if (json) {
    console.out(JSON.stringify(whole, null, 2));
    return;
  }
  const head = Object.keys(rows[0] ?? {});
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const row of rows) table.push(Object.values(row));
  console.out(shown(table, console.width));
}

/** Holds a list as a table, and what --json gives in its place where that is more. */
interface List {
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly whole?: readonly object[];
}

async function tasks(plugins: readonly string[]): Promise<Record<string, string>[]> {
  const registry = await registryWith(plugins);
  return registry.all().map((task) => ({
    task: task.name,
    family: task.family.name,
    answer: task.answer.kind,
    metric: task.metrics.map(({ name }) => name).join(", "),
    tags: task.tags.join(", "),
    dataset: task.dataset.description.hub?.id ?? "local files",
  }));
}

async function families(plugins: readonly string[], packs: readonly string[]): Promise<Record<string, string>[]> {
  const all = (await registryWith(plugins)).families.all();
  const catalog = templatesWith(packs, all);
  return all.map(({ name, description, fields, answer }) => ({
    family: name,
    fields: Object.keys(fields).join(", "),
    answers: answer.kinds.join(", "),
    wordings: String(catalog.get(name)?.length ?? 0),
    description,
  }));
}

async function metrics(plugins: readonly string[]): Promise<Record<string, string>[]> {
  const registry = await registryWith(plugins);
  return registry.metrics.all().map(({ name, title, answers, range, higherIsBetter, of, needs }) => ({
    metric: name,
    title,
    answers: answers.join(", "),
    range: range.map((end) => end ?? "∞").join(" to "),
    better: higherIsBetter ? "higher" : "lower",
    of: of === "row" ? "each row" : "all rows",
    from: needs,
  }));
}

async function prompts(plugins: readonly string[], packs: readonly string[]): Promise<Record<string, string>[]> {
  const { families } = await registryWith(plugins);
  return [...templatesWith(packs, families.all())].flatMap(([family, templates]) =>
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

/**
 * Lists each axis with the number of its levels, from the fewest to the most of any task, with four shots and answers
 * as by default.
 */
async function axes(plugins: readonly string[], packs: readonly string[]): Promise<List> {
  const registry = await registryWith(plugins);
  const catalog = templatesWith(packs, registry.families.all());
  // The other lists need nothing of what plans a run.
  const { promptSpace } = await import("../../study/task-prompts.js");
  const sizes = registry.all().map((task) => {
    return [task.name, axisSizes(promptSpace(task, catalog, { numFewshot: 4, answer: "loglikelihood" }))] as const;
  });
  const whole = AXES.map(({ name, was = [], description }) => {
    const levels = sizes.flatMap(([task, own]) => (own[name] === undefined ? [] : [[task, own[name]] as const]));
    return { axis: name, was, description, levels: Object.fromEntries(levels) };
  });
  const rows = whole.map(({ axis, levels, description }) => ({
    axis,
    levels: rangeOf(Object.values(levels)),
    description,
  }));
  return { rows, whole };
}

/** Writes a range: "1 to 36", or "any" where levels are not listed. */
function rangeOf(counts: readonly (number | string)[]): string {
  const sorted = [...new Set(counts)].sort((a, b) => parseInt(String(a)) - parseInt(String(b)));
  return sorted.length === 0 ? "any" : [...new Set([sorted[0], sorted.at(-1)])].join(" to ");
}
