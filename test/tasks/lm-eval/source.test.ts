/** Tasks of lm-evaluation-harness' files, as the registry reads them. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../../src/base/errors.js";
import { loadRows, type ResolvedDataset } from "../../../src/datasets/index.js";
import { acc, accNorm } from "../../../src/metrics/accuracy.js";
import { exactMatch } from "../../../src/metrics/exact-match.js";
import { perplexity } from "../../../src/metrics/likelihood.js";
import { voted } from "../../../src/metrics/vote.js";
import { cellRequests } from "../../../src/study/requests.js";
import { scoreRow } from "../../../src/study/row-score.js";
import { prepareTaskRows } from "../../../src/study/task-rows.js";
import type { Task } from "../../../src/tasks/contract.js";
import { generationOf } from "../../../src/tasks/lm-eval/generation.js";
import { knownLookup, knownRowChange } from "../../../src/tasks/lm-eval/known-functions.js";
import { PythonFunction } from "../../../src/tasks/lm-eval/yaml.js";
import { builtinRegistry } from "../../../src/tasks/registry.js";
import { selectVariants } from "../../../src/templates/selection.js";
import { wordingsOf } from "../../../src/templates/catalog.js";
import { variantOf } from "../../../src/templates/variant.js";
import { tempFolder } from "../../support/temp-folder.js";

const FILES = join(import.meta.dirname, "../../fixtures/lm-eval");

function tasksOf(spec: string, groupPrompts = false) {
  const registry = builtinRegistry();
  const tasks = registry.select([`lm-eval:${join(FILES, spec)}`], { groupPrompts });
  return { tasks, refused: registry.refused };
}

function refusal(spec: string): UsageError {
  try {
    tasksOf(spec);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function promptsOf(task: Task, words: readonly string[]): string[] {
  const space = {
    task,
    wordings: wordingsOf(task.family),
    numFewshot: 0,
    generated: task.answer.kind === "generation",
  };
  return selectVariants(space, words).map(({ id }) => id);
}

test("a file with what it includes is a task over the fields of its template", () => {
  const [task] = tasksOf("quiz.yaml").tasks;
  expect(task).toMatchObject({ name: "lm_eval_quiz", tags: ["small_quiz"], metric: "acc", shots: "first" });
  expect(task?.metrics.map(({ name }) => name)).toEqual(["acc", "acc_norm"]);
  expect(task?.notes).toEqual(["should_decontaminate is ignored: no row is looked up in training data"]);
  expect(task?.family.fields).toEqual({ question: { meaning: "the column question", called: "Question" } });
  const row = { question: " Who? ", options: { text: ["a", "b"], key: ["x", "y"] }, right: "y" };
  expect(task?.toExample(row)).toMatchObject({ fields: { question: "Who?" }, choices: ["a", "b"], gold: 1 });
});

test("a template over columns gains the default design; one with conditions has its own prompt alone, and says so", () => {
  const [listed] = tasksOf("quiz_listed.yaml").tasks;
  const prompts = promptsOf(listed as Task, ["design"]);
  expect(prompts).toHaveLength(24);
  expect(prompts[0]).toBe("lm-eval");
  expect(Object.values(listed?.family.fields ?? {}).map(({ called }) => called)).toEqual([
    "Question",
    "Choice A",
    "Choice B",
    "Choice C",
  ]);
  const [conditional] = tasksOf("quiz_conditional.yaml").tasks;
  expect(promptsOf(conditional as Task, ["design"])).toEqual(["lm-eval"]);
  expect(conditional?.notes).toContain("its prompt is more than text and columns, so it has no formats");
});

test("a text is generated, read and compared as the file says", () => {
  const [task] = tasksOf("sums.yaml").tasks;
  expect(task?.answer).toEqual({
    kind: "generation",
    maxNewTokens: 12,
    stop: ["\n", "Question:"],
    extract: { pattern: "(-?[0-9\\.,]+)", match: "last" },
  });
  expect(task?.metric).toMatch(/^exact_string_nocase_without_[0-9a-f]{6}$/);
  expect(task?.notes).toEqual([
    "filter number is taken; strict is left out",
    "its file asks for 0 shots (--num-fewshot 0)",
  ]);
  expect(task?.toExample({ problem: "1 and 1?", result: 2 })).toMatchObject({ references: ["2"] });
});

describe("a path that names several tasks", () => {
  test("a group has the tasks of its tags and names", () => {
    expect(tasksOf("group.yaml").tasks.map(({ name }) => name)).toEqual([
      "lm_eval_quiz",
      "lm_eval_quiz_conditional",
      "lm_eval_quiz_listed",
      "lm_eval_sums",
    ]);
  });

  test("a folder has all its tasks; what cannot be run is said with its reason", () => {
    const { tasks, refused } = tasksOf(".");
    expect(tasks).toHaveLength(15);
    expect(refused.map(({ task }) => task)).toEqual(["scripted"]);
  });

  test("a name, glob or tag picks tasks of a folder, and one that is not there is told with the nearest", () => {
    expect(tasksOf(".#verdict_tasks").tasks).toHaveLength(3);
    expect(tasksOf(".#quiz_*").tasks).toHaveLength(2);
    expect(refusal(".#sum").message).toContain('no task, group or tag is named "sum"; did you mean "sums"?');
  });
});

test("a function of Python is refused by its name with its text, and what to do", () => {
  const { message, detail = "" } = refusal("scripted.yaml");
  expect(message).toContain("process_docs is !function helpers.process_docs, which is Python and is not run");
  expect(message).toContain("write the task as a plugin whose toExample does the same (docs/plugins.md)");
  expect(detail.split("\n")).toEqual([
    "def process_docs(dataset):",
    "    # Doubles the question.",
    '    return dataset.map(lambda row: {"question": row["question"] * 2})',
  ]);
});

test("files that differ in the number of a prompt become one task with as many wordings", () => {
  expect(tasksOf(".#verdict_tasks").tasks).toHaveLength(3);
  const { tasks } = tasksOf(".#verdict_tasks", true);
  expect(tasks.map(({ name }) => name)).toEqual(["lm_eval_verdict"]);
  const task = tasks[0] as Task;
  expect(wordingsOf(task.family).map(({ id }) => id)).toEqual(["prompt-1", "prompt-2", "prompt-3"]);
  const row = { claim: "Snow is warm.", so: "no" };
  expect(task.toExample(row)).toMatchObject({
    fields: { claim: "Snow is warm." },
    gold: 1,
    worded: {
      "prompt-1": { prompt: "Snow is warm.\nIs that so?", answers: ["Yes", "No"] },
      "prompt-2": { prompt: "True or false: Snow is warm.\nAnswer:", answers: ["true", "false"] },
      "prompt-3": { prompt: "Short claim: Snow is warm. This is", answers: ["right", "wrong"] },
    },
  });
  expect(promptsOf(task, ["design"])).toHaveLength(24);
});

test("answers that all rows share are judged per character, too, as there", () => {
  const [task] = tasksOf("verdict_prompt_1.yaml").tasks;
  expect(task?.answer.kind).toBe("classification");
  expect(task?.metrics.map(({ name }) => name)).toEqual(["acc", "acc_norm"]);
});

test("a line of a quoted text that stands too far left is told with what to do", () => {
  const file = join(tempFolder(), "left.yaml");
  writeFileSync(file, 'task: left\nfewshot_config:\n  samples:\n    - question: "One\n  two"\n');
  expect(() => builtinRegistry().select([`lm-eval:${file}`])).toThrow(
    /not YAML \(Missing closing .quote at line 4, .*; begin every line of a quoted text with more spaces than its key$/,
  );
});

test("f1 of a task with two labels is that of the second one", () => {
  const file = join(tempFolder(), "verdict_f1.yaml");
  const more = `include: ${join(FILES, "verdict_prompt_1.yaml")}\ntask: verdict_f1\ndataset_kwargs: { data_files: { validation: ${join(FILES, "verdict.jsonl")} } }\nmetric_list: [{ metric: acc }, { metric: f1 }]\n`;
  writeFileSync(file, more);
  const [task] = builtinRegistry().select([`lm-eval:${file}`]);
  expect(task?.metrics.map(({ name }) => name)).toEqual(["acc", "f1_class:No"]);
});

test("bleu and chrf are those of sentences, which is said", () => {
  const file = join(tempFolder(), "said.yaml");
  const keys = {
    task: "said",
    dataset_path: "json",
    dataset_kwargs: { data_files: { test: join(FILES, "sums.jsonl") } },
  };
  const asked = { test_split: "test", output_type: "generate_until", doc_to_text: "q", doc_to_target: "a" };
  const metrics = ["bleu", "ter", "chrf"].map((metric) => ({ metric, aggregation: metric, higher_is_better: true }));
  writeFileSync(file, JSON.stringify({ ...keys, ...asked, metric_list: metrics }));
  const [task] = builtinRegistry().select([`lm-eval:${file}`]);
  expect(task?.metrics.map(({ name }) => name)).toEqual(["sentence_bleu", "sentence_chrf"]);
  expect(task?.notes).toContain("not computed here: ter");
  expect(task?.notes).toContain(
    "bleu and chrf: the mean of the sentences, from 0 to 1; the harness has that of all texts together",
  );
});

test("a path that is not there is told in one line", () => {
  expect(refusal("nothing.yaml").message).toMatch(/^lm-eval:.*nothing\.yaml: no such file or folder$/);
});

describe("a single text whose likelihood is measured", () => {
  const [task] = tasksOf("last_word.yaml").tasks as [Task];
  const example = { context: "The sky is", word: "blue" };

  test("has one choice, its own words in its own prompt, and nothing that a prompt could list", () => {
    expect(task.answer).toEqual({ kind: "multiple-choice", single: true });
    expect(task.metrics.map(({ name }) => name)).toEqual(["perplexity", "acc"]);
    expect(task.toExample(example)).toEqual({
      fields: { context: "The sky is" },
      choices: ["blue"],
      gold: 0,
      worded: { "lm-eval": { prompt: "The sky is", answers: [" blue"] } },
    });
    const prompts = promptsOf(task, ["design"]);
    expect(prompts[0]).toBe("lm-eval");
    expect(prompts.filter((id) => id.includes("choices="))).toEqual([]);
  });

  test("is given where it is the most likely text", () => {
    const about = { answers: ["blue"], numbered: false, whole: true, references: ["blue"], gold: 0, logprobs: [-1.5] };
    expect([0, -1].map((choice) => acc.row({ ...about, choice }))).toEqual([1, 0]);
    expect(accNorm.row({ ...about, choice: 0 })).toBeUndefined();
    expect(acc.chance(1)).toBe(0);
    const { all, without } = perplexity.set(
      [
        { gold: 0, choice: 0, logprobs: [-1] },
        { gold: 0, choice: -1, logprobs: [-3] },
      ],
      [],
    );
    expect(all).toBeCloseTo(Math.exp(2), 12);
    expect([...without]).toEqual([Math.exp(3), Math.exp(1)]);
  });
});

test("a file that draws its texts says with which flags, and is judged by what most of them say, too", () => {
  const [task] = tasksOf("drawn.yaml").tasks;
  expect(task?.notes).toEqual([
    "its file draws 8 texts of each row at temperature 0.7 (--samples 8 --temperature 0.7); without these flags the most likely text is generated",
    "top_p is left out: texts are drawn from all tokens",
  ]);
  expect(task?.metrics.map(({ name }) => name)).toEqual(["exact_string_majority", "exact_string", "answer_read"]);
});

describe("what most of the drawn texts say", () => {
  /** Judges texts drawn for a row whose right answer is 8. */
  const judged = async (texts: readonly string[]) => {
    const [task] = builtinRegistry().select([`lm-eval:${join(FILES, "drawn.yaml")}`]);
    if (task === undefined) throw new Error("no task");
    const options = { numFewshot: 0, limit: undefined, seed: 1 };
    const rows = await prepareTaskRows(task, { kind: "sample" }, options);
    const [wording] = wordingsOf(task.family);
    if ("skipped" in rows || wording === undefined) throw new Error("no rows or no prompt");
    const asked = cellRequests(rows, variantOf(wording), "loglikelihood");
    const fit = { contextTokens: 1, droppedSegments: 0, truncated: false };
    const samples = texts.map((text) => ({ text, tokens: 1 }));
    const result = { ...fit, text: texts[0] ?? "", tokens: texts.length, ...(texts.length > 1 ? { samples } : {}) };
    return scoreRow(rows, asked, 0, result).metrics;
  };

  test.each<[string, readonly string[], number, number]>([
    ["counts, not the mean of the texts", ["7", "it is 8", "8", "9"], 1, 0.5],
    ["is the first among equals", ["7", "8", "8", "7"], 0, 0.5],
    ["may be nothing", ["?", "none", "8", "no"], 0, 0.25],
    ["is what a single text says", ["8"], 1, 1],
  ])("%s", async (_what, texts, majority, mean) => {
    const metrics = await judged(texts);
    expect(metrics).toMatchObject({ exact_string_majority: majority, exact_string: mean });
  });

  test("is asked of the first texts where the file says of how many", () => {
    const few = { name: "few", filter: [{ function: "take_first_k", k: 3 }, { function: "majority_vote" }] };
    const { judged: which } = generationOf({ task: "t", filter_list: [few] });
    expect(which).toEqual([3]);
    expect(voted(exactMatch, 3)).toMatchObject({ name: "exact_match_majority_of_3", vote: 3 });
  });
});

