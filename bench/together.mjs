// Distinct tokens of the default design: prompt by prompt, as a run asks (askings.ts), and in one call for all prompts.
//
//     npm run build && node bench/together.mjs --model FOLDER [--data FOLDER] [--rows 25] [--shots 0]
import { openCheckpoint } from "../dist/checkpoints/checkpoint.js";
import { TextEngine } from "../dist/engine/text/text-engine.js";
import { tokenCount, tokenTree } from "../dist/engine/tree/token-tree.js";
import { openTokenizer } from "../dist/engine/text/tokenizer.js";
import { askedWith } from "../dist/study/askings.js";
import { promptSpace } from "../dist/study/task-prompts.js";
import { cellRequests } from "../dist/study/requests.js";
import { prepareTaskRows } from "../dist/study/task-rows.js";
import { builtinRegistry } from "../dist/tasks/registry.js";
import { templatesWith } from "../dist/templates/catalog.js";
import { selectVariants } from "../dist/templates/selection.js";
import { checkpointFolder, option } from "./lib/requests.mjs";

const checkpoint = await openCheckpoint(await checkpointFolder(option("model", "builtin")));
const data = option("data");
const source = data === undefined ? { kind: "sample" } : { kind: "folder", path: data };
const settings = { numFewshot: Number(option("shots", "0")), limit: Number(option("rows", "25")), seed: 42 };
const answer = "loglikelihood";
// Only its text side is used: nothing is run.
const engine = new TextEngine(openTokenizer(checkpoint), { window: checkpoint.model.window });

const inputs = (rows, variant) => {
  const { kind, requests } = cellRequests(rows, variant, answer);
  if (kind === "score") return requests.flatMap((request) => engine.sequencesOf(engine.prepare(request)));
  return requests.map((request) => engine.fit(request, engine.window - request.maxNewTokens));
};
const distinct = (lists) => tokenCount(tokenTree(lists.flat().map(({ ids }) => ({ ids, targets: [] }))));

console.log("| task | prompts | prompt by prompt | as a run asks | share | one call for all | share |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const task of builtinRegistry().select(["all"])) {
  const variants = selectVariants(promptSpace(task, templatesWith([]), { ...settings, answer }), ["design"]);
  const rows = await prepareTaskRows(task, source, settings, variants).catch(({ message }) => ({ skipped: message }));
  if ("skipped" in rows) {
    console.error(rows.skipped);
    continue;
  }
  const all = new Map();
  for (const variant of variants) all.set(variant, inputs(rows, variant));
  const alone = [...all.values()].reduce((sum, list) => sum + distinct([list]), 0);
  const studyTask = { rows, variants };
  const calls = new Set(variants.map((variant) => askedWith(studyTask, variant, { answer })));
  const run = [...calls].reduce((sum, asking) => sum + distinct(asking.map((one) => all.get(one))), 0);
  const one = distinct([...all.values()]);
  const share = (tokens) => (tokens / alone).toFixed(2);
  console.log(`| ${task.name} | ${variants.length} | ${alone} | ${run} | ${share(run)} | ${one} | ${share(one)} |`);
}
