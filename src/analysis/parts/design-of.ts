/** Decides which prompts share a wording and which share a presentation. */

import { naturally } from "../../base/wording.js";
import { type CrossedDesign, crossedDesign, inOrder, ownWordings } from "../../statistics/crossed/design.js";
import { WORDING_AXES } from "../../importers/prompt-name.js";
import type { AnalysedPrompt, DesignRecord } from "../document/document.js";

/** Lists the axes whose levels are random draws of the shots. */
const DRAW_AXES: readonly string[] = ["shot_draw", "shot-draw", "draw"];

/** Holds a design with its description. */
export interface PromptDesign {
  readonly design: CrossedDesign;
  readonly record: DesignRecord;
}

/**
 * Reads the design from the recorded axes of the prompts:
 *
 * 1. The wording of a prompt is its format, or its template where it has no format.
 * 2. A draw of shots goes with its wording where no other wording has the same draw; draws that wordings share are
 * fixed.
 * 3. Everything else on which prompts differ, fixed draws included, is the presentation: answer words, the layout of
 *    choices, the number and order of shots, the chat layout.
 * 4. Prompts without recorded axes, or without any axis of wordings, are each a wording of their own, in one
 * presentation.
 * 5. Where presentations are so many that they have fewer than two prompts each in the mean, none can be held fixed:
 *    prompts stand in one presentation, by wording where there are several, and else each as its own.
 */
export function designOf(ids: readonly string[], described: readonly AnalysedPrompt[]): PromptDesign {
  const prompts = ids.map((id) => described.find((one) => one.id === id)?.axes ?? {});
  const wordings = prompts.map((axes) => first(axes, WORDING_AXES));
  if (wordings.includes(null)) return alike(ownWordings(ids.length));
  const named = wordings as string[];
  const names = [...new Set(prompts.flatMap((axes) => Object.keys(axes)))].filter((name) => {
    if (WORDING_AXES.includes(name)) return false;
    const levels = prompts.map((axes) => String(axes[name] ?? null));
    if (new Set(levels).size < 2) return false;
    return !(DRAW_AXES.includes(name) && goesWithWording(levels, named));
  });
  names.sort(naturally);
  const presentations = presentationNames(prompts, names);
  const number = new Set(presentations).size;
  const several = new Set(named).size > 1;
  if (2 * number > ids.length) {
    const one = presentations.map(() => "");
    return alike(several && number > 1 ? crossedDesign(named, one) : ownWordings(ids.length));
  }
  const design = crossedDesign(named, presentations);
  return { design, record: recordOf(design, inOrder(presentations)) };
}

/**
 * Names the presentation of each prompt by its levels. An axis that some prompts do not have, such as the letters
 * before choices that are not listed, is named only where the other axes leave two presentations alike.
 */
function presentationNames(prompts: readonly AnalysedPrompt["axes"][], names: readonly string[]): string[] {
  const label = (of: readonly string[]) =>
    prompts.map((axes) => of.map((name) => `${name}=${axes[name] ?? "none"}`).join(", "));
  const [all, common] = [label(names), label(names.filter((name) => prompts.every((axes) => axes[name] != null)))];
  return new Set(common).size === new Set(all).size ? common : all;
}

/** Names what the prompt is worded by: its format or template, else the prompt itself. */
export function wordingOf({ id, axes }: AnalysedPrompt): string {
  return first(axes, WORDING_AXES) ?? `prompt=${id}`;
}

function first(axes: AnalysedPrompt["axes"], names: readonly string[]): string | null {
  for (const name of names) {
    const level = axes[name];
    if (level !== null && level !== undefined) return `${name}=${level}`;
  }
  return null;
}

/** Tells whether no draw stands with two wordings. */
function goesWithWording(draws: readonly string[], wordings: readonly string[]): boolean {
  const known = new Map<string, string>();
  return draws.every((draw, p) => {
    const wording = wordings[p] as string;
    const before = known.get(draw) ?? wording;
    known.set(draw, before);
    return before === wording;
  });
}

function alike(design: CrossedDesign): PromptDesign {
  return { design, record: recordOf(design, [""]) };
}

function recordOf(design: CrossedDesign, presentations: readonly string[]): DesignRecord {
  return { wordings: design.wordings, presentations, balanced: design.balanced };
}
