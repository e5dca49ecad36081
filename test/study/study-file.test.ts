import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { completedAnswers, studyText } from "../../src/cli/commands/init.js";
import { UsageError } from "../../src/base/errors.js";
import { completedStudy, readStudyFile } from "../../src/study/study-file.js";
import type { Schema } from "../../src/base/schema.js";
import { Evaluate, Sft, Study } from "../../src/study/study-schema.js";
import { tempFolder } from "../support/temp-folder.js";

const fieldsOf = (schema: Schema<unknown>) => Object.keys(schema["properties"] as object);

const SMALLEST = { checkpoints: "builtin", sft: { tasks: "rte" } };

describe("a study file", () => {
  test("needs checkpoints and tasks to train on; the rest has defaults, and a lone value is a list of one", () => {
    expect(completedStudy(SMALLEST, "f")).toEqual({
      checkpoints: ["builtin"],
      data: "hub",
      sft: { tasks: ["rte"], by: {} },
      evaluate: {
        tasks: ["all"],
        prompts: ["design"],
        templates: [],
        "chat-template": ["off"],
        answer: "loglikelihood",
        "num-fewshot": 4,
        seed: 42,
      },
      output: "amuro-study",
      device: "auto",
      threads: 0,
      offline: false,
      plugins: [],
    });
  });

  test("says which servers evaluate and what trains, and nothing of servers where there are none", () => {
    const served = { serve: "vllm", "server-args": "--dtype float32", gpus: "0", python: "/env" };
    expect(completedStudy({ ...SMALLEST, ...served }, "f")).toMatchObject({ ...served, gpus: ["0"] });
    const trl = { engine: "trl", launcher: "srun", processes: 16, python: "/trl" };
    expect(completedStudy({ ...SMALLEST, sft: { tasks: "rte", ...trl } }, "f").sft).toMatchObject(trl);
    expect(() => completedStudy({ ...SMALLEST, gpus: "0" }, "f")).toThrow(
      new UsageError("f: gpus goes with serve: vllm or sglang"),
    );
  });

  test("keeps what it says", () => {
    const by = { rte: { prompts: "io", lr: 0.1 } };
    const file = {
      ...SMALLEST,
      steps: 7,
      sft: { tasks: ["rte"], epochs: 2, dtype: "bf16", by },
      evaluate: { limit: 0.5 },
    };
    expect(completedStudy(file, "f")).toMatchObject({
      steps: [7],
      sft: { epochs: 2, dtype: "bf16", by: { rte: { prompts: ["io"], lr: 0.1 } } },
      evaluate: { limit: 0.5, prompts: ["design"] },
    });
  });

  test.each([["builtin@step*"], ["org/name@step*"]])("as init writes it for %s is complete", async (checkpoint) => {
    const text = studyText(await completedAnswers({ checkpoints: [checkpoint] }, undefined));
    expect(completedStudy(parse(text), "f")).toMatchObject({
      checkpoints: [checkpoint],
      sft: { tasks: ["mnli_matched", "paws"] },
      evaluate: { tasks: ["mnli_matched", "paws"] },
    });
    // What is commented out is right as well.
    const all = text.replace(/^(\s*)# ([a-z][\w-]*:)/gm, "$1$2").replace(/^(\s*)# {3}(xsum:)/gm, "$1  $2");
    expect(() => completedStudy(parse(all), "f")).not.toThrow();
    const said = parse(all) as { readonly sft: object; readonly evaluate: object };
    expect(new Set(Object.keys(said))).toEqual(new Set(fieldsOf(Study)));
    expect(new Set(Object.keys(said.sft))).toEqual(new Set(fieldsOf(Sft)));
    expect(new Set(Object.keys(said.evaluate))).toEqual(new Set(fieldsOf(Evaluate)));
  });

  test("as init writes it holds what was answered, in the order of the questions", async () => {
    const asked: string[] = [];
    const answers = [" 'a b'/step1, org/x@main ", "", "rte"];
    const completed = await completedAnswers({}, (question) => {
      asked.push(question);
      return Promise.resolve(answers[asked.length - 1] ?? "");
    });
    expect(asked.map((question) => /\[(.*)\]/.exec(question)?.[1])).toEqual([
      "builtin@step*",
      "mnli_matched,paws",
      "mnli_matched,paws",
    ]);
    expect(completed).toEqual({
      checkpoints: ["'a b'/step1", "org/x@main"],
      sftTasks: ["mnli_matched", "paws"],
      tasks: ["rte"],
    });
    expect(completedStudy(parse(studyText(completed)), "f")).toMatchObject({
      checkpoints: completed.checkpoints,
      data: "hub",
      evaluate: { tasks: ["rte"], prompts: ["design"] },
    });
  });

  test.each([
    [{ ...SMALLEST, chekpoints: 1 }, 'f: unknown key "chekpoints"; did you mean "checkpoints"?'],
    [{ sft: { tasks: "rte" } }, 'f: missing key "checkpoints"'],
    [{ checkpoints: "builtin" }, 'f: missing key "sft"'],
    [{ checkpoints: "builtin", sft: { epochs: 1 } }, 'f: missing key "tasks" in sft'],
    [{ ...SMALLEST, checkpoints: [] }, "f: checkpoints must NOT have fewer than 1 items"],
    [{ ...SMALLEST, sft: { tasks: [] } }, "f: sft.tasks must NOT have fewer than 1 items"],
    [{ ...SMALLEST, sft: { tasks: "rte", epoch: 3 } }, 'f: unknown key "epoch" in sft; did you mean "epochs"?'],
    [{ ...SMALLEST, sft: { tasks: "rte", epochs: "3" } }, 'f: sft.epochs must be integer, not the string "3"'],
    [{ ...SMALLEST, sft: { tasks: "rte", epochs: 0 } }, "f: sft.epochs must be >= 1"],
    [{ ...SMALLEST, sft: { tasks: "rte", dtype: "bf61" } }, 'f: sft.dtype is "bf61"; did you mean "bf16"?'],
    [{ ...SMALLEST, sft: { tasks: "rte", by: { rte: { rank: 1 } } } }, 'f: unknown key "rank" in sft.by.rte'],
    [{ ...SMALLEST, evaluate: { answer: "generat" } }, 'f: evaluate.answer is "generat"; did you mean "generate"?'],
    [{ ...SMALLEST, evaluate: { limit: 0 } }, "f: evaluate.limit must be > 0"],
    [{ ...SMALLEST, evaluate: { shots: 4 } }, 'f: unknown key "shots" in evaluate'],
    [[], "f: the value must be object, not array"],
    [null, "f: the value must be object, not null"],
  ])("is refused where it says %j", (content, message) => {
    expect(() => completedStudy(content, "f")).toThrow(UsageError);
    expect(() => completedStudy(content, "f")).toThrow(message);
  });

  test("that is not there, or is not YAML, is named", () => {
    const folder = tempFolder();
    expect(() => readStudyFile(join(folder, "none.yaml"))).toThrow(/none\.yaml: no such file; amuro-eval init/);
    writeFileSync(join(folder, "bad.yaml"), "checkpoints: [");
    expect(() => readStudyFile(join(folder, "bad.yaml"))).toThrow(/bad\.yaml: not YAML or JSON/);
    expect(() => readStudyFile(folder)).toThrow(/cannot be read \(EISDIR\)/);
  });
});
