/** Tests the layout of the released files, on a small file of our own. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { paperReport } from "../../src/analysis/paper/report.js";
import { readPaperResults } from "../../src/importers/paper-results.js";
import { tempFolder } from "../support/temp-folder.js";

const TUNED = `,model_id,eval dataset,Performance,std
0,olmo1b_checkpoint-1000_original_hf_4shots,mnli_matched,0.35,0.01
1,olmo1b_checkpoint-1000_original_hf_4shots,mnli_matched_inputoutput,0.34,0.01
2,olmo1b_hf_ckpt1000_mnli_3epoch_2e-6_4shots,mnli_matched,0.75,0.01
3,olmo1b_hf_ckpt1000_mnli_3epoch_2e-6_4shots,mnli_matched_inputoutput,0.45,0.01
4,olmo1b_hf_main_mnli_3epoch_2e-5,mnli_matched,0.3,0.01
5,olmo1b_original_hf,cnn_instruct,0.11,0.001
6,checkpoint-1000_4shots,mnli_matched,0.36,0.01
7,olmo1b_checkpoint-1000_original,xsum,0.1,0.001
8,olmo1b_checkpoint-1000_original_hf_2shots,llmbar_Adversarial_Manual,0.5,0.05
9,olmo1b_checkpoint-1000_original_hf_4shots,xsum,0.1,0.001
10,olmo1b_hf_ckpt1000_mnli_3epoch_2e-6_4shots,xsum,0.05,0.001
`;
const RANKED = `,model_id,eval dataset,Performance
0,checkpoint-1000,sciq,0.4
1,olmo1b_hf_ckpt1000_tulu_5epoch_2e-6,sciq,0.5
2,checkpoint-1000,hellaswag,0.25
3,olmo1b_hf_ckpt1000_tulu_5epoch_2e-6,hellaswag,0.28
4,checkpoint-1000,rte,0.5
`;

function read({ tuned = TUNED } = {}) {
  const folder = tempFolder();
  writeFileSync(join(folder, "all_perf_table.csv"), tuned);
  writeFileSync(join(folder, "official_eval_table.csv"), RANKED);
  return readPaperResults(folder);
}

test("names, shots and formats are told apart; odd lines are left out with a reason", () => {
  const { cells, notes } = read();
  expect(cells[1]).toEqual({
    checkpoint: "step1000",
    step: 1000,
    stage: "base",
    sft_task: null,
    task: "mnli_matched",
    prompt: "io",
    shots: 4,
    metric: "acc",
    value: 0.34,
    std: 0.01,
    n: null,
  });
  expect(cells.map(({ task, prompt, shots, metric }) => [task, prompt, shots, metric])).toContainEqual([
    "cnn_dailymail",
    "instruct",
    0,
    "rouge_l",
  ]);
  expect(cells.map(({ task, shots, n }) => [task, shots, n])).toContainEqual(["sciq_mcq", 4, 1000]);
  expect(cells.map(({ task, shots, n }) => [task, shots, n])).toContainEqual(["rte_ranked", 4, null]);
  expect(cells.map(({ task, shots }) => [task, shots])).toContainEqual(["llmbar_Adversarial_Manual", 2]);
  expect(notes).toHaveLength(3);
  expect(notes.join("\n")).toMatch(/line 6: left out, learning rate 2e-5 instead of 2e-6/);
  expect(notes.join("\n")).toMatch(/line 8: left out, 0.36 where all_perf_table.csv, line 2 has 0.35/);
});

test("sciq counts twice as published, and once beside it", () => {
  const { groups, ratios } = paperReport(read());
  const [row] = groups;
  expect(row?.pre_training).toBeCloseTo((0.1 + 0.1 + 0.03) / 3, 12);
  expect(row?.pre_training_once).toBeCloseTo((0.1 + 0.03) / 2, 12);
  expect(row?.fine_tuning).toBeCloseTo(0.4, 12);
  expect(row?.reproduced).toBe(false);
  expect(ratios[0]?.mean).toBeCloseTo(-0.5, 12);
});

test("an unknown model is refused with its line", () => {
  expect(() => read({ tuned: `${TUNED}11,gpt2,xsum,0.1,0.1\n` })).toThrow(
    'all_perf_table.csv, line 13: model "gpt2" is none of the experiment',
  );
  expect(() => read({ tuned: `${TUNED}11,olmo1b_original_hf,xsum,,0.1\n` })).toThrow(
    'line 13: Performance is "", expected a number from 0 to 1',
  );
});
