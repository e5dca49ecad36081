/** Registers all importers: one is entered in this one place. */

import type { Importer } from "./importer.js";
import { amuroEval } from "./kinds/amuro-eval.js";
import { dove } from "./kinds/dove.js";
import { everyEvalEver } from "./kinds/every-eval-ever.js";
import { helm } from "./kinds/helm.js";
import { inspectAi } from "./kinds/inspect.js";
import { lighteval } from "./kinds/lighteval.js";
import { lmEval } from "./kinds/lm-eval.js";
import { longTableRows } from "./kinds/long.js";
import { matrix } from "./kinds/matrix.js";
import { olmes } from "./kinds/olmes.js";
import { promptEval } from "./kinds/prompteval.js";
import { promptfoo } from "./kinds/promptfoo.js";

/** Lists importers; a file is of the first kind that knows it. */
export const IMPORTERS: readonly Importer[] = [
  lmEval,
  inspectAi,
  promptfoo,
  everyEvalEver,
  lighteval,
  helm,
  olmes,
  dove,
  promptEval,
  amuroEval,
  longTableRows,
  matrix,
];
