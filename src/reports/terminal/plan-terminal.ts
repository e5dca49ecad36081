/** Shows a plan in the terminal: what the pilot saw, what is needed, what to run next. */

import type { NeedRecord, PlanEntry, StudyPlan } from "../../analysis/planning/plan-document.js";
import { coefficient, interval, percent, score, sdFigure, shortCount } from "../../base/numbers.js";
import { counted, wrapped } from "../../base/wording.js";
import { lineWidth, newTable, shown } from "./terminal-table.js";

/** Limits the entries that are shown; the most demanding come first. */
const SHOWN = 12;

type SizeOrNull = NeedRecord["least"];

/** @param width columns of the terminal */
export function renderPlan(plan: StudyPlan, width = Infinity): string {
  const planned = plan.entries.filter(({ why }) => why === null);
  const sorted = [...planned].sort((a, b) => scores(b) - scores(a));
  const lines = [...pilotTable(sorted.slice(0, SHOWN), plan, width), ...needTable(sorted.slice(0, SHOWN), width)];
  if (sorted.length > SHOWN)
    lines.push(`  and ${counted(sorted.length - SHOWN, "other")} that need less; --json has them`);
  const failed = plan.entries.filter(({ why }) => why !== null);
  for (const { task, base, why } of failed.slice(0, SHOWN)) lines.push(`  ${base} on ${task}: ${why}`);
  return [...lines, ...seedTable(plan, width), "", ...endOf(plan, lineWidth(width))].join("\n");
}

/** Scores that an entry needs; more than any where something cannot be reached. */
function scores({ needs }: PlanEntry): number {
  return Math.max(0, ...needs.map(({ least }) => (least === null ? Infinity : least.wordings * least.rows)));
}

function named({ task, base, sft }: PlanEntry): string {
  return `${task}  ${sft === null ? base : `${base} → ${sft}`}`;
}

function pilotTable(entries: readonly PlanEntry[], { wanted }: StudyPlan, width: number): string[] {
  if (entries.length === 0) return [];
  const table = newTable(["pilot", "wordings x rows", "SD between wordings [95 %]", `sees change of the SD, power ${coefficient(wanted.power)}`, "sees change of the mean"]); // prettier-ignore
  for (const entry of entries) {
    const { pilot, assumed, sees } = entry;
    const { text, beside } = sdFigure(assumed?.sd, assumed?.sd_interval);
    table.push([
      named(entry),
      `${pilot.wordings} x ${pilot.rows}`,
      `${text} ${beside}`,
      seenChanges(sees),
      `± ${score(sees?.change)}`,
    ]);
  }
  return [shown(table, width), ""];
}

/** Writes the nearest fall and rise of the SD that the pilot's design sees: as ratios, from 0 as what it rises to. */
function seenChanges(sees: PlanEntry["sees"]): string {
  const { rise_ratio: rise = null, fall_ratio: fall = null, rise_to: to = null } = sees ?? {};
  if (rise === null && to !== null) return `rise to ${score(to)}`;
  const [falls, rises] = [fall, rise].map((one) => one !== null && coefficient(one));
  if (falls === false && rises === false) return "neither fall nor rise";
  return [falls === false ? "no fall" : `fall x ${falls}`, rises === false ? "no rise" : `rise x ${rises}`].join(", ");
}

function needTable(entries: readonly PlanEntry[], width: number): string[] {
  const rows = entries.flatMap((entry) => entry.needs.map((need) => ({ entry, need })));
  if (rows.length === 0) return [];
  const table = newTable(["needed", "for", "here", "wordings on these rows", "rows of these wordings", "least, wordings x rows", "by the SD's interval"]); // prettier-ignore
  for (const { entry, need } of rows) {
    const { what, present, wordings, rows: n, least, range, why } = need;
    table.push([
      named(entry),
      what,
      score(present),
      why === null ? (wordings ?? "over 96") : "–",
      why === null ? (n ?? "too few") : "–",
      why === null ? size(least) : "–",
      range === null ? "" : sizes(range.best, range.worst),
    ]);
  }
  const reasons = new Set(rows.flatMap(({ need, entry }) => (need.why === null ? [] : [`  ${need.what} on ${entry.task}: ${need.why}`]))); // prettier-ignore
  return [shown(table, width), ...[...reasons].flatMap((reason) => wrapped(reason.trim(), lineWidth(width) - 2).map((line) => `  ${line}`))]; // prettier-ignore
}

