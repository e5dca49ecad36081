import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { randomStream } from "../../../src/base/random.js";
import { analyze } from "../../../src/library/analyze.js";
import { trajectories } from "../../../src/reports/figures/training.js";
import { Views } from "../../../src/reports/view.js";
import { tempFolder } from "../../support/temp-folder.js";

/** Draws the mean along training of checkpoints, each with two prompts on ten rows. */
async function drawn(checkpoints: readonly { readonly name: string; readonly step: number }[]): Promise<string> {
  const random = randomStream("figures along training");
  const lines = checkpoints.flatMap(({ name, step }) =>
    Array.from({ length: 20 }, (_, i) => `${name},${step},quiz,${"pq"[i % 2]},${i >> 1},${Number(random() < 0.5)}`),
  );
  const path = join(tempFolder(), "runs.csv");
  writeFileSync(path, ["checkpoint,step,task,prompt,item,value", ...lines].join("\n"));
  const views = new Views(await analyze([path]));
  const [task] = views.analysis.tasks;
  const [figure] = task === undefined ? [] : trajectories(views, task, "quiz");
  return figure?.svg ?? "";
}

/** Returns the places of the points that each line joins. */
function linesOf(svg: string): number[][] {
  const [, marks = ""] = /stroke-linecap="round"[^>]*>(.*?)<\/g>/s.exec(svg) ?? [];
  return [...marks.matchAll(/ d="([^"]*)"/g)].map(([, d = ""]) =>
    [...d.matchAll(/[ML]([\d.]+),/g)].map(([, x]) => Number(x)),
  );
}

const steps = (names: readonly string[]) =>
  [1000, 2000, 3000].flatMap((step) => names.map((name) => ({ name: name.replace("#", String(step)), step })));

test("a line joins the checkpoints of one run, and the legend names the runs", async () => {
  const svg = await drawn(steps(["org/small@step#", "org/big@step#"]));
  const lines = linesOf(svg);
  expect(lines.map((line) => line.length)).toEqual([3, 3]);
  for (const line of lines) expect(line).toEqual([...new Set(line)].sort((a, b) => a - b));
  expect(svg).toContain("org/small, base");
  expect(svg).toContain("org/big, base");
});

test("nothing joins checkpoints that no name puts into one run", async () => {
  expect(linesOf(await drawn(steps(["model#x", "other#x"]))).filter((line) => line.length > 1)).toEqual([]);
});

test("one run is called base", async () => {
  const svg = await drawn(steps(["org/small@step#"]));
  expect(linesOf(svg).map((line) => line.length)).toEqual([3]);
  expect(svg).toContain(">base<");
});
