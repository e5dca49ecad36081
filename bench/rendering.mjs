// How fast prompts are rendered, beside plain Handlebars on the same templates and rows: npm run build && node
// bench/rendering.mjs
import { Buffer } from "node:buffer";
import { performance } from "node:perf_hooks";
import Handlebars from "handlebars";
import { Bench } from "tinybench";
import { prepareTaskRows } from "../dist/study/task-rows.js";
import { builtinRegistry } from "../dist/tasks/registry.js";
import { wordingsOf } from "../dist/templates/catalog.js";
import { renderQuestion } from "../dist/templates/render.js";
import { selectVariants } from "../dist/templates/selection.js";

const PROMPTS = 100_000;

const cases = [];
for (const name of ["rte", "boolq", "xsum"]) {
  const [task] = builtinRegistry().select([name]);
  const rows = await prepareTaskRows(task, { kind: "sample" }, { numFewshot: 0, limit: undefined, seed: 42 });
  const space = { task, wordings: wordingsOf(task.family), numFewshot: 0, generated: false };
  for (const variant of selectVariants(space, ["paper", "format:21"])) {
    const { body, answerSeparator } = variant.content;
    const plain = Handlebars.compile(body, { noEscape: true });
    for (const { example } of rows.items) cases.push({ task, variant, example, plain, body, answerSeparator });
  }
}
const times = Math.ceil(PROMPTS / cases.length);
const each = (render) => () => {
  let bytes = 0;
  // Counting bytes makes the engine put the pieces together, which it otherwise puts off.
  for (let i = 0; i < times; i++) for (const one of cases) bytes += Buffer.byteLength(render(one));
  return bytes;
};
const ours = each(({ task, variant, example }) => renderQuestion(variant, task, example));
const compiledOnce = each(({ plain, example, answerSeparator }) => plain(example.fields) + answerSeparator);
if (ours() !== compiledOnce()) throw new Error("the two do not render alike");

const bench = new Bench({ time: 3000, warmupTime: 500 });
bench.add("amuro-eval", ours);
bench.add("plain Handlebars, compiled once", compiledOnce);
await bench.run();
const prompts = times * cases.length;
console.log(`${prompts.toLocaleString("en")} prompts, ${cases.length} different:`);
for (const { name, result } of bench.tasks) {
  const { mean, rme } = result.latency;
  console.log(
    `  ${name}: ${(mean / 1000).toFixed(3)} s ± ${rme.toFixed(1)} %, ${Math.round(prompts / (mean / 1000)).toLocaleString("en")} prompts/s`,
  );
}
// Compiling for every prompt takes too long to be repeated for all of them.
const few = cases.slice(0, 2000);
const start = performance.now();
for (const { body, example, answerSeparator } of few)
  Handlebars.compile(body, { noEscape: true })(example.fields) + answerSeparator;
const seconds = ((performance.now() - start) / 1000 / few.length) * prompts;
console.log(
  `  plain Handlebars, compiled for each prompt: about ${seconds.toFixed(0)} s (from ${few.length.toLocaleString("en")})`,
);
