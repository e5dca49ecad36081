/** Reads what a study file says: its options, bases and trainings. */

import { parseDevice } from "../../engine/backends/devices.js";
import { UsageError } from "../../base/errors.js";
import type { Understood } from "../../study/evaluation.js";
import type { StudyFile } from "../../study/study-file.js";
import { studyBases, studyTrainings, type StudyBase, type Training } from "../../study/trainings.js";
import type { TaskRegistry } from "../../tasks/registry.js";
import type { Console } from "../output/console.js";
import { withPromptFiles } from "../../library/prompt-list.js";
import { askedColumns } from "../../tasks/source.js";
import { registryWith } from "../../library/registry.js";
import { bytesOf, dataSource } from "../../library/study-options.js";

/** Holds a study that was read and is ready to be trained. */
export interface PreparedStudy {
  readonly file: StudyFile;
  readonly understood: Understood;
  readonly registry: TaskRegistry;
  readonly bases: readonly StudyBase[];
  readonly trainings: readonly Training[];
}

/** @throws UsageError when something that the file names is not there */
export async function prepareStudy(file: StudyFile, console: Console): Promise<PreparedStudy> {
  const registry = await registryWith(file.plugins);
  const understood = {
    data: dataSource(file),
    device: parseDevice(file.device),
    memory: file.memory === undefined ? undefined : bytesOf(file.memory),
    prompts: withPromptFiles(file.evaluate.prompts),
  };
  const { limit } = file.evaluate;
  if (limit !== undefined && limit >= 1 && !Number.isInteger(limit))
    throw new UsageError(`evaluate.limit is ${limit}; give a number of rows or a fraction between 0 and 1`);
  const asked = askedColumns(file);
  await registry.open([...file.sft.tasks, ...file.evaluate.tasks], { asked, data: understood.data });
  registry.select(file.evaluate.tasks);
  const bases = await studyBases(file, console.info);
  const trainings = await studyTrainings(file, bases, understood.data, registry);
  return { file, understood, registry, bases, trainings };
}
