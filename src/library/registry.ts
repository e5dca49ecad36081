/** The registry that a run works with: built-in tasks and what is added to them. */

import { loadPlugin } from "../tasks/plugin.js";
import { builtinRegistry, type TaskRegistry } from "../tasks/registry.js";
import { isMetricDefinition, type MetricDefinition } from "../metrics/define.js";
import type { TaskDefinition } from "../tasks/contract.js";

/** A task of any rows, or a metric made by `defineMetric`. */
export type AnyTask = TaskDefinition<never> | MetricDefinition;

/** @param plugins modules that export tasks and metrics, or tasks and metrics themselves; metrics stand before tasks that name them */
export async function registryWith(plugins: readonly (string | AnyTask)[]): Promise<TaskRegistry> {
  const registry = builtinRegistry();
  for (const plugin of plugins) {
    if (typeof plugin === "string") await loadPlugin(registry, plugin);
    else if (isMetricDefinition(plugin)) registry.addMetric(plugin, "plugin");
    else registry.register(plugin, "plugin");
  }
  return registry;
}

/** Modules and tasks as options may name them: one, or several. */
export type Plugins = string | AnyTask | readonly (string | AnyTask)[];

/** A list of plugins, with tasks named as options record them. */
export function pluginNames(plugins: Plugins | undefined): {
  readonly plugins: readonly (string | AnyTask)[];
  readonly names: readonly string[];
} {
  const list = plugins === undefined ? [] : [plugins].flat();
  return {
    plugins: list,
    names: list.map((one) =>
      typeof one === "string"
        ? one
        : `${isMetricDefinition(one) ? "metric" : "task"} ${String((one as { readonly name?: unknown } | null)?.name)}`,
    ),
  };
}
