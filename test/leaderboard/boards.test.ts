import { describe, expect, test } from "vitest";
import { contentHash, DRAW_UNIT, isLeaderboard, withHash, type Entry } from "../../src/leaderboard/entry.js";
import { leaderboardOf, othersEntries } from "../../src/leaderboard/boards.js";
import { studyEntries } from "../../src/leaderboard/from-study.js";
import { score } from "../../src/base/numbers.js";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { leaderboardPage } from "../../src/reports/leaderboard/site.js";
import type { StudyData } from "../../src/store/study-data.js";
import { SyntheticStudy } from "../support/synthetic-study.js";
import { expectUserError, failureOf } from "../support/user-error.js";

const study = new SyntheticStudy({
  tasks: ["rte", "xsum"],
  steps: [1000, 738_000],
  sftTasks: ["paws"],
  prompts: 5,
  rows: 40,
});
const entries = await studyEntries(study, (task) => `reports/x.html#task-${task}`);
const text = (own: readonly Entry[]) => JSON.stringify(leaderboardOf(own));
const first = entries[0] as Entry;

describe("entries of a study", () => {
  test("hold the scores of the stored rows and fit the published schema", async () => {
    expect(entries).toHaveLength(8);
    const grid = await study.scores(first.checkpoint.name, first.task);
    const means = Array.from(
      { length: 5 },
      (_, p) => [...(grid?.scores.subarray(p * 40, (p + 1) * 40) ?? [])].reduce((a, b) => a + b, 0) / 40,
    );
    expect(first.scores.mean).toBeCloseTo(means.reduce((a, b) => a + b, 0) / 5, 6);
    expect(first.scores.worst).toBeCloseTo(Math.min(...means), 6);
    expect(isLeaderboard(JSON.parse(text(entries)))).toBe(true);
  });

  test("resamples are those of the rows: the same in another run of the same study", async () => {
    const again = await studyEntries(
      new SyntheticStudy({ tasks: ["rte"], steps: [738_000], sftTasks: [], prompts: 5, rows: 40 }),
      () => null,
    );
    const same = entries.find(({ hash }) => hash === again[0]?.hash);
    expect(same?.draws).toEqual(again[0]?.draws);
  });

  test("rows that share a passage count as one in errors and resamples, and all rows alike still have an error", async () => {
    const passages: StudyData = {
      ...ownWordings(study),
      items: () =>
        Promise.resolve(
          Array.from({ length: 40 }, (_, row) => ({ row, fields: { passage: `${row % 20} `.repeat(50) }, answers: [], right: "" })),
        ),
    };
    const [clustered] = await studyEntries(passages, () => null);
    const grid = (await study.scores(first.checkpoint.name, first.task))?.scores ?? new Float64Array();
    const rows = Array.from({ length: 40 }, (_, i) => [0, 1, 2, 3, 4].reduce((sum, p) => sum + (grid[p * 40 + i] ?? 0), 0) / 5);
    const off = Array.from({ length: 20 }, (_, g) =>
      rows.reduce((sum, value, i) => sum + (i % 20 === g ? value - first.scores.mean : 0), 0),
    );
    const robust = Math.sqrt((off.reduce((sum, one) => sum + one ** 2, 0) / 1600) * (20 / 19));
    expect(clustered?.scores.mean).toBeCloseTo(first.scores.mean, 9);
    expect(clustered?.scores.mean_stderr).toBeCloseTo(robust, 5);
    expect(clustered?.draws.mean).not.toEqual(first.draws.mean);
    const [right] = await studyEntries(allRight(study), () => null);
    expect(right?.scores.mean).toBe(1);
    expect(right?.scores.mean_stderr).toBeGreaterThan(0.02);
  }); // prettier-ignore

  test("results that say another score than their rows are refused", async () => {
    const [cell] = study.results.cells;
    const changed: StudyData = {
      source: "elsewhere",
      results: {
        ...study.results,
        cells: [
          { ...cell, metrics: { acc: { mean: 0.99, stderr: 0.01, n: 40 } } } as (typeof study.results.cells)[number],
          ...study.results.cells.slice(1),
        ],
      },
      scores: (...names) => study.scores(...names),
      rows: (...names) => study.rows(...names),
      items: (task) => study.items(task),
      promptText: (...names) => study.promptText(...names),
      answerWords: (task) => study.answerWords(task),
      close: () => study.close(),
    };
    expectUserError(
      await failureOf(() => studyEntries(changed, () => null)),
      /^elsewhere: the rows of .*, rte, default give 0\.\d+, the results say 0\.990000; they were changed/,
    );
  });
});

