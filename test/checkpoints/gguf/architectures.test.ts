import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { FAMILIES } from "../../../src/checkpoints/gguf/families.js";
import { openBackend } from "../../support/engines.js";
import { GOLDEN, readJson, worstDifference, type Golden } from "../../support/golden.js";

const FOLDER = join(import.meta.dirname, "../../golden/gguf");
const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".gguf") && name !== "quantised.gguf")
  .map((name) => name.slice(0, -".gguf".length));

test.each(NAMES)(
  "%s converted by llama.cpp computes what the released checkpoint does in transformers",
  async (name) => {
    const checkpoint = await openCheckpoint(join(FOLDER, `${name}.gguf`));
    if (checkpoint.kind !== "weights") throw new Error("no weights");
    expect(checkpoint.dtype).toBe("F32 (GGUF)");
    const backend = await openBackend(checkpoint);
    const own = join(FOLDER, `${name}.golden.json`);
    const golden = readJson(existsSync(own) ? own : join(GOLDEN, name, "golden.json")) as Golden;
    expect(await worstDifference(backend, golden)).toBeLessThan(1e-4);
    await backend.close();
  },
);

test("every architecture of GGUF that is read has such a checkpoint", () => {
  const architectures = new Set(
    NAMES.map((name) => (readJson(join(GOLDEN, name, "config.json")) as { architectures: string[] }).architectures[0]),
  );
  for (const { architecture } of Object.values(FAMILIES)) expect(architectures).toContain(architecture);
});
