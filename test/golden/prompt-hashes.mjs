// Prints prompt-hashes.json: npm run build && node test/golden/prompt-hashes.mjs > test/golden/prompt-hashes.json
// To be run only when a built-in prompt is meant to change: stored results are told apart by these hashes.
import { BUILTIN_FAMILIES } from "../../dist/tasks/families/builtin.js";
import { wordingsOf } from "../../dist/templates/catalog.js";
import { variantOf } from "../../dist/templates/variant.js";

const hashes = BUILTIN_FAMILIES.flatMap((family) =>
  wordingsOf(family).map((wording) => {
    const { id, hash } = variantOf(wording);
    return [`${family.name}/${id}`, hash];
  }),
);
console.log(JSON.stringify(Object.fromEntries(hashes), null, 2));
