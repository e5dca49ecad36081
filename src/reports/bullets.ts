/** Writes three short conclusions about one view that name the tasks: the first screen of a report. */

import { score, signed } from "../base/numbers.js";
import type { Comparison } from "../analysis/document/document.js";
import { promptMatters, pValues } from "./headline.js";
import { sdCell, sdsOf, totalCell } from "./summary-columns.js";
import { widestOf, type TaskView } from "./view.js";

/** Limits the tasks that one line names; the others are counted. */
const NAMED = 5;

/** Returns what changed in sensitivity, what changed in level, and where prompts lie furthest apart. */
export function bullets(tasks: readonly TaskView[]): string[] {
  const paired = tasks.some(({ comparison }) => comparison !== null);
  return [...(paired ? pairBullets(tasks) : aloneBullets(tasks)), ...widest(tasks)];
}

function pairBullets(tasks: readonly TaskView[]): string[] {
  const sd = (task: TaskView) => {
    const [before, after] = sdsOf(task.comparison as Comparison, task).map(({ text }) => text);
    return `${task.task.name} (SD ${before} → ${after})`;
  };
  const by = (verdict: string) => tasks.filter(({ comparison }) => comparison?.verdict === verdict);
  const moved = parts([
    ["more on", by("rose").map(sd)],
    ["less on", by("fell").map(sd)],
  ]);
  const clear = tasks.filter(({ comparison }) => (comparison?.level.p_holm ?? 1) < 0.05);
  const change = ({ task, comparison }: TaskView) => `${task.name} (${signed(comparison?.level.change)})`;
  const rises = ({ comparison }: TaskView) => (comparison?.level.change ?? 0) > 0;
  const level = parts([
    ["higher on", clear.filter(rises).map(change)],
    ["lower on", clear.filter((task) => !rises(task)).map(change)],
  ]);
  return [
    moved === ""
      ? "The prompt matters neither clearly more nor clearly less on any task."
      : `The prompt matters ${moved}.`,
    level === "" ? "The mean score changes clearly on no task." : `The mean score is ${level}.`,
  ];
}

const UNKNOWN_NOISE = "the noise of the rows is not known";

function aloneBullets(all: readonly TaskView[]): string[] {
  const tasks = all.filter(({ after }) => pValues(after).length > 0);
  if (tasks.length === 0) {
    const why = all.every(({ after }) => after.prompts.length < 2) ? "only one prompt was asked" : UNKNOWN_NOISE;
    return [`How much the prompt matters cannot be told: ${why}.`];
  }
  const matter = tasks.filter(({ after }) => promptMatters(after));
  const sd = ({ task, after }: TaskView) => {
    const over = after.presentations === null ? "" : `, ${totalCell(after).text} with presentations`;
    return `${task.name} (SD ${sdCell(after.sensitivity.probability).text}${over})`;
  };
  const others = tasks.filter((task) => !matter.includes(task)).map(({ task }) => task.name);
  const unknown = all.filter((task) => !tasks.includes(task)).map(({ task }) => task.name);
  return [
    matter.length === 0 ? "No task shows a difference between prompts beyond the noise of the rows." : `Prompts differ beyond the noise of the rows on ${listed(matter.map(sd))}.`,
    ...(matter.length === 0 || others.length === 0 ? [] : [`They show no such difference on ${listed(others)}.`]),
    ...(unknown.length === 0 ? [] : [`It cannot be told on ${listed(unknown)}: one prompt, or ${UNKNOWN_NOISE}.`]),
  ]; // prettier-ignore
}

function widest(tasks: readonly TaskView[]): string[] {
  const found = widestOf([...tasks]);
  if (found === undefined || found.after.prompts.length < 2) return [];
  const { worst, best } = found.after.range;
  return [`Prompts lie furthest apart on ${found.task.name}: from ${score(worst)} to ${score(best)}.`];
}

function parts(all: readonly (readonly [string, readonly string[]])[]): string {
  return all.flatMap(([words, names]) => (names.length === 0 ? [] : [`${words} ${listed(names)}`])).join("; ");
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(", ")} and ${more} more` : names.join(", ");
}
