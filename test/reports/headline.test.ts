/** Tests the answer in one line, and what it must not claim. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { shownInterval } from "../../src/analysis/shown-interval.js";
import { latexReport } from "../../src/reports/formats/latex.js";
import { markdownReport } from "../../src/reports/formats/markdown.js";
import { headline } from "../../src/reports/headline.js";
import { interval } from "../../src/base/numbers.js";
import { randomStream } from "../../src/base/random.js";
import { analyze } from "../../src/library/analyze.js";
import { renderAnalysis } from "../../src/reports/terminal/analysis-terminal.js";
import { renderSummary } from "../../src/reports/terminal/terminal-summary.js";
import { type TaskView, type View, Views } from "../../src/reports/view.js";
import type { StudyData } from "../../src/store/study-data.js";
import { type StudyShape, syntheticStudy } from "../analysis/study.js";
import { tempFolder } from "../support/temp-folder.js";

type Shape = Pick<StudyShape, "prompts" | "checkpoints"> & Partial<StudyShape>;

const analysed = (shape: Shape) =>
  analyse(readStudy(syntheticStudy({ items: 60, tasks: ["rte", "paws"], ...shape })), { seed: 1 });

async function headlines(shape: Shape): Promise<string[]> {
  const views = new Views(await analysed(shape));
  return views.all.map((view) =>
    headline(
      view,
      views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []),
    ),
  );
}

const base = { sd: 0.2, mean: 0.3 };

test("one prompt shows nothing of what prompts do", async () => {
  expect(await headlines({ prompts: 1, checkpoints: { base } })).toEqual([
    "One prompt on each of 2 tasks: how much the prompt matters cannot be seen.",
  ]);
  const [pair] = await headlines({ prompts: 1, checkpoints: { base, "base-mnli": base } });
  expect(pair).toMatch(/^After SFT on mnli the mean score .*; how much the prompt matters cannot be tested\.$/);
  expect(renderSummary(await analysed({ prompts: 1, checkpoints: { base } }), 100, undefined)).not.toContain("Look at");
});

test("what the end of a run leaves out is counted, with where it is", async () => {
  const analysis = await analysed({
    prompts: 3,
    checkpoints: { a: base, b: base, c: base, d: base, e: base, f: base },
  });
  expect(renderSummary(analysis, 200, "report.html")).toContain(
    "Not shown: 2 earlier checkpoints; the report has all.",
  );
  expect(renderSummary(analysis, 200, undefined)).toContain("2 earlier checkpoints; amuro-eval report shows all.");
  const caution = { kind: "caution", text: "rows were cut.", task: "rte", checkpoint: "a" } as const;
  // Without tables: each figure beside its name.
  expect(renderSummary(analysis, 0, undefined)).toMatch(/^ {4}mean \[ \] +0\.\d{3} \[/m);
  const warned = (n: number) => {
    const sentences = Array.from({ length: n }, () => caution);
    return renderSummary({ ...analysis, sentences }, 200, "report.html").match(/^! .*$/gm) ?? [];
  };
  expect(warned(18)).toHaveLength(18);
  expect(warned(20).slice(17)).toEqual(["! rows were cut.", "! 2 more cautions: the report has all."]);
});

test("several prompts: where they differ most", async () => {
  const [line] = await headlines({ prompts: 12, checkpoints: { base: { sd: 2, mean: 0 } } });
  expect(line).toMatch(
    /^On 2 of 2 tasks the prompt makes a difference of the score .*; most on \w+, where prompts score from 0\.\d+ to [01]\.\d+\.$/,
  );
});

/** Analyses row scores of 12 wordings, half of them in each presentation. */
async function ofPresentations(shares: Readonly<Record<string, readonly [cloze: number, letter: number]>>) {
  const random = randomStream("presentations");
  const lines = ["checkpoint,step,stage,sft_task,task,prompt,item,value,axes.wording,axes.choices"];
  for (const [checkpoint, share] of Object.entries(shares)) {
    const about = checkpoint === "base" ? "base,1,base," : "tuned,1,sft,quiz";
    for (let w = 0; w < 12; w++) {
      for (let item = 0; item < 60; item++) {
        const value = Number(random() < share[w % 2 === 0 ? 0 : 1]);
        lines.push(`${about},quiz,p${w},${item},${value},w${w},${w % 2 === 0 ? "cloze" : "letter"}`);
      }
    }
  }
  const path = join(tempFolder(), "presentations.csv");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return analyze([path]);
}

async function presentationHeadlines(shares: Parameters<typeof ofPresentations>[0]): Promise<string[]> {
  const views = new Views(await ofPresentations(shares));
  return views.all.map((view) => headline(view, views.taskViews()));
}

test("the legend below a table speaks of the columns that stand in it", async () => {
  const analysis = await ofPresentations({ base: [0.7, 0.3] });
  const [narrow, wide] = [72, 200].map((width) => renderSummary(analysis, width, undefined));
  expect(wide).toMatch(/^ *task .*contrast \[ \]/m);
  expect(wide).toMatch(/^\[ \] of mean: .*; SD: 95 %; contrast: 95 %/m);
  expect(narrow).not.toMatch(/^ *task .*contrast/m);
  expect(narrow).toMatch(/^\[ \] of mean: .*; SD: 95 %$/m);
  // So do the words at the end.
  expect(wide).toContain("Contrast is the second presentation less the first.");
  for (const text of [narrow, wide]) expect(text).toMatch(/^SD: standard deviation between prompts/m);
  for (const words of ["Contrast is", "raw SD holds", "SD with presentations counts"])
    expect(narrow).not.toContain(words);
});

