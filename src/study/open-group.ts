/** Opens the checkpoints that run on one engine: headers, adapters and chat templates, not the weights. */

import { hashCheckpoint, openCheckpoint, type Checkpoint } from "../checkpoints/checkpoint.js";
import { hashAdapted, readLoraAdapter, type LoraAdapter } from "../checkpoints/files/lora.js";
import type { Widening } from "../checkpoints/graph/weights.js";
import { planMemory } from "../engine/backends/memory.js";
import { chatTemplatesOf, conversation } from "../engine/text/chat-template.js";
import { UserError } from "../base/errors.js";
import { machineMemory } from "../base/machine-memory.js";
import type { OpenedModel } from "../engine/backends/servers/opened-model.js";
import type { CheckpointFacts } from "../store/results.js";
import type { EngineGroup } from "./groups.js";
import type { StudyOptions } from "./options.js";
import type { StudyCheckpoint } from "./plan.js";
import { factsOfServed } from "./served.js";

export interface OpenedGroup {
  readonly opened: Checkpoint | OpenedModel;
  /** By the adapter's folder. */
  readonly adapters: ReadonlyMap<string, LoraAdapter>;
  /** How weights of fewer bits fit into memory; undefined where the program does not hold them. */
  readonly widening: Widening | undefined;
}

/**
 * @throws UserError when something is missing, damaged, not supported or too large; everything has to be on this
 * machine
 */
export async function openGroup(
  { engine, checkpoints }: EngineGroup,
  { chatLayouts, numFewshot, memory }: Pick<StudyOptions, "chatLayouts" | "numFewshot" | "memory">,
): Promise<OpenedGroup> {
  const opened = await (engine.server?.open() ??
    openCheckpoint(engine.folder, engine.tokenizerFolder, engine.ignoredConfigKeys));
  const adapters = new Map<string, LoraAdapter>();
  for (const { given, adapter, server } of checkpoints) {
    // Servers read their adapters themselves.
    if (adapter !== undefined && server === undefined)
      adapters.set(adapter.folder, await openAdapter(given.spec, adapter.folder, opened as Checkpoint));
    const parts = "examination" in opened ? opened.tokenizerFolder : opened;
    const templates = chatTemplatesOf(parts, `checkpoint ${given.name}`);
    for (const layout of chatLayouts) {
      if (layout === undefined) continue;
      const shots = Array.from({ length: numFewshot }, () => "shot");
      const messages = conversation([...shots, "question"], layout.form === "turns" ? shots : undefined);
      templates.render(messages, layout.template);
    }
  }
  return { opened, adapters, widening: wideningOf(opened, adapters, memory) };
}

function wideningOf(
  opened: Checkpoint | OpenedModel,
  adapters: OpenedGroup["adapters"],
  memory: number | undefined,
): Widening | undefined {
  if ("examination" in opened || opened.kind !== "weights") return undefined;
  const merged = [...adapters.values()].filter((adapter) => adapter.merged !== undefined);
  return planMemory(opened, memory, machineMemory(), 1 + merged.length).widening;
}

async function openAdapter(spec: string, folder: string, base: Checkpoint): Promise<LoraAdapter> {
  if (base.kind === "weights") return readLoraAdapter(folder, base);
  throw new UserError(
    `${spec}: a LoRA adapter needs a base that is read from safetensors or pytorch_model.bin; ${base.folder} is not`,
  );
}

/**
 * Collects what results say about each checkpoint of the group; reads all weights.
 * @throws UserError when a file cannot be read, or a weight is no number
 */
export async function factsOf(
  { checkpoints }: EngineGroup,
  { opened, adapters }: OpenedGroup,
): Promise<Map<StudyCheckpoint, CheckpointFacts>> {
  if ("examination" in opened) {
    const modelOf = ({ adapter }: StudyCheckpoint) => opened.adapters?.get(adapter?.folder ?? "") ?? opened;
    return new Map(checkpoints.map((checkpoint) => [checkpoint, factsOfServed(modelOf(checkpoint))]));
  }
  const hashes = await hashCheckpoint(opened);
  const { kind, architecture, dtype, parameters = null, window } = opened;
  const facts = new Map<StudyCheckpoint, CheckpointFacts>();
  for (const checkpoint of checkpoints) {
    const adapter = adapters.get(checkpoint.adapter?.folder ?? "");
    const own = adapter === undefined ? hashes : await hashAdapted(hashes, adapter);
    facts.set(checkpoint, { kind, architecture, dtype, parameters, window, hashes: own });
  }
  return facts;
}
