/** Makes a task of a templates.yaml of promptsource: `promptsource:PATH[#SPLIT]`. Its templates are the wordings. */

import { UserError } from "../../base/errors.js";
import { ANY_COLUMNS, type Row } from "../../datasets/index.js";
import type { Answer, Example, TaskDefinition, Worded } from "../contract.js";
import { defineFamily, type WordingDefinition } from "../families/family.js";
import type { SourceTasks, TaskSource } from "../source.js";
import { slug } from "../task-name.js";
import { readTemplates, type TemplatesFile } from "./file.js";
import { SourceTemplate } from "./template.js";

export const promptsourceSource: TaskSource = {
  name: "promptsource",
  read: (given): SourceTasks => {
    const [, path = given, split = "validation"] = /^(.*?)(?:#([^#/\\]+))?$/s.exec(given) ?? [];
    const file = readTemplates(path);
    const asked = file.templates.filter(({ metadata }) => metadata?.original_task !== false);
    const others = file.templates.filter((one) => !asked.includes(one)).map(({ name }) => name);
    const notes = others.length === 0 ? [] : [`left out, since they ask something else than the dataset does: ${others.join(", ")}`]; // prettier-ignore
    const groups = new Map<string, SourceTemplate[]>();
    for (const config of asked) {
      const template = new SourceTemplate(config);
      const key = keyOf(template);
      groups.set(key, [...(groups.get(key) ?? []), template]);
    }
    const ordered = [...groups].sort(([, a], [, b]) => b.length - a.length);
    const tasks = ordered.map(([key, templates], i) => ({
      definition: taskOf(file, split, i === 0 ? "" : `_${key}`, templates, notes),
    }));
    return {
      tasks,
      refused: tasks.length > 0 ? [] : [{ task: file.dataset, reason: `no template asks what the dataset asks; ${others.length} ask something else` }], // prettier-ignore
    };
  },
};

/** Templates with as many answers, or of free text, are one task: their right answers can be the same. */
function keyOf(template: SourceTemplate): string {
  if (template.config.answer_choices == null) return "text";
  const fixed = template.fixedChoices;
  return fixed === undefined ? "choices" : `${fixed.length}_answers`;
}

function taskOf(
  { dataset, subset }: TemplatesFile,
  split: string,
  suffix: string,
  templates: readonly SourceTemplate[],
  notes: readonly string[],
): TaskDefinition {
  const [first] = templates as readonly [SourceTemplate];
  const name =
    slug(["promptsource", dataset.split("/").at(-1), subset].filter((part) => part != null).join("_")) + suffix;
  const ids = idsOf(templates);
  const apart = templates.map((one) => one.apart()).find((one) => one !== undefined);
  const labels = templates.every(({ fixedChoices }) => fixedChoices !== undefined) ? first.fixedChoices : undefined;
  const isText = first.config.answer_choices == null;
  const kind = isText ? "generation" : labels === undefined ? "multiple-choice" : "classification";
  const wordings = templates.map((template, i): [string, WordingDefinition] => [
    ids[i] as string,
    { source: template.config.jinja, ...(isText ? {} : { answers: template.config.answer_choices ?? "" }) }, // prettier-ignore
  ]);
  const family = defineFamily({
    name: `${name}_prompts`,
    description: `The templates of promptsource for ${dataset}.`,
    fields: apart?.fields ?? { row: { meaning: "the row as its file has it", called: "Row" } },
    answer: { called: "Answer", kinds: [kind] },
    wordings: Object.fromEntries(wordings),
    shotSeparator: "\n\n",
    ...(apart === undefined ? { formats: false } : {}),
  });
  const isLong = templates.some(({ config }) => config.metadata?.metrics?.includes("ROUGE") === true);
  return {
    name,
    description: `${dataset}, asked by its templates of promptsource.`,
    family,
    dataset: {
      columns: ANY_COLUMNS,
      hub: { id: dataset, revision: "main", ...(subset == null ? {} : { config: subset }) },
      splits: { eval: split, ...(split === "train" ? {} : { train: "train" }) },
      fileName: dataset.split("/").at(-1) as string,
    },
    answer: answerOf(kind, labels, isLong),
    metrics: kind === "generation" ? (isLong ? ["rouge_l"] : ["exact_match", "f1"]) : ["acc"],
    notes: [...notes, ...(apart === undefined ? ["none of its templates is text and columns alone, so it has no formats"] : [])], // prettier-ignore
    toExample: (row) =>
      exampleOf(row, new Map(templates.map((one, i) => [ids[i] as string, one])), kind, {
        ...(apart?.of(row) ?? { row: JSON.stringify(row) }),
      }),
  };
}

function answerOf(kind: Answer["kind"], labels: readonly string[] | undefined, isLong: boolean): Answer {
  if (kind === "multiple-choice") return { kind };
  if (kind === "classification") return { kind, labels: labels ?? [] };
  return { kind: "generation", maxNewTokens: isLong ? 60 : 32, stop: isLong ? ["\n\n"] : ["\n"] };
}

/** @throws UserError where two templates give a row different right answers */
function exampleOf(
  row: Row,
  templates: ReadonlyMap<string, SourceTemplate>,
  kind: Answer["kind"],
  fields: Readonly<Record<string, string>>,
): Example {
  let gold: { readonly place: number; readonly of: number; readonly id: string } | undefined;
  let target: string | undefined;
  let choices: readonly string[] = [];
  const worded = [...templates].map(([id, template]): [string, Worded] => {
    const applied = template.apply(row);
    target ??= applied.target;
    const own = template.choicesOf(row);
    if (own === undefined) return [id, { prompt: applied.input }];
    const place = own.indexOf(applied.target);
    if (place < 0) throw new UserError(`the template "${template.config.name}": its answer ${JSON.stringify(applied.target)} is none of ${own.map((one) => JSON.stringify(one)).join(", ")}`); // prettier-ignore
    if (gold === undefined) [gold, choices] = [{ place, of: own.length, id }, own];
    else if (gold.place !== place || gold.of !== own.length) {
      throw new UserError(`the templates ${gold.id} and ${id} give the row different right answers (choice ${gold.place + 1} of ${gold.of}, ${place + 1} of ${own.length}); leave one of them out`); // prettier-ignore
    }
    return [id, { prompt: applied.input, answers: own }];
  });
  const about = { fields, worded: Object.fromEntries(worded) };
  if (kind === "generation") return { ...about, references: [target ?? ""] };
  const place = gold?.place ?? -1;
  return kind === "classification" ? { ...about, gold: place } : { ...about, choices, gold: place };
}

/** Returns ids that wordings may have, each once. */
function idsOf(templates: readonly SourceTemplate[]): string[] {
  const used = new Map<string, number>();
  return templates.map(({ config }) => {
    const plain = slug(config.name).replaceAll("_", "-").replace(/^[^a-z]+/, "") || "template"; // prettier-ignore
    const times = (used.get(plain) ?? 0) + 1;
    used.set(plain, times);
    return times === 1 ? plain : `${plain}-${times}`;
  });
}
