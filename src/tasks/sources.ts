/** Lists where tasks come from beside plugins, named as `SOURCE:PATH`. */

import { lmEvalSource } from "./lm-eval/source.js";
import { fileSource, hubSource } from "./dataset/source.js";
import { promptsourceSource } from "./promptsource/source.js";
import type { RowTaskSource, TaskSource } from "./source.js";

export const TASK_SOURCES: readonly TaskSource[] = [lmEvalSource, promptsourceSource];

/** Lists those that have to read rows first, see TaskRegistry.open. */
export const ROW_SOURCES: readonly RowTaskSource[] = [hubSource, fileSource];
