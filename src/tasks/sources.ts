/** Lists where tasks come from beside plugins, named as `SOURCE:PATH`. */

import { lmEvalSource } from "./lm-eval/source.js";
import type { TaskSource } from "./source.js";

export const TASK_SOURCES: readonly TaskSource[] = [lmEvalSource];
