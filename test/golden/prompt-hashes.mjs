// Prints prompt-hashes.json: npm run build && node test/golden/prompt-hashes.mjs > test/golden/prompt-hashes.json
// To be run only when a built-in prompt is meant to change: stored results are told apart by these hashes.
import { FAMILY_NAMES } from "../../dist/tasks/families.js";
import { variantsOfFamily } from "../../dist/templates/variant.js";

const hashes = FAMILY_NAMES.flatMap((family) =>
  variantsOfFamily(family).map(({ id, hash }) => [`${family}/${id}`, hash]),
);
console.log(JSON.stringify(Object.fromEntries(hashes), null, 2));
