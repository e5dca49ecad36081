/** Registers every axis of the prompt space, and what is done with all of them. */

import { didYouMean, UsageError } from "../../base/errors.js";
import type { Task } from "../../tasks/contract.js";
import type { PromptSpace } from "../space.js";
import type { Template } from "../template.js";
import type { Asked, Axis, LevelAxis, Levels, Setting } from "./axis.js";
import { balance } from "./balance.js";
import { chat } from "./chat.js";
import { choiceOrder } from "./choice-order.js";
import { choices } from "./choices.js";
import { draw } from "./draw.js";
import { enumerator } from "./enumerator.js";
import { format } from "./format.js";
import { instructionPlace } from "./instruction-place.js";
import { labels } from "./labels.js";
import { noise } from "./noise.js";
import { persona } from "./persona.js";
import { shotOrder } from "./shot-order.js";
import { shotSeparator } from "./shot-separator.js";
import { shots } from "./shots.js";
import { wording } from "./wording.js";

/** Lists every axis, in the order in which levels are applied, names give them and results record them. */
export const AXES: readonly Axis[] = [
  wording,
  format,
  labels,
  choices,
  enumerator,
  choiceOrder,
  shots,
  draw,
  shotOrder,
  balance,
  shotSeparator,
  chat,
  noise,
  instructionPlace,
  persona,
];

/** Lists the axes whose levels are written `+axis=level`. */
export const LEVEL_AXES: readonly LevelAxis[] = AXES.filter((axis): axis is LevelAxis => "parse" in axis);

/**
 * Lists the axes that every sample of the product varies, in the order in which their levels are drawn from its one
 * random stream. The list is a part of what `cross:N@SEED` means and does not change: an axis that is named beside it
 * has a stream of its own.
 */
export const CROSSED: readonly LevelAxis[] = [
  choices,
  choiceOrder,
  labels,
  enumerator,
  draw,
  shotOrder,
  balance,
  shotSeparator,
] as readonly LevelAxis[];

const BY_NAME = new Map(AXES.flatMap((axis) => [axis.name, ...(axis.was ?? [])].map((name) => [name, axis] as const)));

/** Finds an axis by its name or an older one. */
export function axisNamed(name: string): Axis | undefined {
  return BY_NAME.get(name);
}

/**
 * Finds an axis whose levels are written `+axis=level`, by its name or an older one.
 * @throws UsageError with the nearest name
 */
export function levelAxisNamed(name: string): LevelAxis {
  const axis = LEVEL_AXES.find((one) => one === axisNamed(name));
  if (axis !== undefined) return axis;
  const known = LEVEL_AXES.map((one) => one.name);
  throw new UsageError(`prompt axis "${name}": unknown${didYouMean(name, known)} (write +AXIS=LEVEL)`);
}

/** Names a prompt: what its wording or format is called, and its levels where they are not its own. */
export function nameWith(base: string, levels: Levels): string {
  const given = LEVEL_AXES.flatMap((axis) => {
    const level = axis.of(levels);
    return level === undefined ? [] : [`+${axis.name}=${axis.write(level)}`];
  });
  return base + given.join("");
}

/** Gives the levels that a prompt has without being told, said outright. */
export function ownLevels(asked: Asked): Levels {
  return collected((axis) => axis.own(asked));
}

/** Gives the levels that a wording itself asks for, e.g. the answers that it names. */
export function naturalLevels(task: Task, template: Template): Levels {
  return collected((axis) => axis.natural?.(template, task));
}

/** Leaves out levels that a prompt has anyway, so that equal prompts have equal names. */
export function withoutOwn(levels: Levels, asked: Asked): Levels {
  return collected((axis) => {
    const [level, own] = [axis.of(levels), axis.own(asked)];
    return level === undefined || own === undefined || axis.write(level) !== axis.write(own) ? level : undefined;
  });
}

function collected(levelOf: (axis: LevelAxis) => unknown): Levels {
  return Object.fromEntries(
    LEVEL_AXES.flatMap((axis) => {
      const level = levelOf(axis);
      return level === undefined ? [] : [[axis.name, level]];
    }),
  );
}

/** Says why levels do not go together, or with the template or task; undefined where they do. */
export function whyUnfit(levels: Levels, setting: Setting): string | undefined {
  const { template } = setting;
  for (const axis of LEVEL_AXES) {
    if (axis.rewrites === true && axis.of(levels) !== undefined && template.brings?.source !== undefined) {
      return `the wording ${template.id} is written row by row, so ${axis.name} cannot change its text`;
    }
    const reason = axis.unfit?.(axis.of(levels), levels, setting);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/**
 * Counts the levels of each axis for a task: 1 where it does nothing, with a plus where there are more than are listed.
 */
export function axisSizes(space: PromptSpace): Record<string, number | string> {
  return Object.fromEntries(
    AXES.flatMap((axis) => {
      if (axis.size !== undefined) return [[axis.name, axis.size(space)]];
      const level = LEVEL_AXES.find((one) => one === axis);
      const listed = level?.levels?.(space).length;
      if (listed === undefined) return [];
      const more = level?.many !== undefined && listed > 0 ? "+" : "";
      return [[axis.name, more === "" ? Math.max(1, listed) : `${listed}+`]];
    }),
  );
}
