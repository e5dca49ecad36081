// Compares token ids with those that oracle.py wrote: npm run build && node compare.mjs OUT.json [PART OF A FOLDER'S
// NAME] Where a tokenizer is BPE over bytes, GGUF's metadata is made of it, and the tokenizer that is made from that is
// compared as well, for each way of splitting texts: those that give all ids are named.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
const D = new URL("../../../dist/", import.meta.url).href;
const { TextTokenizer } = await import(D + "engine/text/tokenizer.js");
const { readTokenizer } = await import(D + "checkpoints/tokenizers/read-tokenizer.js");
const { ggufTokenizer } = await import(D + "checkpoints/gguf/tokenizer.js");
const { PRE_TOKENIZERS } = await import(D + "checkpoints/gguf/pre-tokenizers.js");
const { texts, results, versions } = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(versions);
const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {});
const rightOf = (tokenizer, ids, whole) => {
  const wrong = texts.filter((text, i) => tokenizer.encode(text).join() !== ids[i].join());
  // An empty context has a token here, which the library leaves empty.
  const wrongWhole = texts.filter((text, i) => whole[i].length > 0 && tokenizer.encodeContext(text).join() !== whole[i].join());
  return { right: texts.length - wrong.length, rightWhole: texts.length - wrongWhole.length, wrong: [...wrong, ...wrongWhole] };
};
const metadataOf = ({ model, added_tokens: added = [] }, pre) => {
  const tokens = [];
  const types = [];
  const set = (id, text, type) => {
    tokens[id] = text;
    types[id] = type;
  };
  for (const [text, id] of Object.entries(model.vocab)) set(id, text, 1);
  for (const { id, content, special } of added) set(id, content, special ? 3 : 4);
  for (let id = 0; id < tokens.length; id++) if (tokens[id] === undefined) set(id, `[PAD${id}]`, 5);
  const merges = model.merges.map((merge) => (typeof merge === "string" ? merge : merge.join(" ")));
  return new Map([
    ["tokenizer.ggml.model", "gpt2"], ["tokenizer.ggml.pre", pre], ["tokenizer.ggml.tokens", tokens],
    ["tokenizer.ggml.token_type", types], ["tokenizer.ggml.merges", merges], ["tokenizer.ggml.add_bos_token", false],
  ]);
};
for (const { folder, ids, whole } of results.filter(({ folder }) => folder.includes(process.argv[3] ?? ""))) {
  const json = readJson(join(folder, "tokenizer.json"));
  const parts = await readTokenizer(folder, readdirSync(folder), readJson(join(folder, "config.json")));
  const { right, rightWhole, wrong } = rightOf(new TextTokenizer(parts.tokenizerJson, parts.tokenizerConfig, 0), ids, whole);
  const name = folder.split("/").filter((part) => !["package", "models"].includes(part)).at(-1);
  console.log(`${name.padEnd(28)} ${right} of ${texts.length} texts, ${rightWhole} as contexts`, wrong.slice(0, 3).map((text) => JSON.stringify(text)).join(" "));
  if (!JSON.stringify(json.pre_tokenizer ?? "").includes("ByteLevel")) continue;
  const different = Object.entries(PRE_TOKENIZERS).filter(([, kind], i, all) => all.findIndex(([, one]) => one === kind) === i);
  const fitting = different.filter(([pre]) => {
    const made = ggufTokenizer(metadataOf(json, pre), "made");
    const tokenizer = new TextTokenizer(made.tokenizerJson, made.tokenizerConfig, undefined);
    return texts.every((text, i) => tokenizer.encode(text).join() === ids[i].join());
  });
  console.log("  all ids as GGUF", fitting.map(([pre]) => pre).join(", ") || "under no name");
}
