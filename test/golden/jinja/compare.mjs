// Counts on how many of the templates of golden.json other JavaScript engines give Jinja2's text, or fail where it
// fails. npm install --no-save nunjucks minijinja-js @huggingface/jinja && npm run build && node
// test/golden/jinja/compare.mjs
import { readFileSync } from "node:fs";
import { Template } from "@huggingface/jinja";
import { Environment as Minijinja } from "minijinja-js";
import nunjucks from "nunjucks";
import { render } from "../../../dist/base/jinja/evaluator.js";
import { fromJson } from "../../../dist/base/jinja/globals.js";
import { parseTemplate } from "../../../dist/base/jinja/parser.js";

const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"));
const raise = () => {
  throw new Error("raised");
};
const own = Object.fromEntries(Object.entries(golden.names).map(([name, value]) => [name, fromJson(value)]));
const nunjucksEnvironment = new nunjucks.Environment(null, { autoescape: false, trimBlocks: true, lstripBlocks: true });
const engines = {
  "amuro-eval": (template) => render(parseTemplate(template), own),
  "@huggingface/jinja": (template) => new Template(template).render({ ...golden.names }),
  nunjucks: (template) => nunjucksEnvironment.renderString(template, { ...golden.names, raise_exception: raise }),
  "minijinja-js": (template) => {
    const environment = new Minijinja();
    environment.trimBlocks = environment.lstripBlocks = true;
    environment.pyCompat = true;
    return environment.renderStr(template, golden.names);
  },
};
console.log(`| engine | same text | other text | fails where Jinja2 does not | fails as Jinja2 does | writes where Jinja2 fails |`);
console.log("| --- | --- | --- | --- | --- | --- |");
for (const [name, engine] of Object.entries(engines)) {
  const counts = { same: 0, other: 0, fails: 0, both: 0, writes: 0 };
  for (const { template, text } of golden.cases) {
    let ours;
    try {
      ours = engine(template);
    } catch {
      ours = undefined;
    }
    if (text === undefined) counts[ours === undefined ? "both" : "writes"]++;
    else counts[ours === undefined ? "fails" : ours === text ? "same" : "other"]++;
  }
  console.log(`| ${name} | ${Object.values(counts).join(" | ")} |`);
}
