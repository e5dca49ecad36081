import { expect, test } from "vitest";
import { leaderboardOf } from "../../src/leaderboard/boards.js";
import { studyEntries } from "../../src/leaderboard/from-study.js";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { publishable, withoutPlaces } from "../../src/base/published.js";
import { reportPage } from "../../src/reports/page/report-page.js";
import { SyntheticStudy } from "../support/synthetic-study.js";

test.each([
  ["/home/anna/runs/step5", "…/step5"],
  ["~/runs/step5/", "…/step5"],
  ["C:\\Users\\Anna\\step5", "…/step5"],
  ["\\\\server\\share\\step5", "…/step5"],
  ["file:///home/anna/step5", "…/step5"],
  ["local:/data/rows.jsonl", "local:…/rows.jsonl"],
  ["rows of /data/rows.jsonl, 3 of 5", "rows of …/rows.jsonl, 3 of 5"],
])("%s is published as %s", (text, shown) => {
  expect(withoutPlaces(text)).toBe(shown);
});

test.each([
  "allenai/OLMo-1B@step738000",
  "https://huggingface.co/a/b",
  "./step5",
  "builtin@step5000",
  "acc/norm",
  "hub:glue/validation",
  "1 / 2",
])("%s stays as it is", (text) => {
  expect(withoutPlaces(text)).toBe(text);
});

test("lists and objects are published without paths, numbers as they are", () => {
  expect(publishable({ base: ["/a/b/c"], seed: 42, data: null })).toEqual({ base: ["…/c"], seed: 42, data: null });
});

test("neither the entries nor the page of a study hold a path of this machine", async () => {
  const study = new SyntheticStudy({ tasks: ["rte"], steps: [1000], sftTasks: ["paws"], prompts: 4, rows: 12 });
  const placed = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('"./', '"/home/anna/secret/')) as T;
  const { results } = study;
  Object.assign(study, { results: { ...placed({ ...results, cells: [] }), cells: results.cells } });
  expect(JSON.stringify(study.results)).toContain("/home/anna");
  const entries = JSON.stringify(leaderboardOf(await studyEntries(study, () => null)));
  const page = await reportPage(study, await analyse(readStudy(study), { seed: 42 }));
  for (const text of [entries, page]) {
    expect(text).not.toMatch(/anna|secret/);
    expect(text).toContain("…/");
  }
});