describe("functions of Python whose text says that they only", () => {
  const called = (name: string) => new PythonFunction(`subjects.${name}`, FILES);

  test.each([
    ["process_history", "history"],
    ["process_life_science", "Life Science"],
    ["process_arts_crafts", "Arts & Crafts"],
    ["process_law", "law"],
  ])("keep the rows of a subject: %s", (name, subject) => {
    const change = knownRowChange(called(name));
    expect(change?.({ subject, n: 1 })).toEqual({ subject, n: 1 });
    expect(change?.({ subject: "art" })).toBeUndefined();
  });

  test("look a word up", () => {
    expect(knownLookup(called("word_of"))?.({ label: 1 })).toBe("yes");
    expect(() => knownLookup(called("word_of"))?.({ label: 2 })).toThrow("the column label is 2, not one of 0, 1");
  });

  test("and those that do more are not known", () => {
    for (const name of ["both", "process_art", "only", "process_Law"])
      expect(knownRowChange(called(name))).toBeUndefined();
    expect(knownLookup(called("other_word_of"))).toBeUndefined();
  });
});

describe("files as people write them", () => {
  const ROWS = [0, 1].map((i) => JSON.stringify({ q: `Is ${i} odd?`, a: i })).join("\n");
  const KEYS = {
    test_split: "test",
    output_type: "multiple_choice",
    doc_to_text: "{{q}}",
    doc_to_target: "a",
    doc_to_choice: ["no", "yes"],
  };

  /** Writes rows and a file of a task, and reads it. */
  const taskOf = (keys: object) => {
    const folder = tempFolder();
    mkdirSync(join(folder, "rows"));
    writeFileSync(join(folder, "rows", "test-1.jsonl"), ROWS);
    const file = join(folder, "odd.yaml");
    writeFileSync(file, JSON.stringify({ task: "odd", dataset_path: "json", ...KEYS, ...keys }));
    const [task] = builtinRegistry().select([`lm-eval:${file}`]);
    return { task, rows: join(folder, "rows", "test-1.jsonl") };
  };

  test.each([
    ["a pattern of files", { dataset_kwargs: { data_files: { test: "rows/*.jsonl" } } }],
    ["data_dir", { dataset_kwargs: { data_dir: "rows" } }],
  ])("%s", (_what, keys) => {
    const { task, rows } = taskOf(keys);
    expect(task?.dataset.files?.eval.paths).toEqual([rows]);
  });

  test("several files of a split, a part of them, and the key of their rows", () => {
    const { task, rows } = taskOf({
      test_split: "test[:50%]",
      dataset_kwargs: { data_files: { test: ["rows/test-1.jsonl", "rows/*.jsonl"] }, field: "data" },
    });
    const slice = { from: undefined, to: { count: 50, unit: "%" } };
    expect(task?.dataset.files?.eval).toEqual({ paths: [rows, rows], field: "data", slice });
    expect(() => taskOf({ test_split: "test[a]" })).toThrow('the split "test[a]" is not read here; write a name, or');
  });

  test("a column of numbers is no prompt, as there, and shots that are listed may be too few", async () => {
    const { task, rows } = taskOf({ doc_to_text: "a", dataset_kwargs: { data_dir: "rows" } });
    expect(() => task?.toExample({ q: "", a: 1 })).toThrow("the column a is 1, not a text; write {{a}} for its value");
    const source = { kind: "sample" } as const;
    const none = taskOf({ dataset_kwargs: { data_files: { test: rows } }, fewshot_config: { samples: [] } })
      .task as Task;
    const prepared = await prepareTaskRows(none, source, { numFewshot: 1, limit: undefined, seed: 1 });
    expect(prepared).toMatchObject({
      skipped: expect.stringContaining("the list of shots of lm_eval_odd has 0 rows") as string,
    });
  });

  test("data_files of a dataset of the hub", () => {
    const more = { dataset_path: "ORG/NAME", dataset_kwargs: { data_files: { test: ["a/*.jsonl", "b.jsonl"] } } };
    expect(taskOf(more).task?.dataset.description.hub?.files).toEqual({ test: "{a/*.jsonl,b.jsonl}" });
  });

  test("rows that process_docs leaves out are not asked", async () => {
    const { task, rows } = taskOf({ dataset_kwargs: { data_dir: "rows" } });
    const folder = dirname(dirname(rows));
    writeFileSync(
      join(folder, "part.py"),
      'def of(dataset, n):\n    return dataset.filter(lambda x: x["q"] == n)\n\n\nfirst = partial(of, n="Is 1 odd?")\nnone = partial(of, n="")\n',
    );
    writeFileSync(join(folder, "part.yaml"), `include: odd.yaml\ntask: part\nprocess_docs: !function part.first\n`);
    writeFileSync(join(folder, "none.yaml"), `include: odd.yaml\ntask: none\nprocess_docs: !function part.none\n`);
    const read = async (file: string) => {
      const [one] = builtinRegistry().select([`lm-eval:${join(folder, file)}`]);
      return loadRows(one?.name ?? "", (one ?? task)?.dataset as ResolvedDataset, { kind: "sample" });
    };
    expect(await read("part.yaml")).toMatchObject({ evalRows: [{ q: "Is 1 odd?", a: 1 }] });
    await expect(read("none.yaml")).rejects.toThrow("lm_eval_none takes none of the 2 rows");
  });

  test("keys of generation_kwargs that do nothing here are said", () => {
    const notes = (generation_kwargs: object) =>
      generationOf({ task: "t", generation_kwargs: { ...generation_kwargs } }).notes;
    expect(notes({ until: ["a", null], max_gen_toks: 3, num_beams: 1, top_k: 2 })).toEqual([]);
    expect(notes({ num_beams: 4, penalty_alpha: 1 })).toEqual([
      "generation_kwargs: num_beams, penalty_alpha are left out",
    ]);
  });

  const GENERATES = { output_type: "generate_until", doc_to_choice: null, metric_list: [{ metric: "exact_match" }] };
  const regex = [{ name: "x", filter: [{ function: "regex", regex_pattern: "(a" }] }];
  test.each([
    [{ fewshot_config: { sampler: "frist_n" } }, 'there is no sampler "frist_n"; did you mean "first_n"?'],
    [
      { ...GENERATES, generation_kwargs: { max_gen_tokens: 3 } },
      'unknown key "max_gen_tokens"; did you mean "max_gen_toks"?',
    ],
    [
      { ...GENERATES, generation_kwargs: { max_gen_toks: "ten" } },
      'max_gen_toks: expected a whole number above 0, found "ten"',
    ],
    [{ ...GENERATES, generation_kwargs: { until: 3 } }, "generation_kwargs.until: expected texts, found 3"],
    [
      { ...GENERATES, filter_list: regex },
      'filter_list: the regular expression "(a" of Python cannot be read here (Unterminated group)',
    ],
  ])("%j is refused", (keys, message) => {
    expect(() => taskOf({ dataset_kwargs: { data_dir: "rows" }, ...keys })).toThrow(message);
  });

  test("a right answer that is none of the choices is shown beside them", () => {
    const { task } = taskOf({ dataset_kwargs: { data_dir: "rows" }, doc_to_target: "q" });
    expect(() => task?.toExample({ q: "maybe", a: 1 })).toThrow(
      'doc_to_target: "maybe" is none of the choices ["no","yes"]',
    );
  });

  test.each([
    [
      "task: t\ndoc_to_text: a\ndoc_to_text: b\n",
      "line 3: the key doc_to_text stands a second time with another value",
    ],
    [
      "task: t\ndoc_to_text: !functoin a.b\n",
      "Unresolved tag: !functoin at line 2, column 14:; of tags !function alone",
    ],
    ["task: t\ninclude: base.yaml\n", "odd.yaml: include: there is no file "],
    ["group: g\ntask: []\n", "odd.yaml: the group names no tasks"],
  ])("%j is refused", (text, message) => {
    const file = join(tempFolder(), "odd.yaml");
    writeFileSync(file, text);
    expect(() => builtinRegistry().select([`lm-eval:${file}`])).toThrow(message);
  });

  test("a folder that is not there is said", () => {
    expect(() => taskOf({ dataset_kwargs: { data_dir: "row" } })).toThrow("dataset_kwargs.data_dir: no folder row");
  });

  test("shots that are worded in another way are said", () => {
    const { task } = taskOf({
      dataset_kwargs: { data_dir: "rows" },
      fewshot_config: { sampler: "first_n", doc_to_text: "Q" },
    });
    expect(task?.notes.join()).toContain("fewshot_config: doc_to_text is left out");
  });

  test("a second regular expression that takes white space from the end is as good as none", () => {
    const regex = (pattern: string) => ({ function: "regex", regex_pattern: pattern });
    const filter = [regex("^(.*?)(?=\\n|$)"), { function: "remove_whitespace" }, regex("^(.*?)\\s*$")];
    expect(generationOf({ task: "t", filter_list: [{ name: "x", filter }] }).answer.extract).toEqual({
      pattern: "^(.*?)(?=\\n|$)",
    });
    const two = [regex("a"), regex("b")];
    expect(() => generationOf({ task: "t", filter_list: [{ name: "x", filter: two }] })).toThrow(
      "the filter regex is not known here",
    );
  });
});
