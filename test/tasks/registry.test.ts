import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/base/errors.js";
import { defineTask } from "../../src/tasks/contract.js";
import { builtinRegistry } from "../../src/tasks/registry.js";

const EIGHTEEN = [
  ...["xsum", "xlsum", "cnn_dailymail", "socialiqa", "sciq", "tweetqa"],
  ...["mnli_matched", "mnli_mismatched", "rte", "gpt3nli", "paws", "qqp", "stsb"],
  ...["arc_easy", "arc_challenge", "openbookqa", "hellaswag", "boolq"],
];

describe("selection", () => {
  const select = (...patterns: string[]) =>
    builtinRegistry()
      .select(patterns)
      .map(({ name }) => name);

  test("all is the 18 datasets of the experiment, each once", () => {
    expect(select("all")).toEqual(EIGHTEEN);
    expect(builtinRegistry().all()).toHaveLength(19);
  });

  test.each([
    [["rte"], ["rte"]],
    [
      ["rte", "xsum", "rte"],
      ["xsum", "rte"],
    ],
    [["mnli_*"], ["mnli_matched", "mnli_mismatched"]],
    [["arc_{easy,challenge}"], ["arc_easy", "arc_challenge"]],
    [["nli"], ["mnli_matched", "mnli_mismatched", "rte", "gpt3nli"]],
    [["paraphrase"], ["paws", "qqp", "stsb"]],
    [["generation"], ["xsum", "xlsum", "cnn_dailymail", "socialiqa", "sciq", "tweetqa"]],
    [["extra"], ["sciq_mcq"]],
    [["sciq"], ["sciq"]],
    [["sciq*"], ["sciq", "sciq_mcq"]],
    [
      ["all", "sciq_mcq"],
      [...EIGHTEEN, "sciq_mcq"],
    ],
    [[], []],
  ])("%j gives %j", (patterns, names) => {
    expect(select(...patterns)).toEqual(names);
  });

  test("families and tags cover every task", () => {
    expect(select("classification", "choice", "generation")).toEqual(select("all", "extra"));
  });

  test.each([
    ["rtee", 'unknown task "rtee"; did you mean "rte"? (amuro-eval ls tasks lists them)'],
    ["XSum", 'unknown task "XSum"; did you mean "xsum"?'],
    ["mnli", 'unknown task "mnli"; did you mean "nli"?'],
    ["helaswag", 'did you mean "hellaswag"?'],
    ["zzz*", 'unknown task "zzz*"; known: all, xsum,'],
    ["", 'unknown task ""; known: all, xsum,'],
  ])("%j is refused with the nearest name", (pattern, message) => {
    expect(() => select("rte", pattern)).toThrow(UsageError);
    expect(() => select("rte", pattern)).toThrow(message);
  });
});

describe("registration", () => {
  const task = (name: string) =>
    defineTask<{ sentence1: string; sentence2: string; label: number }>({
      name,
      description: "Another view of rte.",
      family: "nli",
      dataset: "rte",
      tags: ["mine"],
      answer: { kind: "classification", labels: ["no", "yes"] },
      metric: "acc",
      toExample: (row) => ({ fields: { premise: row.sentence1, hypothesis: row.sentence2 }, gold: row.label }),
    });

  test("adds a task that can be selected by all names", () => {
    const registry = builtinRegistry();
    registry.register(task("mine_too"), "plugin a.ts");
    for (const pattern of ["mine_too", "mine", "mine_*"]) {
      expect(registry.select([pattern]).map(({ name }) => name)).toEqual(["mine_too"]);
    }
    expect(registry.select(["nli"]).at(-1)?.name).toBe("mine_too");
    expect(registry.select(["all"])).toHaveLength(19);
  });

  test("of a name that is taken is refused", () => {
    const registry = builtinRegistry();
    expect(() => registry.register(task("rte"), "plugin a.ts")).toThrow(
      'plugin a.ts: there is already a task named "rte"; choose another name',
    );
    expect(registry.all()).toHaveLength(19);
  });
});