describe("a leaderboard", () => {
  test("ranks what was asked the same, and nothing else together", async () => {
    const fewer = await studyEntries(
      new SyntheticStudy({ tasks: ["rte"], steps: [1000], sftTasks: [], prompts: 4, rows: 40 }),
      () => null,
    );
    const { boards } = leaderboardOf([...entries, ...fewer]);
    expect(boards.map(({ task, ranks }) => [task, ranks.length])).toEqual([
      ["rte", 4],
      ["xsum", 4],
      ["rte", 1],
    ]);
    const rte = boards[0]?.ranks.map(({ mean }) => mean.rank) ?? [];
    expect([...rte].sort()).toEqual([1, 2, 3, 4]);
  });

  test("ranks for new prompts stand beside those for these, and are no narrower on the whole", async () => {
    const many = new SyntheticStudy({
      tasks: ["rte"],
      steps: [1000, 20_000, 738_000],
      sftTasks: ["paws"],
      prompts: 24,
      rows: 60,
    });
    const own = await studyEntries(ownWordings(many), () => null);
    const document = leaderboardOf(own);
    expect(isLeaderboard(JSON.parse(JSON.stringify(document))), JSON.stringify(isLeaderboard.errors)).toBe(true);
    const ranks = document.boards[0]?.ranks ?? [];
    const width = (of: "mean" | "new_prompts") =>
      ranks.reduce((sum, one) => sum + (one[of]?.high ?? NaN) - (one[of]?.low ?? NaN), 0);
    expect(width("new_prompts")).toBeGreaterThanOrEqual(width("mean"));
    for (const { new_prompts, mean } of ranks) expect(new_prompts?.rank).toBe(mean.rank);
    for (const { scores } of own) expect(scores.crossed_stderr).toBeGreaterThan(scores.mean_stderr ?? NaN);
    const groups = [...ranks].sort((a, b) => a.mean.rank - b.mean.rank).map(({ group }) => group ?? NaN);
    expect(groups[0]).toBe(1);
    expect(groups).toEqual([...groups].sort((a, b) => a - b));
  });

  test("entries of few prompts or of older versions are ranked for these prompts only", () => {
    const old = entries.map((entry) => {
      const { crossed_stderr: left, ...scores } = entry.scores;
      expect(left).toBeDefined();
      return withHash({ ...content(entry), scores });
    });
    const [board] = leaderboardOf(othersEntries(text(old), "old.json")).boards;
    expect(board?.ranks.map(({ new_prompts }) => new_prompts)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("checkpoints that share tasks are ranked over them by level and by sensitivity", async () => {
    const own = await studyEntries(
      new SyntheticStudy({
        tasks: ["rte", "paws"],
        steps: [1000, 20_000, 738_000],
        sftTasks: [],
        prompts: 6,
        rows: 80,
      }),
      () => null,
    );
    const [board, ...others] = leaderboardOf(own).overall ?? [];
    expect(board?.tasks).toEqual(["paws", "rte"]);
    expect(others).toEqual([]);
    const first = board?.ranks[0];
    const behind = first?.entries.map((key) => own.find(({ hash }) => hash === key));
    expect(behind?.map((entry) => entry?.task)).toEqual(["paws", "rte"]);
    const mean = (values: readonly (number | undefined | null)[]) =>
      values.reduce<number>((sum, value) => sum + (value ?? NaN), 0) / values.length;
    expect(first?.level.value).toBeCloseTo(mean(behind?.map((entry) => entry?.scores.mean) ?? []), 9);
    expect(first?.sensitivity?.value).toBeCloseTo(mean(behind?.map((entry) => entry?.scores.sd) ?? []), 9);
    const by = (of: "level" | "sensitivity") => board?.ranks.map((one) => one[of]).sort((a, b) => (a?.rank ?? 0) - (b?.rank ?? 0)).map((one) => one?.value ?? NaN) ?? []; // prettier-ignore
    expect(by("level")).toEqual(by("level").sort((a, b) => b - a));
    expect(by("sensitivity")).toEqual(by("sensitivity").sort((a, b) => a - b));
    for (const { level, sensitivity } of board?.ranks ?? [])
      for (const one of [level, sensitivity]) {
        expect(one?.interval.low).toBeLessThanOrEqual(one?.value ?? NaN);
        expect(one?.interval.high).toBeGreaterThanOrEqual(one?.value ?? NaN);
      }
    // A checkpoint without one of the tasks is on no board with both.
    const [lacking, ...rest] = own;
    expect(leaderboardOf(rest).overall?.[0]?.ranks).toHaveLength(2);
    const old = rest.map((entry) => {
      const { sd: drawn, ...draws } = entry.draws;
      expect(drawn).toBeDefined();
      return withHash({ ...content(entry), draws });
    });
    expect(leaderboardOf(old).overall?.[0]?.ranks.map(({ sensitivity }) => sensitivity)).toEqual([
      undefined,
      undefined,
    ]);
    expect(lacking).toBeDefined();
  });

  test("resamples of the SD lie around the SD without the noise of the rows", () => {
    for (const { scores, draws } of entries) {
      const squares = draws.sd?.map((draw) => (draw * DRAW_UNIT) ** 2) ?? [];
      const around = squares.reduce((sum, one) => sum + one, 0) / squares.length;
      if (!squares.includes(0)) expect(Math.abs(around - (scores.sd ?? NaN) ** 2)).toBeLessThan(2e-5);
      // What is cut off at 0 raises their mean.
      expect(around).toBeGreaterThan((scores.sd ?? NaN) ** 2 - 2e-5);
    }
    const other = withHash({ ...content(first), draws: { ...first.draws, sd: first.draws.mean.map(() => 4000) } });
    expect(() => othersEntries(text([other]), "b.json")).toThrow(/its resamples of the SD lie around 0\.4000/);
  });

  test("an SD has the interval of the analysis; one that the rows do not show is below its upper end", async () => {
    const own = new SyntheticStudy({ tasks: ["paws", "rte"], steps: [1000, 738_000], sftTasks: [], prompts: 24, rows: 40 });
    const { levels } = await analyse(readStudy(own), { seed: 1 });
    const compared = await studyEntries(own, () => null);
    expect(compared).toHaveLength(4);
    for (const { checkpoint, task, scores } of compared) {
      const level = levels.find((other) => other.task === task && other.checkpoint === checkpoint.name);
      const { corrected_sd: sd, interval } = level?.sensitivity.probability ?? {};
      expect(scores.sd).toBeCloseTo(sd ?? NaN, 5);
      expect(scores.sd_interval?.low).toBeCloseTo(interval?.low ?? NaN, 5);
      expect(scores.sd_interval?.high).toBeCloseTo(interval?.high ?? NaN, 5);
      if (level === undefined) throw new Error("no level");
      const { mean, item_stderr: rows, crossed_stderr: crossed } = level.level;
      const shown = [mean, rows, crossed, level.range.worst, level.range.best, level.sensitivity.probability?.raw_sd];
      const own = [scores.mean, scores.mean_stderr, scores.crossed_stderr, scores.worst, scores.best, scores.raw_sd];
      expect(own.map((value) => score(value))).toEqual(shown.map((value) => score(value)));
      expect(leaderboardPage(leaderboardOf(compared))).toContain(score(mean));
    }
    const found = await studyEntries(allRight(own, 2), () => null);
    const high = found[0]?.scores.sd_interval?.high ?? NaN;
    expect(high).toBeGreaterThan(0.01);
    const board = leaderboardOf(found);
    expect(board.overall?.[0]?.ranks[0]?.sensitivity).toMatchObject({ value: 0, interval: { low: 0 } });
    expect(board.overall?.[0]?.ranks[0]?.sensitivity?.interval.high).toBeCloseTo(high, 6);
    const page = leaderboardPage(board);
    // Each checkpoint on each task, and each over both.
    expect(page.split(`0.000 <small>[below ${high.toFixed(3)}]</small>`)).toHaveLength(1 + 4 + 2);
    const without = found.map((entry) => {
      const { sd_interval: left, ...scores } = entry.scores;
      expect(left).toBeDefined();
      return withHash({ ...content(entry), scores });
    });
    expect(leaderboardPage(leaderboardOf(without)).split("its entry has no interval of the SD")).toHaveLength(1 + 4 + 2);
    const [odd] = entries;
    const changed = withHash({ ...content(odd as Entry), scores: { ...(odd as Entry).scores, sd_interval: { low: 0.3, high: 0.4 } } });
    expect(() => othersEntries(text([changed]), "b.json")).toThrow(/its SD is 0\.\d{4}, the interval of it \[0\.3000, 0\.4000\]/);
  }); // prettier-ignore

  test("an entry that stands twice counts once, read from a file of others as well", () => {
    expect(leaderboardOf([...entries, ...othersEntries(text(entries), "b.json")]).entries).toHaveLength(8);
  });

  test("pages of others are kept only with https", () => {
    const own = entries.map((entry, i) => ({
      ...entry,
      report: i === 0 ? "https://example.org/r.html" : entry.report,
    }));
    expect(othersEntries(text(own), "b.json").map(({ report }) => report)).toEqual([
      "https://example.org/r.html",
      ...Array<null>(7).fill(null),
    ]);
  });

  test.each([
    ["not JSON", "{", /^b\.json: not JSON; give a leaderboard\.json or the folder of a run$/],
    ["another document", "{}", /^b\.json: missing key "schema"; missing key "version"/],
    [
      "a script as address",
      text([{ ...first, report: "javascript:alert(1)" }]),
      /^b\.json: entries\.0\.report must match pattern/,
    ],
    [
      "a changed score",
      text([{ ...first, scores: { ...first.scores, mean: 0.999 } }]),
      /^b\.json: entry 1 \(olmo-step1000, rte\) does not fit its hash: it was changed after it was written; nothing of it is taken$/,
    ],
    [
      "scores that cannot be",
      text([withHash({ ...content(first), scores: { ...first.scores, worst: 0.99 } })]),
      /contradicts itself: worst 0\.99/,
    ],
    [
      "resamples of another entry",
      text([withHash({ ...content(first), draws: { ...first.draws, mean: first.draws.mean.map(() => 9999) } })]),
      /contradicts itself: its resamples lie around 0\.9999/,
    ],
  ])("refuses %s", async (_, file, message) => {
    expectUserError(await failureOf(() => Promise.resolve().then(() => othersEntries(file, "b.json"))), message);
  });

  test("the hash is that of the content, whatever the order of its keys", () => {
    const turned = Object.fromEntries(Object.entries(first).reverse()) as unknown as Entry;
    expect(contentHash(turned)).toBe(first.hash);
    expect(contentHash({ ...first, report: null })).toBe(first.hash);
  });
});

function content(entry: Entry): Omit<Entry, "hash"> {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => key !== "hash")) as unknown as Omit<Entry, "hash">;
}

/** Returns the same study with prompts that are each a wording of their own. */
function ownWordings(of: SyntheticStudy): StudyData {
  const tasks = of.results.tasks.map((task) => ({
    ...task,
    prompts: task.prompts.map((prompt) => ({ ...prompt, axes: { wording: prompt.id } })),
  }));
  return {
    source: of.source,
    results: { ...of.results, tasks },
    scores: (...names) => of.scores(...names),
    rows: (...names) => of.rows(...names),
    items: (task) => of.items(task),
    promptText: (...names) => of.promptText(...names),
    answerWords: (task) => of.answerWords(task),
    close: () => of.close(),
  };
}

/** Returns the first tasks of the same study with every answer right. */
function allRight(of: SyntheticStudy, tasks = 1): StudyData {
  const cells = of.results.cells.map((cell) => ({ ...cell, metrics: { acc: { mean: 1, stderr: 0, n: 40 } } }));
  return {
    ...ownWordings(of),
    results: { ...of.results, tasks: ownWordings(of).results.tasks.slice(0, tasks), cells },
    scores: async (...names) => {
      const own = await of.scores(...names);
      return own && { ...own, scores: own.scores.map(() => 1) };
    },
  };
}
