// Prints cross-samples.json: npm run build && node test/golden/cross-samples.mjs > test/golden/cross-samples.json
// To be run only when samples of the product are meant to change: a stored command cross:N@SEED names its prompts by
// them.
import { createHash } from "node:crypto";
import { promptSpace } from "../../dist/study/task-prompts.js";
import { builtinRegistry } from "../../dist/tasks/registry.js";
import { templatesWith } from "../../dist/templates/catalog.js";
import { selectVariants } from "../../dist/templates/selection.js";

const samples = {};
for (const task of builtinRegistry().all()) {
  for (const numFewshot of [4, 0]) {
    const space = promptSpace(task, templatesWith([]), { numFewshot, answer: "loglikelihood" });
    for (const word of ["cross:40", "cross:120@7"]) {
      const hashes = selectVariants(space, [word]).map(({ hash }) => hash);
      samples[`${task.name} ${numFewshot} ${word}`] = createHash("sha256").update(hashes.join("\n")).digest("hex");
    }
  }
}
console.log(JSON.stringify(samples, null, 2));
