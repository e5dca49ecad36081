import { expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { promptContrast } from "../../src/reports/page/prompt-contrast.js";
import { promptPairs, Views, type TaskView } from "../../src/reports/view.js";
import { SyntheticStudy } from "../support/synthetic-study.js";

const study = new SyntheticStudy({ tasks: ["rte"], steps: [1000], sftTasks: ["paws"], prompts: 6, rows: 20 });
const task = new Views(await analyse(readStudy(study), { seed: 42 })).taskViews()[0] as TaskView;
const pairs = promptPairs(task);
const [worst, best] = [pairs[0]?.prompt ?? "", pairs.at(-1)?.prompt ?? ""];

test("the best prompt stands beside the worst, and only the words that differ are marked", () => {
  const texts = new Map([[worst, "Is it true? <b>yes</b> or no"], [best, "Is it false? <b>yes</b> or no"]]); // prettier-ignore
  const text = promptContrast(task, texts)?.text ?? "";
  expect([...text.matchAll(/<mark>([^<]*)<\/mark>/g)].map(([, word]) => word)).toEqual(["false", "true"]);
  expect(text).toContain("&lt;b&gt;yes&lt;/b&gt; or no");
  expect(text).toContain("n = 20 rows");
  expect(text).toMatch(/<span>wording: \w+/);
  expect(text.indexOf("Best: ")).toBeLessThan(text.indexOf("Worst: "));
});

test("nothing is compared where a text was not stored", () => {
  expect(promptContrast(task, new Map([[worst, "one"]]))).toBeNull();
});
