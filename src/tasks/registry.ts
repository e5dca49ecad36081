/** Registers built-in tasks and those of plugins alike: it is the only way to a task. */

import picomatch from "picomatch";
import { didYouMean, UsageError } from "../base/errors.js";
import { checkMetric, isMetricDefinition } from "../metrics/define.js";
import { MetricRegistry } from "../metrics/registry.js";
import { BUILTIN_TASKS } from "./builtin/index.js";
import { checkTask, type Task } from "./contract.js";
import { isFamilyDefinition } from "./families/family.js";
import { FamilyRegistry } from "./families/registry.js";

/** Tags the tasks that "all" leaves out. */
const EXTRA = "extra";

export class TaskRegistry {
  readonly metrics = new MetricRegistry();
  readonly families = new FamilyRegistry();
  private readonly tasks = new Map<string, Task>();

  /** @throws UsageError when the definition is wrong or its name is taken */
  register(definition: unknown, source: string): Task {
    const task = checkTask(definition, source, this);
    if (this.tasks.has(task.name))
      throw new UsageError(`${source}: there is already a task named "${task.name}"; choose another name`);
    this.tasks.set(task.name, task);
    return task;
  }

  /**
   * Registers tasks, metrics and families in any order: tasks may name what comes with them.
   * @throws UsageError when a definition is wrong or its name is taken
   */
  addAll(definitions: readonly unknown[], source: string): void {
    for (const one of definitions) if (isMetricDefinition(one)) this.metrics.add(checkMetric(one, source), source);
    for (const one of definitions) if (isFamilyDefinition(one)) this.families.add(one, source);
    const others = definitions.filter((one) => !isMetricDefinition(one) && !isFamilyDefinition(one));
    for (const one of others) this.register(one, source);
  }

  all(): Task[] {
    return [...this.tasks.values()];
  }

  /**
   * Selects tasks by name, glob, family, tag or "all", in the registry's order, each once.
   * @throws UsageError with the nearest name when a pattern matches nothing
   */
  select(patterns: readonly string[]): Task[] {
    const chosen = new Set(patterns.flatMap((pattern) => this.match(pattern)));
    return this.all().filter((task) => chosen.has(task));
  }

  private match(pattern: string): Task[] {
    const all = this.all();
    if (pattern === "all") return all.filter((task) => !task.tags.includes(EXTRA));
    const exact = this.tasks.get(pattern);
    if (exact !== undefined) return [exact];
    const grouped = all.filter((task) => task.family.name === pattern || task.tags.includes(pattern));
    if (grouped.length > 0) return grouped;
    const globbed = /[*?[{!]/.test(pattern) ? all.filter(({ name }) => picomatch.isMatch(name, pattern)) : [];
    if (globbed.length > 0) return globbed;
    const known = [
      ...new Set(["all", ...this.tasks.keys(), ...all.flatMap((task) => [task.family.name, ...task.tags])]),
    ];
    throw new UsageError(`unknown task "${pattern}"${didYouMean(pattern, known)} (amuro-eval ls tasks lists them)`);
  }
}

/** Returns a registry that holds the built-in tasks. */
export function builtinRegistry(): TaskRegistry {
  const registry = new TaskRegistry();
  for (const task of BUILTIN_TASKS) registry.register(task, "amuro-eval");
  return registry;
}
