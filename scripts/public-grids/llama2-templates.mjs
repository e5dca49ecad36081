/**
 * Does tuning for chat raise the sensitivity of Llama-2 to the template, also where the base stands above chance?
 *
 *     npm run build && node scripts/public-grids/llama2-templates.mjs FOLDER
 *
 * FOLDER holds llama2-mmlu-templates.csv (model, subject, shots, template, accuracy, n), which are the published
 * summaries of eliyahabba/LLM-Evaluation. docs/public-grids.md says how it is counted.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { randomStream } from "../../dist/base/random.js";
import { byGroups, mean, sd, interval } from "./lib.mjs";

const CHANCE = 0.25;
const FEWEST_TEMPLATES = 8;
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("give the folder of llama2-mmlu-templates.csv");

const [, ...lines] = readFileSync(join(folder, "llama2-mmlu-templates.csv"), "utf8").trim().split(/\r?\n/);
const cells = lines.map((line) => {
  const [model, subject, shots, template, accuracy, n] = line.split(",");
  const [, size, chat] = /Llama-2-(\w+?)(-chat)?-hf/.exec(model);
  return { size, chat: chat !== undefined, subject, shots, template, accuracy: Number(accuracy), n: Number(n) };
});

/** Takes the templates that base and chat both answered on all rows. */
function pairOf(own) {
  const full = Math.max(...own.map(({ n }) => n));
  const of = (chat) => new Map(own.filter((cell) => cell.chat === chat && cell.n === full).map((cell) => [cell.template, cell.accuracy])); // prettier-ignore
  const [base, chat] = [of(false), of(true)];
  const shared = [...base.keys()].filter((template) => chat.has(template));
  return { n: full, base: shared.map((template) => base.get(template)), chat: shared.map((template) => chat.get(template)) }; // prettier-ignore
}

const pairs = [...byGroups(cells, ({ size, subject, shots }) => `${size},${shots},${subject}`)].map(([key, own]) => {
  const [size, shots, subject] = key.split(",");
  return { size, shots, subject, ...pairOf(own) };
}).filter(({ base }) => base.length >= FEWEST_TEMPLATES); // prettier-ignore

/** Variance between templates: with the noise of rows in it, and less that of rows of their own, which is too much. */
function variances(values, n) {
  const raw = sd(values) ** 2;
  return [raw, raw - mean(values.map((p) => (p * (1 - p)) / n))];
}

const studied = pairs.map((pair) => {
  const [baseRaw, baseLess] = variances(pair.base, pair.n);
  const [chatRaw, chatLess] = variances(pair.chat, pair.n);
  // The base stands above chance where its mean is beyond two standard errors of one template.
  const above = mean(pair.base) > CHANCE + 2 * Math.sqrt((CHANCE * (1 - CHANCE)) / pair.n);
  return { ...pair, above, level: [mean(pair.base), mean(pair.chat)], baseRaw, chatRaw, baseLess, chatLess };
});

const random = randomStream("llama2-templates");
const difference = (own, from) => mean(own.map((pair) => pair[`chat${from}`])) - mean(own.map((pair) => pair[`base${from}`])); // prettier-ignore
const root = (value) => (value < 0 ? 0 : Math.sqrt(value));

console.log("size,shots,stratum,pairs,templates,rows,base mean,chat mean,base SD,chat SD,base SD less noise,chat SD less noise,change of variance x 1e4,low,high,less noise,low,high"); // prettier-ignore
for (const [key, all] of byGroups(studied, ({ size, shots }) => `${size},${shots}`)) {
  for (const [stratum, own] of [["all", all], ["base above chance", all.filter(({ above }) => above)], ["base at chance", all.filter(({ above }) => !above)]]) {
    if (own.length < 3) continue;
    const fields = [own.length, mean(own.map(({ base }) => base.length)).toFixed(0), mean(own.map(({ n }) => n)).toFixed(0)];
    const levels = [0, 1].map((k) => mean(own.map(({ level }) => level[k])).toFixed(3));
    const sds = ["baseRaw", "chatRaw", "baseLess", "chatLess"].map((name) => root(mean(own.map((pair) => pair[name]))).toFixed(3));
    const changes = ["Raw", "Less"].flatMap((from) => [difference(own, from), ...interval(own, (drawn) => difference(drawn, from), random)]);
    console.log([key, stratum, ...fields, ...levels, ...sds, ...changes.map((value) => (1e4 * value).toFixed(2))].join(","));
  }
} // prettier-ignore
