/** Level and sensitivity of one grid. */

import { atBoundary, type GridMoments, logitMoments, type Scale } from "../../statistics/moments.js";
import { variance } from "../../statistics/uncertainty.js";
import { promptSd, varianceComponents, type VarianceComponents } from "../../statistics/variance-components.js";
import type { SensitivityRecord, VarianceRecord } from "../document/document.js";
import type { Measured } from "../read/input.js";
import { finite, intervalRecord } from "../document/records.js";

/** @returns null for fewer than two prompts */
export function sensitivityOf(moments: GridMoments, scale: Scale, noise: Measured["noise"]): SensitivityRecord | null {
  if (moments.prompts < 2) return null;
  const here = scale === "logit" ? logitMoments(moments) : moments;
  const components = noise === null ? null : varianceComponents(here);
  const boundary = atBoundary(moments);
  if (components === null) {
    return {
      raw_sd: Math.sqrt(variance(here.means)),
      corrected_sd: null,
      interval: null,
      p_no_effect: null,
      components: null,
      noise: null,
      at_boundary: boundary,
    };
  }
  const sd = promptSd(components);
  return {
    raw_sd: sd.raw,
    corrected_sd: sd.corrected,
    interval: intervalRecord(sd.interval),
    p_no_effect: finite(sd.pNoEffect),
    components: varianceRecord(components, noise),
    noise,
    at_boundary: boundary,
  };
}

function varianceRecord({ prompt, item, residual }: VarianceComponents, noise: Measured["noise"]): VarianceRecord {
  if (noise !== "crossed") return { prompt, item: null, residual, share_prompt: null };
  const total = Math.max(0, prompt) + Math.max(0, item) + residual;
  return { prompt, item, residual, share_prompt: total > 0 ? Math.max(0, prompt) / total : null };
}
