/** Records what a plan asks of its checkpoints, as token ids: nothing is scored, and no weights are needed. */

import { fetchCheckpoint } from "../checkpoints/find/resolve.js";
import { isWeights } from "../checkpoints/find/hub-files.js";
import { openTokenizerFolder } from "../checkpoints/tokenizer-folder.js";
import { UsageError, UserError } from "../base/errors.js";
import { hashValue } from "../base/hash.js";
import type { ModelParts } from "../engine/backends/offline/answered-model.js";
import { RecordingBackend } from "../engine/backends/offline/recording-backend.js";
import type { RequestRow } from "../engine/backends/offline/request-row.js";
import { TextEngine } from "../engine/text/text-engine.js";
import { openTokenizer } from "../engine/text/tokenizer.js";
import type { Plan, StudyCheckpoint } from "./plan.js";
import { cellRequests } from "./requests.js";

/** Holds the requests of checkpoints that have one tokenizer and window. */
export interface RecordedRequests {
  readonly parts: ModelParts;
  /** Each once. */
  readonly rows: readonly RequestRow[];
  readonly checkpoints: readonly StudyCheckpoint[];
}

/**
 * @param tell told in a line of each file that is downloaded: tokenizers and configurations
 * @throws UsageError for checkpoints that cannot be answered for in this way
 */
export async function recordRequests(plan: Plan, tell: (line: string) => void): Promise<RecordedRequests[]> {
  const groups = new Map<string, { readonly parts: ModelParts; readonly checkpoints: StudyCheckpoint[] }>();
  for (const checkpoint of plan.checkpoints) {
    refuseOthers(checkpoint);
    const parts = await openModelParts(checkpoint, tell);
    const { tokenizerFolder, eosIds, window } = parts;
    const key = hashValue([tokenizerFolder.hashes.tokenizer, tokenizerFolder.vocabSize ?? null, eosIds, window]);
    const group = groups.get(key) ?? { parts, checkpoints: [] };
    group.checkpoints.push(checkpoint);
    groups.set(key, group);
  }
  const recorded: RecordedRequests[] = [];
  for (const { parts, checkpoints } of groups.values())
    recorded.push({ parts, checkpoints, rows: await rowsOf(plan, parts) });
  return recorded;
}

async function rowsOf({ tasks, options }: Plan, parts: ModelParts): Promise<RequestRow[]> {
  const { window, eosIds, tokenizerFolder, tokenizer } = parts;
  const backend = new RecordingBackend(window, eosIds, tokenizerFolder.vocabSize);
  const engine = new TextEngine(tokenizer, backend);
  for (const { rows, variants } of tasks) {
    for (const variant of variants) {
      const asked = cellRequests(rows, variant, options.answer, options.calibrate, options.drawn);
      if (asked.priors !== undefined) await engine.score(asked.priors.requests);
      if (asked.kind === "score") await engine.score(asked.requests);
      else await engine.generate(asked.requests);
    }
  }
  return backend.rows;
}

/** Opens what decides the requests of a checkpoint: its tokenizer and its window, less one token as with a server. */
export async function openModelParts(
  { given, resolved }: Pick<StudyCheckpoint, "given" | "resolved">,
  tell: (line: string) => void,
): Promise<ModelParts> {
  const { download, folder, tokenizerFolder: place } = resolved;
  if (download !== undefined) {
    const files = download.files.filter((file) => !isWeights(file));
    await fetchCheckpoint({ download: { ...download, files } }, tell);
  }
  const tokenizerFolder = await openTokenizerFolder(folder, place);
  if (tokenizerFolder.window === undefined)
    throw new UserError(`${given.spec}: its config.json does not say how long a context may be`);
  const tokenizer = openTokenizer({ ...tokenizerFolder, kind: "served" }, place);
  const eosIds = [...new Set([...tokenizerFolder.eosIds, ...tokenizer.eosIds])];
  return { tokenizerFolder, tokenizer, eosIds, window: tokenizerFolder.window - 1 };
}

function refuseOthers({ given: { spec }, adapter, server }: StudyCheckpoint): void {
  if (adapter !== undefined)
    throw new UsageError(`${spec}: requests are exported for whole checkpoints; merge the adapter into its base`);
  if (server !== undefined && server.started === undefined)
    throw new UsageError(`${spec}: a server that runs answers itself; name the checkpoint that is to be run elsewhere`);
  if (server !== undefined && !spec.startsWith("vllm:"))
    throw new UsageError(`${spec}: what answers exported requests is vLLM; name the checkpoint alone, or with vllm:`);
}
