/** The registry a command works with: built-in tasks and the plugins asked for. */

import { loadPlugin } from "../../tasks/plugin.js";
import { builtinRegistry, type TaskRegistry } from "../../tasks/registry.js";

export async function registryWith(plugins: readonly string[]): Promise<TaskRegistry> {
  const registry = builtinRegistry();
  for (const plugin of plugins) await loadPlugin(registry, plugin);
  return registry;
}
