/** Changes over tasks: which tasks are one group, and when nothing is pooled. */

import { describe, expect, test } from "vitest";
import { analyse } from "../../../src/analysis/analyse.js";
import { readRowTable } from "../../../src/analysis/read/read-row-table.js";
import { wordingGroups } from "../../../src/analysis/parts/pooled.js";
import { randomStream } from "../../../src/base/random.js";
import { parseRowTable } from "../../../src/importers/row-table.js";

const HEADER = ["checkpoint", "step", "stage", "sft_task", "task", "prompt", "item", "value", "axes.wording"];

/** Analyses tasks whose prompts begin with the given names. */
async function analysed(names: readonly string[]) {
  const random = randomStream("pooled", ...names);
  const lines = names.flatMap((named, k) =>
    [0, 1].flatMap((side) =>
      Array.from({ length: 12 * 20 }, (_, at) => {
        const [p, i] = [at % 12, Math.floor(at / 12)];
        const head = side === 0 ? ["base", "1", "base", ""] : ["tuned", "1", "sft", "task 0"];
        const right = random() < 0.3 + 0.03 * p + 0.1 * side;
        return [...head, `task ${k}`, `${named}${p}`, String(i), String(Number(right)), `${named}${p}`];
      }),
    ),
  );
  const table = { header: HEADER, unit: "row" as const, lines: lines.map((values, line) => ({ values, line })) };
  return analyse(readRowTable(await parseRowTable(table, "table"), "table"), { seed: 1 });
}

test("tasks that share a wording, also by way of a third, are one group", () => {
  const groups = wordingGroups([["a", "b"], ["c"], ["d"], ["b", "d"]].map((wordings) => ({ wordings })));
  expect(groups[0]).toBe(groups[3]);
  expect(groups[2]).toBe(groups[3]);
  expect(groups[1]).not.toBe(groups[0]);
});

describe("four tasks", () => {
  test("of four sets of wordings are pooled as four", async () => {
    const { pooled, limits } = await analysed(["a", "b", "c", "d"]);
    expect(pooled.map(({ groups }) => groups)).toEqual(pooled.map(() => 4));
    expect(pooled.length).toBeGreaterThan(0);
    expect(limits.filter(({ what }) => what.includes("over all tasks"))).toEqual([]);
  });

  test("two of which share wordings are three groups, with the ratio of all four", async () => {
    const { pooled, sentences } = await analysed(["a", "b", "c", "c"]);
    const ratio = pooled.find(({ quantity }) => quantity === "SD ratio, logit scale");
    expect(ratio).toMatchObject({ groups: 3, tasks: ["task 0", "task 1", "task 2", "task 3"] });
    for (const { text } of sentences.filter(({ kind }) => kind === "pooled")) {
      expect(text).toContain("over 4 tasks in 3 groups that share wordings");
    }
  });

  test("that share all wordings are not pooled, and the analysis says why", async () => {
    const { pooled, limits } = await analysed(["a", "a", "a", "a"]);
    expect(pooled).toEqual([]);
    expect(limits.find(({ what }) => what === "change over all tasks together")?.why).toBe(
      "the 4 tasks share their wordings; fewer than 3 groups say too little of others",
    );
  });
});
