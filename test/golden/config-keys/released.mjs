// Opens what released.py wrote and prints the table of docs/architectures.md.
// npm run build && node test/golden/config-keys/released.mjs FOLDER [--all]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withoutCopies } from "../../../dist/checkpoints/files/tied-copies.js";
import { readWeightFiles } from "../../../dist/checkpoints/files/weight-files.js";
import { modelWeights } from "../../../dist/checkpoints/model-weights.js";
import { openRuntime } from "../../../dist/engine/backends/devices.js";
import { planMemory } from "../../../dist/engine/backends/memory.js";
import { OrtBackend } from "../../../dist/engine/backends/ort-backend.js";

const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const root = process.argv[2];
const runtime = await openRuntime("cpu");

/** Largest difference from transformers, in nats; null where transformers gave nothing. */
async function difference(folder, golden) {
  const files = ["model.safetensors"].filter((file) => existsSync(join(folder, file)));
  const tensors = files.length === 0 ? new Map() : await withoutCopies(await readWeightFiles(folder, files));
  const weights = modelWeights(folder, read(join(folder, "config.json")), {}, tensors);
  const { model } = weights;
  const where = { folder, weightFiles: files.map((file) => join(folder, file)), weightsFolder: folder };
  const checkpoint = { ...weights, kind: "weights", ...where };
  const backend = new OrtBackend(runtime, checkpoint, 1, planMemory(checkpoint));
  const targets = golden.positions.flatMap((position) =>
    Array.from({ length: model.vocabSize }, (_, token) => ({ position, token })),
  );
  const { logprobs } = await backend.score([{ ids: golden.input_ids, targets }]);
  await backend.close();
  return golden.logprobs.flat().reduce((worst, value, i) => Math.max(worst, Math.abs(value - logprobs[i])), 0);
}

const rows = [];
for (const name of readdirSync(root).sort()) {
  const folder = join(root, name);
  const golden = read(join(folder, "golden.json"));
  const { architectures = [] } = read(join(folder, "config.json"));
  let result;
  try {
    result = (await difference(folder, golden)).toExponential(1);
  } catch (error) {
    const message = error.message.replace(`${folder}/config.json: `, "").replaceAll(folder, "").split(/; supported: |; it may change/)[0];
    result = `refused: ${message}`;
  }
  rows.push({ name: golden.name, architecture: architectures[0] ?? "–", source: golden.source, result, theirs: golden.refused });
}
const opened = rows.filter(({ result }) => !result.startsWith("refused"));
if (process.argv[3] === "--all") {
  console.log("| release | architecture | seen in | difference, or why not |\n| --- | --- | --- | --- |");
  for (const { name, architecture, source, result, theirs } of rows) {
    const note = theirs === undefined || !result.startsWith("refused") ? "" : " (transformers does not make it either)";
    console.log(`| ${name} | ${architecture} | ${source} | ${result}${note} |`);
  }
} else {
  console.log(`${rows.length} released configurations, ${opened.length} opened\n`);
  console.log("| architecture | releases | opened | largest difference | why not the others |\n| --- | --- | --- | --- | --- |");
  const isUnsupported = ({ result }) => result.startsWith("refused: architecture ");
  for (const architecture of [...new Set(rows.map((row) => row.architecture))].sort()) {
    const own = rows.filter((row) => row.architecture === architecture && !isUnsupported(row));
    if (own.length === 0) continue;
    const differences = own.filter((row) => opened.includes(row)).map(({ result }) => Number(result));
    const largest = differences.length === 0 ? "–" : Math.max(...differences).toExponential(1);
    const reasons = new Set(own.filter((row) => !opened.includes(row)).map(({ result }) => result.replace("refused: ", "")));
    console.log(`| ${architecture} | ${own.length} | ${differences.length} | ${largest} | ${[...reasons].join("; ")} |`);
  }
  const others = new Set(rows.filter(isUnsupported).map((row) => row.architecture));
  console.log(`\nOther architectures: ${[...others].sort().join(", ")}.`);
}
