// Compares token ids and log-probabilities of a GGUF file with those that oracle.py wrote: npm run build && node
// compare.mjs MODEL.gguf golden.json
import { readFileSync } from "node:fs";
const D = new URL("../../../dist/", import.meta.url).href;
const { openCheckpoint } = await import(D + "checkpoints/checkpoint.js");
const { openTokenizer } = await import(D + "engine/text/tokenizer.js");
const { OrtBackend } = await import(D + "engine/backends/ort-backend.js");
const { openRuntime } = await import(D + "engine/backends/devices.js");
const { planMemory } = await import(D + "engine/backends/memory.js");
const { localFolder } = await import(D + "checkpoints/find/resolve.js");
const [path, golden, device = "cpu"] = process.argv.slice(2);
const r = localFolder(path);
const c = await openCheckpoint(r.folder, r.tokenizerFolder);
const tok = openTokenizer(c, r.tokenizerFolder);
const backend = new OrtBackend(await openRuntime(device), c, 2, planMemory(c));
let worst = 0, idsOk = 0, n = 0;
const rows = JSON.parse(readFileSync(golden, "utf8"));
for (const { text, ids, logprobs, best } of rows) {
  const own = tok.encodeContext(text);
  if (own.join() === ids.join()) idsOk++;
  else console.log("ids differ:", JSON.stringify(text.slice(0, 50)), "\n ", own.slice(0, 60).join(" "), "\n ", ids.slice(0, 60).join(" "));
  if (ids.length < 2) continue;
  const targets = logprobs.map((_, i) => ({ position: i, token: ids[i + 1] }));
  const s = await backend.score([{ ids, targets }]);
  for (let i = 0; i < logprobs.length; i++) { worst = Math.max(worst, Math.abs(s.logprobs[i] - logprobs[i]), Math.abs(s.best[i] - best[i])); n++; }
}
const rounded = worst.toExponential(1);
console.log(`${c.architecture} ${c.dtype}: ids of ${idsOk} of ${rows.length} texts, largest difference ${rounded} nats over ${n} tokens`);
await backend.close();
