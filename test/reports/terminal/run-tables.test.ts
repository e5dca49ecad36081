import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { randomStream } from "../../../src/base/random.js";
import { analyze } from "../../../src/library/analyze.js";
import { tempFolder } from "../../support/temp-folder.js";

vi.stubEnv("NO_COLOR", "1");
const { renderAnalysis } = await import("../../../src/reports/terminal/analysis-terminal.js");

/** Writes row scores of one run: two prompts on ten rows at each of its checkpoints. */
async function renderedRun(checkpoints: number): Promise<string> {
  const random = randomStream("run tables");
  const lines = ["checkpoint,run,step,task,prompt,item,value"];
  for (let step = 1; step <= checkpoints; step++) {
    for (const prompt of ["p", "q"]) {
      for (let item = 0; item < 10; item++) {
        lines.push(`big@${step},big,${step},quiz,${prompt},${item},${Number(random() < 0.5)}`);
      }
    }
  }
  const path = join(tempFolder(), "run.csv");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return renderAnalysis(await analyze([path]));
}

test("a long run is one table a task, its rows at even distances with both ends, one sentence for its end", async () => {
  const text = await renderedRun(40);
  const rows = [...text.matchAll(/^ {2}big@(\d+) /gm)].map(([, step]) => Number(step));
  expect(rows).toHaveLength(16);
  expect([rows[0], rows.at(-1)]).toEqual([1, 40]);
  const gaps = rows.slice(1).map((step, i) => step - (rows[i] as number));
  expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
  expect(text).toMatch(/^big {2}quiz\nOn \d+ of 40 checkpoints the prompt makes a difference/);
  expect(text).toContain("(each at the 5 % level: about 2 by chance alone)");
  expect(text).toContain("\n  16 of 40 checkpoints; the JSON document has all\n");
  const sentences = [...text.matchAll(/^ {2}- big@(\d+) reaches/gm)].map(([, step]) => Number(step));
  expect(sentences).toEqual([40]);
  expect(text).toMatch(/… \d+ more in the JSON document/);
});

test("a caution is shown however many sentences come before it", async () => {
  const lines = ["checkpoint,step,stage,sft_task,task,prompt,item,value"];
  for (let step = 1; step <= 25; step++) {
    for (const about of [`${step},base,`, `${step},sft,mnli`]) {
      for (let i = 0; i < 20; i++) lines.push(`m@${about},quiz,${"pq"[i % 2]},${i >> 1},${Number((i * step) % 3 > 0)}`);
    }
  }
  const path = join(tempFolder(), "pairs.csv");
  writeFileSync(path, lines.map((line) => line.replace(/^m@(\d+)/, "m@$1,$1")).join("\n"));
  const text = renderAnalysis(await analyze([path]));
  const words = text.slice(text.indexOf("In words"), text.indexOf("Not estimated"));
  expect(words.match(/^ {2}- /gm)).toHaveLength(40);
  expect(words).toContain("  - Each SFT checkpoint is one run");
});

test("a short run has a table for each checkpoint", async () => {
  const text = await renderedRun(3);
  expect([...text.matchAll(/^big@(\d)$/gm)].map(([, step]) => step)).toEqual(["1", "2", "3"]);
  expect([...text.matchAll(/^ {2}- big@(\d) reaches/gm)]).toHaveLength(3);
});
