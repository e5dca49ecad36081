/** Tests that one run has six outputs in which a figure of the summary has the same digits in all of them. */

import { beforeAll, describe, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import type { Analysis } from "../../src/analysis/document/document.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { interval, score, signed } from "../../src/base/numbers.js";
import { taskPanel } from "../../src/reports/page/task-panel.js";
import { sdCell, sdsOf } from "../../src/reports/summary-columns.js";
import { Views } from "../../src/reports/view.js";
import { csvRow, outputsOf, taskLine } from "../support/report-outputs.js";
import { syntheticStudy } from "../analysis/study.js";

const TASKS = ["rte", "paws"];
let analysis: Analysis;
let outputs: Record<string, string>;

beforeAll(async () => {
  const study = syntheticStudy({
    prompts: 12,
    items: 40,
    tasks: TASKS,
    checkpoints: { other: { sd: 1, mean: 1 }, base: { sd: 0.4, mean: 0 }, "base-mnli": { sd: 1.5, mean: 0.5 } },
  });
  const tasks = study.results.tasks.map((task) => ({
    ...task,
    prompts: task.prompts.map((prompt, p) => ({
      ...prompt,
      axes: { ...prompt.axes, wording: prompt.id, choices: p % 2 === 0 ? "cloze" : "letter" },
    })),
  }));
  const made = await analyse(readStudy({ ...study, results: { ...study.results, tasks } }), { seed: 1 });
  analysis = JSON.parse(JSON.stringify(made)) as Analysis;
  outputs = outputsOf(analysis, TASKS);
});

describe.each(TASKS)("%s", (task) => {
  test("a checkpoint alone has the same digits everywhere", () => {
    const level = analysis.levels.find((one) => one.task === task && one.checkpoint === "other");
    const sd = level?.sensitivity.probability;
    const contrast = level?.presentations?.contrast;
    if (level === undefined || sd == null || contrast == null) throw new Error("figures are missing");
    const about = analysis.tasks.find(({ name }) => name === task);
    const wanted = [
      score(about?.chance),
      score(level.majority_share),
      `${score(level.level.mean)} ${interval(level.level.crossed_interval)}`,
      score(sd.corrected_sd),
      score(sd.interval?.high),
      score(sd.raw_sd),
      `${signed(contrast.value)} ${interval(contrast.interval, signed)}`,
      `${score(level.presentations?.total_sd)} ${interval(level.presentations?.total_interval)}`,
      score(level.pss?.value),
    ];
    for (const text of Object.values(outputs)) {
      const own = taskLine(text, task, "12 × 40", false).replaceAll(",[", " [").replaceAll("  ", " ");
      for (const figure of wanted) expect(own).toContain(figure);
    }
    const row = csvRow(analysis, "levels", task, "other");
    const field = (name: string, write: (value: number) => string = score) => write(Number(row[name]));
    expect([
      field("chance"),
      field("majority_share"),
      `${field("mean")} [${field("mean_crossed_low")}, ${field("mean_crossed_high")}]`,
      field("sd"),
      field("sd_high"),
      field("raw_sd"),
      `${field("contrast", signed)} [${field("contrast_low", signed)}, ${field("contrast_high", signed)}]`,
      `${field("sd_with_presentations")} [${field("sd_with_presentations_low")}, ${field("sd_with_presentations_high")}]`,
      field("pss"),
    ]).toEqual(wanted);
    expect([row["median_shots"], row["one_answer_prompts"], row["label_mass"]].every(Boolean)).toBe(true);
  });

  test("a pair has the same digits everywhere", () => {
    const one = analysis.comparisons.find((comparison) => comparison.task === task);
    const sd = one?.sensitivity.probability;
    if (one === undefined || sd == null) throw new Error("figures are missing");
    const { level, contrast, total, pss } = one;
    const each = [level.before, level.after, sd.sd_before, sd.sd_after].map((value) => score(value));
    const whole = [
      `${signed(level.change)} ${interval(level.crossed_interval, signed)}`,
      `${score(sd.raw_sd_before)} → ${score(sd.raw_sd_after)}`,
      `${signed(contrast?.before)} → ${signed(contrast?.after)} ${interval(contrast?.interval, signed)}`,
      `${score(total?.probability?.sd_before)} → ${score(total?.probability?.sd_after)} ${interval(total?.probability?.sd_change_interval, signed)}`,
      `${score(pss?.before)} → ${score(pss?.after)}`,
      one.verdict,
    ];
    for (const text of Object.values(outputs)) {
      const own = taskLine(text, task, "12 × 40", true).replaceAll(",[", " [").replaceAll("  ", " ");
      for (const figure of [...each, ...whole]) expect(own).toContain(figure);
    }
    const row = csvRow(analysis, "comparisons", task, "base-mnli");
    const field = (name: string, write: (value: number) => string = score) => write(Number(row[name]));
    const ends = (name: string) => `[${field(`${name}_low`, signed)}, ${field(`${name}_high`, signed)}]`;
    expect([field("mean_before"), field("mean_after"), field("sd_before"), field("sd_after")]).toEqual(each);
    expect([
      `${field("change", signed)} [${field("change_crossed_low", signed)}, ${field("change_crossed_high", signed)}]`,
      `${field("raw_sd_before")} → ${field("raw_sd_after")}`,
      `${field("contrast_before", signed)} → ${field("contrast_after", signed)} ${ends("contrast_change")}`,
      `${field("sd_with_presentations_before")} → ${field("sd_with_presentations_after")} ${ends("sd_with_presentations_change")}`,
      `${field("pss_before")} → ${field("pss_after")}`,
      row["verdict"],
    ]).toEqual(whole);
  });
});

test("the panel of a task writes an SD as the table does", () => {
  const views = new Views(analysis);
  const panels = views.taskViews().map((task) => {
    const [sd] = task.comparison === null ? [sdCell(task.after.sensitivity.probability)] : sdsOf(task.comparison, task);
    const shown = taskPanel(task, analysis, new Map(), "x")
      .toString()
      .replace(/<[^>]*>/g, "");
    expect(shown).toContain(sd.text);
    if (task.comparison === null) expect(shown).toContain(`${sd.text} ${sd.beside}, raw `);
    return sd.beside;
  });
  expect(panels.some((beside) => beside.startsWith("[below"))).toBe(true);
});