/** Writes what the pilot's seeds see, and how many are needed. */
function seedTable({ seeds, wanted }: StudyPlan, width: number): string[] {
  if (seeds.length === 0) return [];
  const table = newTable(["seeds", "SD between seeds [95 %]", `sees change of the mean, power ${coefficient(wanted.power)}`, "for", "here", "seeds needed", "by the SD's interval"]); // prettier-ignore
  for (const one of seeds.slice(0, SHOWN)) {
    const head = [`${one.task}  ${one.arm}, ${one.seeds}`, `${score(one.sd)} ${interval(one.sd_interval)}`, `± ${score(one.sees)}`]; // prettier-ignore
    if (one.needs.length === 0) table.push([...head, "–", "–", "–", ""]);
    for (const { what, present, seeds: n, range } of one.needs) {
      table.push([...head, what, score(present), n ?? "over 30", `${range.best ?? "over 30"} to ${range.worst ?? "over 30"}`]); // prettier-ignore
    }
  }
  const more = seeds.length > SHOWN ? [`  and ${counted(seeds.length - SHOWN, "other")}; --json has them`] : [];
  return ["", shown(table, width), ...more];
}

function sizes(best: SizeOrNull, worst: SizeOrNull): string {
  const [from, to] = [size(best), size(worst)];
  return from === to ? from : `${from} to ${to}`;
}

function size(of: SizeOrNull): string {
  return of === null ? "not reached" : `${of.wordings} x ${of.rows}`;
}

function endOf({ entries, recommended, cost, command, notes }: StudyPlan, width: number): string[] {
  const lines = varyOf(entries).flatMap((line) => wrapped(line, width));
  if (recommended === null)
    lines.push(...wrapped("No design within 96 wordings and these rows is known to do it.", width));
  else {
    const missing = entries.some(({ needs }) => needs.some(({ least }) => least === null));
    const work =
      cost === null
        ? "its cost is not known, as the pilot has no times"
        : `${shortCount(cost.tokens)} tokens, ${hours(cost.hours)} at the pilot's speed`;
    const take = `${missing ? "What can be reached takes" : "Take"} ${counted(recommended.wordings, "wording")}, each with its own draw of shots, on ${counted(recommended.rows, "row")}: ${work}.`;
    lines.push(...wrapped(take, width));
    // A command stays one line, to be copied.
    if (command !== null) lines.push(`  ${command}`);
  }
  return [
    ...lines,
    ...notes.flatMap((note) => wrapped(note, width - 2).map((part, i) => `${i === 0 ? "- " : "  "}${part}`)),
  ];
}

function hours(value: number): string {
  return value < 0.1 ? `${Math.max(1, Math.round(value * 60))} min` : `${score(value, 1)} hours`;
}

/** Writes what to vary: the facet of which more is cheaper, and the axes that the pilot told apart. */
function varyOf(entries: readonly PlanEntry[]): string[] {
  const lines: string[] = [];
  const needs = entries.flatMap(({ pilot, needs: own }) => own.map((need) => ({ pilot, need })));
  const costs = needs.flatMap(({ pilot, need }) => {
    const { wordings, rows } = need;
    const byWordings = wordings === null ? Infinity : wordings * pilot.rows;
    const byRows = rows === null ? Infinity : rows * pilot.wordings;
    return byWordings === Infinity && byRows === Infinity ? [] : [byWordings <= byRows];
  });
  const more = costs.filter((one) => one).length;
  if (costs.length > 0) {
    lines.push(
      more * 2 >= costs.length
        ? `More wordings are worth more than more rows in ${more} of ${counted(costs.length, "case")}.`
        : `More rows are worth more than more wordings in ${costs.length - more} of ${counted(costs.length, "case")}.`,
    );
  }
  // One axis of all the variance is what is left where the others were drawn at 0.
  const told = (entry: PlanEntry) => entry.axes.filter(({ share }) => share > 0).length > 1;
  const [entry] = entries.filter((one) => told(one) && one.axes.some(({ certain }) => certain));
  if (entry !== undefined) {
    const axes = entry.axes.filter(({ certain }) => certain).map(({ axis, share }) => `${axis} ${percent(share)}`);
    lines.push(`Of the variance between prompts on ${entry.task}: ${axes.slice(0, 3).join(", ")}.`);
  }
  return lines;
}
