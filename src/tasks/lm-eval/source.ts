/** Reads tasks of lm-evaluation-harness: `lm-eval:PATH`, `lm-eval:FOLDER#NAME`. */

import { UserError } from "../../base/errors.js";
import type { TaskDefinition } from "../contract.js";
import type { RefusedTask, SourceTasks, TaskSource } from "../source.js";
import { slug } from "../task-name.js";
import { tasksAt } from "./files.js";
import { grouped, ungrouped } from "./grouping.js";
import { lmEvalTask, type LmEvalTask, type PlacedConfig } from "./task.js";

/** Begins the names of these tasks, of which many are those of built-in ones. */
const PREFIX = "lm_eval_";

export const lmEvalSource: TaskSource = {
  name: "lm-eval",
  read: (path, { groupPrompts = false }): SourceTasks => {
    const refused: RefusedTask[] = [];
    const placed: PlacedConfig[] = [];
    for (const one of tasksAt(path)) {
      if ("error" in one) refused.push({ task: one.task, reason: one.error.message });
      else placed.push(one);
    }
    const groups = (groupPrompts ? grouped : ungrouped)(placed);
    const tasks = groups.flatMap(({ name, files }) => {
      try {
        const task = lmEvalTask(PREFIX + slug(name), files);
        return [{ definition: definitionOf(task), metrics: task.own }];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        refused.push({ task: name, reason: error.message, detail: error.detail });
        return [];
      }
    });
    return { tasks, refused };
  },
};

function definitionOf({ dataset, firstShots, notes, ...made }: LmEvalTask): TaskDefinition {
  const { name, description: about, tags, family, answer, metrics, toExample } = made;
  const { description, files, shotRows, fileName, change } = dataset;
  return {
    name,
    description: about,
    tags,
    family,
    answer,
    metrics,
    toExample,
    dataset: {
      ...description,
      ...(files === undefined ? {} : { files }),
      ...(shotRows === undefined ? {} : { shotRows }),
      ...(fileName === undefined ? {} : { fileName }),
      ...(change === undefined ? {} : { change }),
    },
    shots: firstShots ? "first" : "drawn",
    notes,
  };
}
