/** Names a design's wordings and presentations in sentences. */

import { counted } from "../base/wording.js";
import type { DesignRecord } from "./document/document.js";

/** Holds the words for one design. */
export interface DesignWords {
  /** "prompt" where every prompt is a wording of its own in one presentation; "wording" otherwise. */
  readonly unit: "prompt" | "wording";
  /** "SD between prompts" or "SD between wordings, the presentation held fixed". */
  readonly sd: string;
  /** Whom an interval over wordings is for. */
  readonly others: string;
  /** "24 prompts", with wordings and presentations where they differ from these. */
  readonly size: string;
  /** "these 2 presentations"; empty for one. */
  readonly presentations: string;
}

export function designWords({ wordings, presentations }: DesignRecord, prompts: number): DesignWords {
  const several = presentations.length > 1;
  if (!several && wordings === prompts) {
    return {
      unit: "prompt",
      sd: "SD between prompts",
      others: "new prompts like these and new rows",
      size: counted(prompts, "prompt"),
      presentations: "",
    };
  }
  const these = several ? `these ${counted(presentations.length, "presentation")}` : "";
  return {
    unit: "wording",
    sd: several ? "SD between wordings, the presentation held fixed," : "SD between wordings",
    others: several ? `new wordings and new rows in ${these}` : "new wordings and new rows",
    size: `${counted(prompts, "prompt")} (${counted(wordings, "wording")}${several ? `, ${counted(presentations.length, "presentation")}` : ""})`,
    presentations: these,
  };
}
