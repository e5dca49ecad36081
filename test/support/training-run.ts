/** Provides a training run on the local hub: one repository of tiny checkpoints, one commit for each step. */

import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sha256Of, type FakeRepo } from "./hub-server.js";
import { tempFolder } from "./temp-folder.js";
import { writeTinyCheckpoint } from "./tiny-checkpoint.js";

/** Names of the steps' branches: step1000-tokens4B, step2000-tokens8B, … */
export function stepNames(steps: number): string[] {
  return Array.from({ length: steps }, (_, i) => `step${(i + 1) * 1000}-tokens${(i + 1) * 4}B`);
}

/**
 * @param steps number of steps; the last one is also the branch main
 * @param more added to every commit
 * @returns the commits, in the order in which a hub would list them: by name
 */
export async function trainingRun(id: string, steps: number, more: Partial<FakeRepo> = {}): Promise<FakeRepo[]> {
  const commits: FakeRepo[] = [];
  for (const [i, name] of stepNames(steps).entries()) {
    const files = await checkpointFiles(i + 1);
    const branches = i + 1 === steps ? ["main", name] : [name];
    const commit = sha256Of(`${id} ${name}`).slice(0, 40);
    commits.push({ type: "model", id, commit, branches, files, large: ["model.safetensors"], ...more });
  }
  return commits.sort((a, b) => (String(a.branches[0]) < String(b.branches[0]) ? -1 : 1));
}

/** Returns the files of a tiny checkpoint. */
export async function checkpointFiles(seed: number): Promise<Record<string, Buffer>> {
  const folder = await writeTinyCheckpoint(join(tempFolder(), "checkpoint"), { seed });
  const names = await readdir(folder);
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
}
