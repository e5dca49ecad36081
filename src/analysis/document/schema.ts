/** The published schema of an analysis. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../base/package-info.js";
import { compileSchema } from "../../base/validation.js";
import type { Analysis } from "./document.js";

/** True when a value fits schemas/analysis.schema.json. */
export const isAnalysis = compileSchema<Analysis>(
  JSON.parse(readFileSync(join(PACKAGE_ROOT, "schemas", "analysis.schema.json"), "utf8")) as object,
);
