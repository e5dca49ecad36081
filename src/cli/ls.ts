/** `amuro-eval ls tasks|prompts`: what there is to choose from. */

import Table from "cli-table3";
import { UsageError, didYouMean } from "../errors.js";
import { FAMILY_NAMES } from "../tasks/families.js";
import { variantsOfFamily } from "../templates/variant.js";
import type { Console } from "./console.js";
import { registryWith } from "./registry.js";

const LISTS = ["tasks", "prompts"] as const;

export async function lsCommand(
  what: string,
  plugins: readonly string[],
  json: boolean,
  console: Console,
): Promise<void> {
  const rows = what === "tasks" ? await tasks(plugins) : what === "prompts" ? prompts() : undefined;
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

function prompts(): Record<string, string>[] {
  return FAMILY_NAMES.flatMap((family) =>
    variantsOfFamily(family).map(({ id, hash, template }) => ({
      family,
      prompt: id,
      style: template.style,
      paper: template.paper ? "yes" : "no",
      hash: hash.slice(0, 12),
      text: JSON.stringify(template.body),
    })),
  );
}