test("a prompt matters by its presentation, too, and so does its change", async () => {
  const [alone] = await presentationHeadlines({ base: [0.7, 0.3] });
  expect(alone).toMatch(
    /^On 1 of 1 task the prompt makes a difference .*; most on quiz, where prompts score from 0\.\d+ to 0\.\d+ \(choices=letter against choices=cloze: −0\.[345]\d\d, 95 % −0\.[4567]\d\d to −0\.[123]\d\d\)\.$/,
  );
  const [none] = await presentationHeadlines({ base: [0.5, 0.5] });
  expect(none).toMatch(/^On 0 of 1 task /);
  const [pair] = await presentationHeadlines({ base: [0.7, 0.3], tuned: [0.7, 0.7] });
  expect(pair).toContain("; what one presentation makes against the other changes on 1; the mean score ");
});

test("a fall of the SD at the end of the scale is said to be that", async () => {
  const { sentences, comparisons } = await analysed({
    prompts: 24,
    checkpoints: { base: { sd: 1.2, mean: 0 }, "base-mnli": { sd: 0.1, mean: -30 } },
  });
  expect(comparisons.map(({ verdict }) => verdict)).not.toContain("rose");
  const [line] = await headlines({
    prompts: 24,
    items: 400,
    checkpoints: { base: { sd: 2, mean: 0 }, "base-mnli": { sd: 0.3, mean: -5.5 } },
  });
  expect(line).toMatch(
    /^After SFT on mnli the prompt matters less on 2 of 2 tasks \(on 2 with most prompts at an end of the scale/,
  );
  const changes = sentences.filter(({ kind }) => kind === "change of sensitivity");
  expect(changes.map(({ text }) => text)).toEqual([
    expect.stringContaining("24 of 24 prompts score below 0.02: there prompts have nothing left to differ in."),
    expect.stringContaining("24 of 24 prompts score below 0.02: there prompts have nothing left to differ in."),
  ]);
});

/**
 * Returns two prompts that answer everything alike, each with another label: equal scores, and answers that differ on
 * every row.
 */
function oneAnswerStudy(): StudyData {
  const study = syntheticStudy({ prompts: 2, items: 30, tasks: ["rte"], checkpoints: { base } });
  return {
    ...study,
    rows: async (checkpoint, task, prompt) =>
      (await study.rows(checkpoint, task, prompt))?.map((row, i) => {
        const [gold, answer] = [i % 2, prompt === "w0" ? 0 : 1];
        return { ...row, gold, answer, logprobs: [1 - answer, answer], metrics: { acc: Number(gold === answer) } };
      }),
  };
}

test("an SD of 0 is not said to mean that the prompt makes no difference, and answers that flip are shown", async () => {
  const analysis = await analyse(readStudy(oneAnswerStudy()), { seed: 1 });
  const text = renderSummary(analysis, 200, undefined);
  expect(text).not.toContain("0 where the prompt makes no difference");
  expect(text).toContain("answers differ all the same: on rte two prompts answer 100 % of the rows differently.");
  expect(text).toMatch(/rte .* 0\.000 \[.* 1\.000 +2 of 2 +0\.500 – 0\.500/);
  expect(text).not.toContain("Look at");
  for (const page of [renderAnalysis(analysis), markdownReport(analysis)]) expect(page).toContain("2 of 2");
});

test("the headline names the widest task among those where the prompt matters, and no other", async () => {
  const views = new Views(await analysed({ prompts: 12, checkpoints: { base: { sd: 2, mean: 0 } } }));
  const [view] = views.all as [View];
  const [clear, other] = views.taskViews() as [TaskView, TaskView];
  const { probability } = other.after.sensitivity;
  const noise = {
    ...other,
    after: {
      ...other.after,
      range: { ...other.after.range, worst: 0, best: 1, spread: 1 },
      sensitivity: { ...other.after.sensitivity, probability: probability && { ...probability, p_no_effect: 0.4 } },
    },
  };
  expect(headline(view, [clear, noise])).toContain(`; most on ${clear.task.name},`);
  expect(headline(view, [noise])).not.toContain("score from");
});

test("the mean has one interval, with its name, in every output", async () => {
  const analysis = await analysed({ prompts: 6, checkpoints: { base: { sd: 2, mean: 0 } } });
  const [{ level }] = analysis.levels as [(typeof analysis.levels)[number]];
  const own = interval(shownInterval(level).interval);
  expect(own).not.toBe(interval(level.item_interval));
  const pages = [renderSummary(analysis, 200, undefined), renderAnalysis(analysis), latexReport(analysis)];
  for (const page of [...pages, markdownReport(analysis).replaceAll("\\", "")]) {
    expect(page).toContain(own);
    expect(page).toContain("new prompts and rows");
    expect(page).not.toContain(interval(level.item_interval));
  }
});
