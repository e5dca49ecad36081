/** Publishes the schema of an analysis. */

import { published } from "../../base/schema.js";
import { compileSchema } from "../../base/validation.js";
import { Analysis, ANALYSIS_SCHEMA } from "./document.js";

/** Holds the schema that is published as schemas/analysis.schema.json. */
export const PUBLISHED_ANALYSIS = published({ $id: ANALYSIS_SCHEMA, title: "An analysis of amuro-eval" }, Analysis);

/** Tells whether a value fits schemas/analysis.schema.json. */
export const isAnalysis = compileSchema<Analysis>(PUBLISHED_ANALYSIS);
