/** Makes a plan whose checkpoints are answered for by a folder of requests. */

import { UserError } from "../base/errors.js";
import { hashValue } from "../base/hash.js";
import { answeredModel } from "../engine/backends/offline/answered-model.js";
import { readAnswers } from "../engine/backends/offline/answers.js";
import type { AskedCheckpoint, Manifest } from "../engine/backends/offline/manifest.js";
import { serverHandle } from "../engine/backends/servers/handle.js";
import { rowsHash } from "./export-requests.js";
import type { Plan, StudyCheckpoint } from "./plan.js";
import { recordRequests } from "./record-requests.js";

/**
 * @param plan made of the manifest's command
 * @param folder with manifest.json, requests/ and answers/
 * @throws UserError where the plan asks something else than the folder holds, or answers are missing, damaged or of
 *   another model
 */
export async function answeredPlan(
  plan: Plan,
  folder: string,
  manifest: Manifest,
  tell: (line: string) => void,
): Promise<Plan> {
  const answered = new Map<StudyCheckpoint, StudyCheckpoint>();
  const probes: { readonly name: string; readonly values: readonly number[] }[] = [];
  for (const recorded of await recordRequests(plan, tell)) {
    const asked = rowsHash(recorded);
    for (const checkpoint of recorded.checkpoints) {
      const entry = entryOf(manifest, checkpoint, folder);
      const exported = manifest.requests.find(({ name }) => name === entry.requests);
      if (exported?.rows_sha256 !== asked) {
        throw new UserError(
          `${folder} was exported for other requests than ${entry.name} has now: rows, prompts, tokenizer or the version of ` +
            `amuro-eval (${manifest.version}) have changed; export again`,
        );
      }
      const answers = await readAnswers(folder, manifest, entry);
      const { engine, version, dtype } = answers.receipt;
      const { noise, probes: values } = answers.canaries;
      tell(
        `${entry.name}: answers of ${engine} ${version} (${String(dtype)}); one question's answers differ by at most ` +
          `${noise === 0 ? "0" : noise.toExponential(1)} nats`,
      );
      probes.push({ name: entry.name, values });
      const opened = answeredModel(answers, recorded.parts);
      const key = hashValue([folder, entry.name]);
      answered.set(checkpoint, { ...checkpoint, server: serverHandle(key, () => Promise.resolve(opened)) });
    }
  }
  refuseTwins(probes);
  return { ...plan, checkpoints: plan.checkpoints.map((one) => answered.get(one) ?? one) };
}

function entryOf({ checkpoints }: Manifest, { given, resolved }: StudyCheckpoint, folder: string): AskedCheckpoint {
  const entry = checkpoints.find(({ name }) => name === given.name);
  if (entry === undefined) throw new UserError(`${folder} was exported without ${given.name}; export again`);
  if (entry.revision === (resolved.revision ?? null)) return entry;
  throw new UserError(
    `${given.name} is at commit ${String(resolved.revision)} now, and was at ${String(entry.revision)} when ${folder} was ` +
      "exported; export again, or name the commit",
  );
}

/** Refuses different checkpoints with the same numbers: one was run with the weights of the other. */
function refuseTwins(probes: readonly { readonly name: string; readonly values: readonly number[] }[]): void {
  const seen = new Map<string, string>();
  for (const { name, values } of probes) {
    const key = values.map((value) => value.toFixed(6)).join(" ");
    const twin = seen.get(key);
    if (twin !== undefined) {
      throw new UserError(
        `${twin} and ${name} have the same log-probabilities for all ${values.length} probe tokens: both were run with the ` +
          "weights of one; give each its folder with --checkpoint NAME --path FOLDER",
      );
    }
    seen.set(key, name);
  }
}
