/** Says what the index of sharded weights holds: which shard has each tensor. */

import { compileSchema } from "../../base/validation.js";

export const isWeightIndex = compileSchema<{ weight_map: Record<string, string> }>({
  type: "object",
  required: ["weight_map"],
  properties: { weight_map: { type: "object", additionalProperties: { type: "string", pattern: "^[^/\\\\]+$" } } },
});
