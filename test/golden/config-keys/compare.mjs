// Holds amuro-eval against what vary.py found, and prints the table of docs/architectures.md.
// npm run build && node test/golden/config-keys/compare.mjs cases.json [--list KIND]
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readModel } from "../../../dist/checkpoints/architectures/index.js";
import { readWeightFiles } from "../../../dist/checkpoints/files/weight-files.js";
import { withoutCopies } from "../../../dist/checkpoints/files/tied-copies.js";
import { openRuntime } from "../../../dist/engine/backends/devices.js";
import { planMemory } from "../../../dist/engine/backends/memory.js";
import { OrtBackend } from "../../../dist/engine/backends/ort-backend.js";

const { cases, positions, tokens, transformers } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const listed = process.argv[4];
const architectures = join(import.meta.dirname, "..", "architectures");
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const runtime = await openRuntime("cpu");
const stored = new Map();
const scores = new Map();

/** Log-probabilities of a case, or why it is refused. */
async function compute({ checkpoint: name, config }) {
  const folder = resolve(architectures, name);
  if (!stored.has(name)) stored.set(name, await withoutCopies(await readWeightFiles(folder, ["model.safetensors"])));
  const tensors = stored.get(name);
  let model;
  try {
    model = readModel(config, tensors, "config.json");
    const key = `${name} ${JSON.stringify(model, (_, value) => (value instanceof Float32Array ? [...value] : value))}`;
    if (!scores.has(key)) scores.set(key, await score(folder, name, model, tensors));
    return { logprobs: scores.get(key) };
  } catch (error) {
    if (error.name !== "UserError" && error.name !== "UsageError") throw error;
    return { refused: error.message };
  }
}

async function score(folder, name, model, tensors) {
  const files = { folder, weightFiles: [join(folder, "model.safetensors")], weightsFolder: folder };
  const checkpoint = { kind: "weights", model, tensors, window: model.window, eosIds: [], used: new Set(tensors.keys()), ...files };
  const backend = new OrtBackend(runtime, checkpoint, 1, planMemory(checkpoint));
  const ids = read(join(folder, "golden.json")).input_ids;
  const targets = positions.flatMap((position) => tokens.map((token) => ({ position, token })));
  const { logprobs } = await backend.score([{ ids, targets }]);
  await backend.close();
  return [...logprobs];
}

const distance = (a, b) => Math.max(...a.flat().map((value, i) => Math.abs(value - b.flat()[i])));
const KINDS = ["same", "refused, changes", "refused, changes nothing", "both refuse", "opened here only", "DIFFERENT"];
const table = new Map();
const unchanged = new Map();
for (const one of cases) {
  const at = `${one.checkpoint} ${one.spelling}`;
  if (one.change === "nothing") unchanged.set(at, one.logprobs);
  const ours = await compute(one);
  const plain = unchanged.get(at);
  let kind;
  if (one.refused !== undefined) kind = ours.refused === undefined ? "opened here only" : "both refuse";
  else if (ours.refused !== undefined) {
    kind = distance(one.logprobs, plain) > 1e-5 ? "refused, changes" : "refused, changes nothing";
  } else kind = distance(one.logprobs, ours.logprobs) > 1e-4 ? "DIFFERENT" : "same";
  const row = table.get(one.checkpoint) ?? Object.fromEntries(KINDS.map((name) => [name, 0]));
  row[kind]++;
  table.set(one.checkpoint, row);
  if (kind === listed || kind === "DIFFERENT") {
    const by = ours.logprobs && one.logprobs ? ` by ${distance(one.logprobs, ours.logprobs).toFixed(4)}` : "";
    console.error(`${kind} | ${at}: ${one.change}${by} ${ours.refused ?? ""} ${one.refused ?? ""}`);
  }
}
console.log(`transformers ${transformers}`);
console.log(`| checkpoint | ${KINDS.join(" | ")} |\n| --- ${"| --- ".repeat(KINDS.length)}|`);
for (const [name, row] of table) console.log(`| ${name} | ${KINDS.map((kind) => row[kind]).join(" | ")} |`);
