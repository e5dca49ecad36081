/** Built-in families by name, as tests look at them. */

import { loadRows } from "../../src/datasets/index.js";
import type { Example, Task } from "../../src/tasks/contract.js";
import { checkExample } from "../../src/tasks/example.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { BUILTIN_FAMILIES } from "../../src/tasks/families/builtin.js";
import { fieldNames, type Family } from "../../src/tasks/families/family.js";
import { wordingsOf } from "../../src/templates/catalog.js";
import { variantOf, type PromptVariant } from "../../src/templates/variant.js";

export const FAMILY_NAMES = BUILTIN_FAMILIES.map(({ name }) => name);

/** Names of the fields by the name of the family. */
export const FAMILIES: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  BUILTIN_FAMILIES.map((family) => [family.name, fieldNames(family)]),
);

export function familyNamed(name: string): Family {
  const family = BUILTIN_FAMILIES.find((one) => one.name === name);
  if (family === undefined) throw new Error(`no family ${name}`);
  return family;
}

/** Questions in the families that no built-in task belongs to. */
const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  text_classification: [
    { fields: { text: "A film that never ends.", question: "What mood is it in?" }, gold: 0 },
    { fields: { text: "We laughed until we cried.", question: "" }, gold: 1 },
  ],
  open_qa: [
    {
      fields: { passage: "The mill was built in 1802 by the river.", question: "When was the mill built?" },
      references: ["1802", "in 1802"],
    },
    { fields: { passage: "", question: "Who tends the bees?" }, references: ["a beekeeper"] },
  ],
  cloze: [
    { fields: { text: "She put the key in the lock and opened the" }, references: ["door"] },
    { fields: { text: "He was thirsty, so he poured himself some" }, references: ["water"] },
  ],
  word_problems: [
    { fields: { problem: "Six hens lay two eggs each. How many eggs are there?" }, references: ["12"] },
    { fields: { problem: "A train with 40 seats has 13 free ones. How many are taken?" }, references: ["27"] },
  ],
  translation: [
    { fields: { source: "German", target: "English", text: "Der Hund bellt." }, references: ["The dog barks."] },
    { fields: { source: "English", target: "French", text: "It is raining." }, references: ["Il pleut."] },
  ],
};

/** Tasks of a family with questions: the built-in ones with their samples, else one made for the test. */
export async function questionsIn(family: string): Promise<[Task, readonly Example[]][]> {
  const made = EXAMPLES[family];
  if (made !== undefined) return [[taskIn(family), made.map((one) => checkExample(taskIn(family), one))]];
  const tasks = builtinRegistry()
    .all()
    .filter((task) => task.family.name === family);
  return Promise.all(
    tasks.map(async (task): Promise<[Task, Example[]]> => {
      const loaded = await loadRows(task.name, task.dataset, { kind: "sample" });
      if ("skipped" in loaded) throw new Error(loaded.skipped);
      return [task, loaded.evalRows.map((row) => checkExample(task, task.toExample(row)))];
    }),
  );
}

/** Returns the first task of a family: a built-in one, else one made for the test. */
export function taskIn(family: string): Task {
  const registry = builtinRegistry();
  const builtin = registry.all().find((task) => task.family.name === family);
  if (builtin !== undefined) return builtin;
  const isLabelled = familyNamed(family).answer.kinds.includes("classification");
  return registry.register(
    {
      name: `a_${family}`,
      description: "Made for tests.",
      family,
      dataset: { columns: { text: "string" }, files: { eval: "/rows.jsonl" } },
      answer: isLabelled
        ? { kind: "classification", labels: ["sad", "glad"] }
        : { kind: "generation", maxNewTokens: 20, stop: ["\n"] },
      metric: isLabelled ? "acc" : "exact_match",
      toExample: () => EXAMPLES[family]?.[0],
    },
    "test",
  );
}

/** Returns the wordings that a family brings, each as a prompt. */
export function variantsOfFamily(family: Family): PromptVariant[] {
  return wordingsOf(family).map(variantOf);
}
