/** An analysis as tables and sentences for a terminal. */

import pc from "picocolors";
import type { Analysis, Comparison, Limit, Pooled, TaskAtCheckpoint } from "../../analysis/document/document.js";
import { intervalHead, intervalMark, type ShownInterval, shownInterval } from "../../analysis/shown-interval.js";
import { counted } from "../../base/wording.js";
import { orderTables, quantileTables } from "./order-tables.js";
import { newTable, range } from "./terminal-table.js";
import { coefficient, interval, pFigure, pValue, score, signed } from "../../base/numbers.js";

/** Sentences and limits shown; the document has them all. */
const SHOWN = 40;

export function renderAnalysis(analysis: Analysis): string {
  const pairs = new Map<string, Comparison[]>();
  for (const one of analysis.comparisons) {
    const key = JSON.stringify([one.base, one.sft]);
    pairs.set(key, [...(pairs.get(key) ?? []), one]);
  }
  const compared = new Set(
    analysis.comparisons.flatMap(({ base, sft, task }) => [`${base} ${task}`, `${sft} ${task}`]),
  );
  const alone = analysis.checkpoints.flatMap(({ name }) => {
    const own = analysis.levels.filter(
      ({ checkpoint, task }) => checkpoint === name && !compared.has(`${name} ${task}`),
    );
    return own.length === 0 ? [] : [levelTable(name, own)];
  });
  const blocks = [
    analysis.unfinished === null ? "" : pc.red(analysis.unfinished),
    ...[...pairs.values()].map((own) => pairTable(own, analysis.pooled)),
    ...alone,
    quantileTables(analysis),
    orderTables(analysis),
    listed(
      "In words",
      analysis.sentences.map(({ text }) => text),
    ),
    listed("Not estimated", analysis.limits.map(limitText)),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function pairTable(own: readonly Comparison[], pooled: readonly Pooled[]): string {
  const [{ base, sft, sft_task: sftTask }] = own as [Comparison];
  const title = `${pc.bold(`${base} → ${sft}`)}${sftTask === null ? "" : `  SFT on ${sftTask}`}`;
  const shown = own.map(({ level }) => shownInterval(level));
  const table = newTable(["task", "prompts x rows", "mean before → after", `change [${intervalHead(shown)}]`, "SD before → after", "change [95 %]", "p logit", "Holm", "PSS", "SD changed?"]); // prettier-ignore
  for (const one of own) {
    const { level, sensitivity, prompts, items, pss } = one;
    const { probability, logit } = sensitivity;
    table.push([
      one.task,
      `${prompts.length} x ${items ?? "?"}`,
      `${score(level.before)} → ${score(level.after)}`,
      meanText(signed(level.change), shownInterval(level), shown),
      probability === null
        ? "–"
        : `${score(probability.sd_before ?? probability.raw_sd_before)} → ${score(probability.sd_after ?? probability.raw_sd_after)}${probability.sd_before === null ? " raw" : ""}`,
      probability === null ? "–" : range(probability.sd_change_interval),
      pFigure(logit?.p),
      pFigure(logit?.p_holm),
      pss === null ? "–" : `${score(pss.before)} → ${score(pss.after)}`,
      verdict(one.verdict),
    ]);
  }
  const lines = pooled.filter((one) => one.sft === sft && one.over === "all tasks").map(pooledLine);
  return [title, table.toString(), ...lines].join("\n");
}

function pooledLine({ quantity, effect, interval: bounds, tasks, p }: Pooled): string {
  const write = quantity === "level" ? signed : coefficient;
  return pc.dim(
    `  ${quantity} over ${counted(tasks.length, "task")}: ${write(effect)} ${interval(bounds, write)}, ${pValue(p)}`,
  );
}

function verdict(text: Comparison["verdict"]): string {
  if (text === "rose") return pc.red(text);
  if (text === "fell") return pc.green(text);
  return text === "probability scale only" ? pc.yellow(text) : pc.dim(text);
}

function levelTable(checkpoint: string, own: readonly TaskAtCheckpoint[]): string {
  const shown = own.map(({ level }) => shownInterval(level));
  const table = newTable(["task", "prompts x rows", `mean [${intervalHead(shown)}]`, "worst – best", "raw SD", "SD [95 %]", "PSS", "one answer", "label mass"]); // prettier-ignore
  for (const { task, prompts, items, level, range: prompt, sensitivity, pss, answers, scorer } of own) {
    const { probability } = sensitivity;
    table.push([
      task,
      `${prompts.length} x ${items ?? "?"}`,
      meanText(score(level.mean), shownInterval(level), shown),
      `${score(prompt.worst)} – ${score(prompt.best)}`,
      probability?.raw_sd == null ? "–" : score(probability.raw_sd),
      probability?.corrected_sd == null ? "–" : `${score(probability.corrected_sd)} ${range(probability.interval)}`,
      pss === null ? "–" : score(pss.value),
      answers?.one_answer_prompts == null ? "–" : `${answers.one_answer_prompts} of ${prompts.length}`,
      scorer.label_mass === null ? "–" : score(scorer.label_mass.mean),
    ]);
  }
  return [pc.bold(checkpoint), table.toString()].join("\n");
}

/** A mean or a change with the interval that every output shows. */
function meanText(value: string, own: ShownInterval, all: readonly ShownInterval[]): string {
  return `${value} ${range(own.interval)}${intervalMark(own, all)}`;
}

function listed(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const more = lines.length > SHOWN ? [pc.dim(`  … ${lines.length - SHOWN} more in the JSON document`)] : [];
  return [pc.bold(title), ...lines.slice(0, SHOWN).map((line) => `  - ${line}`), ...more].join("\n");
}

function limitText({ what, why, task, checkpoint }: Limit): string {
  const where = [task, checkpoint].filter((name) => name !== null).join(", ");
  return `${what}${where === "" ? "" : ` (${where})`}: ${why}`;
}
