// Prints the table of docs/architectures.md: the engine against transformers on every golden checkpoint.
// npm run build && node test/golden/architectures/table.mjs
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withoutCopies } from "../../../dist/checkpoints/files/tied-copies.js";
import { modelWeights } from "../../../dist/checkpoints/model-weights.js";
import { readWeightFiles } from "../../../dist/checkpoints/files/weight-files.js";
import { openRuntime } from "../../../dist/engine/backends/devices.js";
import { planMemory } from "../../../dist/engine/backends/memory.js";
import { OrtBackend } from "../../../dist/engine/backends/ort-backend.js";

const root = import.meta.dirname;
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const logSoftmax = (logits) => {
  const peak = Math.max(...logits);
  const norm = peak + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - peak), 0));
  return logits.map((logit) => logit - norm);
};

console.log("| checkpoint | architecture | against f32 | against f64 | 32 greedy tokens |");
console.log("| --- | --- | --- | --- | --- |");
for (const entry of readdirSync(root, { withFileTypes: true }).filter((one) => one.isDirectory())) {
  const folder = join(root, entry.name);
  const golden = read(join(folder, "golden.json"));
  const all = await readWeightFiles(folder, ["model.safetensors"]);
  const weights = modelWeights(folder, read(join(folder, "config.json")), {}, await withoutCopies(all));
  const { model } = weights;
  const checkpoint = {
    ...weights,
    // The golden tokens go on behind the end of a text.
    ...{ kind: "weights", eosIds: [] },
    weightFiles: [join(folder, "model.safetensors")],
    weightsFolder: folder,
  };
  const backend = new OrtBackend(await openRuntime("cpu"), checkpoint, 1, planMemory(checkpoint));
  const vocab = Array.from({ length: model.vocabSize }, (_, token) => token);
  const targets = golden.positions.flatMap((position) => vocab.map((token) => ({ position, token })));
  const { logprobs } = await backend.score([{ ids: golden.input_ids, targets }]);
  const worst = (expected) => Math.max(...expected.flatMap(logSoftmax).map((value, i) => Math.abs(value - logprobs[i]))).toExponential(1);
  const [greedy] = await backend.generate([golden.input_ids.slice(0, 6)], golden.greedy_ids.length, (steps) => steps.map(() => false));
  const same = greedy.join() === golden.greedy_ids.join() ? "identical" : "DIFFERENT";
  const double = golden.logits_f64 === null ? "–" : worst(golden.logits_f64);
  console.log(`| ${entry.name} | ${model.architecture} | ${worst(golden.logits_f32)} | ${double} | ${same} |`);
  await backend.close();
}
