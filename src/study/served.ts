/** Checkpoints of a study that servers answer for. */

import { parseServerSpec, type RunningModel } from "../checkpoints/find/server-spec.js";
import { findTokenizer, tokenizerOfServed } from "../checkpoints/find/tokenizer-place.js";
import { parseTrainingStep } from "../checkpoints/find/training-steps.js";
import type { ResolvedCheckpoint } from "../checkpoints/find/resolve.js";
import { hashValue } from "../base/hash.js";
import { serverFacts } from "../engine/backends/servers/facts.js";
import { runningServer, type ServerHandle } from "../engine/backends/servers/handle.js";
import type { OpenedServer } from "../engine/backends/servers/open-server.js";
import type { CheckpointFacts } from "../store/results.js";
import type { StudyOptions } from "./options.js";
import type { StudyCheckpoint } from "./plan.js";

/** What a spec says of a model that servers offer already; undefined for any other spec. */
export function runningModel(spec: string): RunningModel | undefined {
  const parsed = parseServerSpec(spec);
  return parsed !== undefined && "urls" in parsed ? parsed : undefined;
}

/**
 * Asks the servers what they are, and examines what they give.
 * @param tell told of it in one line
 * @throws UserError where they cannot answer for a checkpoint
 */
export async function servedCheckpoint(
  running: RunningModel,
  { serving = {}, offline }: Pick<StudyOptions, "serving" | "offline">,
  tell: (line: string) => void,
): Promise<{ readonly resolved: ResolvedCheckpoint; readonly server: ServerHandle }> {
  const { tokenizer, ...options } = serving;
  const server = runningServer(running, {
    ...options,
    tell,
    findTokenizer: ({ root, model }) =>
      tokenizer === undefined
        ? tokenizerOfServed(
            [root, model].filter((name) => name !== undefined),
            running.urls.join(", "),
            offline,
            tell,
          )
        : findTokenizer(tokenizer, offline, tell),
  });
  const { line, place, served } = await server.open();
  tell(line);
  const resolved: ResolvedCheckpoint = {
    ...place,
    revision: undefined,
    point: parseTrainingStep(served.about.model),
    download: undefined,
    note: undefined,
  };
  return { resolved, server };
}

/** What results say of a served model. */
export function factsOfServed(opened: OpenedServer): CheckpointFacts {
  const { served, tokenizerFolder, window } = opened;
  const server = serverFacts(opened);
  const { engine, version, model, dtype, flags, shape, probes } = server;
  const identity = { engine, version, model, dtype, flags, shape, probes };
  return {
    kind: "server",
    architecture: tokenizerFolder.architecture ?? "unknown",
    dtype: served.about.dtype ?? "unknown",
    parameters: served.about.parameters ?? null,
    window,
    hashes: { weights: hashValue(identity), ...tokenizerFolder.hashes },
    server,
  };
}

/** Name of the first checkpoint whose server gives no log-probabilities of given tokens; it runs generation only. */
export async function onlyGenerates(checkpoints: readonly StudyCheckpoint[]): Promise<string | undefined> {
  for (const { given, server } of checkpoints) {
    if (server === undefined) continue;
    const { examination } = await server.open();
    if (examination.noScores !== undefined) return given.name;
  }
  return undefined;
}
