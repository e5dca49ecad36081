/** Makes the plan of a study: finds its checkpoints, rows and prompts. */

import pLimit from "p-limit";
import { loraPlace, resolveAdapter } from "../checkpoints/find/adapter-place.js";
import { resolveCheckpoint, type ResolvedCheckpoint } from "../checkpoints/find/resolve.js";
import { availableDevices, WASM_NOTE } from "../engine/backends/devices.js";
import { didYouMean, UsageError } from "../base/errors.js";
import { ANY_COLUMNS } from "../datasets/index.js";
import type { Task } from "../tasks/contract.js";
import { askedColumns } from "../tasks/source.js";
import type { TaskRegistry } from "../tasks/registry.js";
import { isNoisy } from "../templates/axes/noise.js";
import { templatesWith } from "../templates/catalog.js";
import { refuseUnknownPrompts } from "../templates/seen.js";
import { listCheckpoints, type ListedCheckpoint } from "./checkpoint-list.js";
import { engineGroups, groupBytes } from "./groups.js";
import { openGroup } from "./open-group.js";
import type { StudyOptions } from "./options.js";
import type { Plan, StudyCheckpoint, StudyTask } from "./plan.js";
import {
  adapterOnServer,
  checkpointToServe,
  modelToServe,
  onlyGenerates,
  runningModel,
  servedCheckpoint,
} from "./served.js";
import { isGenerated, promptSpace, promptsOf, wordingNotes } from "./task-prompts.js";
import { prepareTaskRows } from "./task-rows.js";

/** Lists of files asked for at a time. */
const LISTINGS = 8;

/**
 * Finds checkpoints, rows and prompts. Nothing is scored and no checkpoint is downloaded; everything that can be
 * refused without that is refused here: checkpoints on this machine are opened, of others the list of files is read.
 * @param onProgress called with a line of text at each step that may take long
 */
export async function planStudy(
  options: StudyOptions,
  registry: TaskRegistry,
  onProgress: (line: string) => void = () => undefined,
): Promise<Plan> {
  const asked = options.asked ?? askedColumns({});
  await registry.open(options.tasks, { asked, data: options.data });
  const selected = registry.select(options.tasks, { groupPrompts: options.groupPrompts });
  refuseUselessKeys(options);
  refuseUselessDraws(selected, options);
  refuseOtherColumns(selected, options);
  const { templates: packs = [], seenPrompts: seen = [] } = options;
  // Reading all families takes longer than a small task; a pack may be of any of them, and so may a trained prompt.
  const ownSuffice = packs.length === 0 && seen.length === 0;
  const families = ownSuffice ? [...new Set(selected.map(({ family }) => family))] : registry.families.all();
  const catalog = templatesWith(packs, families);
  const prompts = new Map(selected.map((task) => [task, promptsOf(task, catalog, options)]));
  // A study may have trained on tasks that it does not ask.
  const known = seen.length === 0 ? [] : [...new Set([...selected, ...registry.all()])];
  refuseUnknownPrompts(known.map((task) => promptSpace(task, catalog, options)), seen); // prettier-ignore
  const checkpoints = await findCheckpoints(options, onProgress);
  const inTurn: string[] = [];
  for (const group of engineGroups({ checkpoints, options })) {
    const { server } = group.engine;
    // Nothing is started, nor put on a server, for a plan.
    const isLeft = server !== undefined && (server.started !== undefined || group.adapters.length > 0);
    const isLater = isLeft || (await groupBytes(group)) > 0;
    if (!isLater && (await openGroup(group, options)).widening === "in-turn")
      inTurn.push(...group.checkpoints.map(({ given }) => given.name));
  }
  const tasks: StudyTask[] = [];
  const skipped: { task: string; reason: string }[] = registry.refused.map(({ task, reason }) => ({ task, reason }));
  const mute = await onlyGenerates(checkpoints);
  for (const task of selected) {
    if (mute !== undefined && !isGenerated(task, options)) {
      skipped.push({
        task: task.name,
        reason: `${mute} gives no log-probabilities of answers, so it runs generation only`,
      });
      continue;
    }
    const own = prompts.get(task) ?? { variants: [], seen: undefined };
    const rows = await prepareTaskRows(task, options.data, options, own.variants);
    if ("skipped" in rows) skipped.push({ task: task.name, reason: rows.skipped });
    else tasks.push({ rows: { ...rows, notes: [...rows.notes, ...wordingNotes(task, catalog, options)] }, ...own });
  }
  if (tasks.length === 0) {
    throw new UsageError(
      `none of the tasks has rows: ${skipped.map(({ task, reason }) => `${task}: ${reason}`).join("; ")}`,
    );
  }
  const renamed = options.tasks.flatMap((name) => {
    const present = registry.presentName(name);
    return present === undefined ? [] : [`--task ${name}: the task is named ${present} now`];
  });
  const slow =
    inTurn.length === 0
      ? []
      : [
          `${inTurn.join(", ")}: the weights do not fit into memory as f32, so they stay as they are stored and are made f32 ` +
            "one matrix after the other in every run, which takes longer; scores differ by rounding only",
        ];
  const notes = [...renamed, ...slow, ...notesOf(options, checkpoints, tasks)];
  return { options, checkpoints, tasks, skipped, notes };
}

/** @throws UsageError where texts are to be drawn and no task has any */
function refuseUselessDraws(tasks: readonly Task[], options: StudyOptions): void {
  if (options.drawn === undefined || tasks.some((task) => isGenerated(task, options))) return;
  throw new UsageError(
    "--samples and --temperature are about generated texts, and none of the tasks generates any; --answer generate makes tasks with labels do so",
  );
}

/** @throws UsageError for renamed columns that no task has */
function refuseOtherColumns(tasks: readonly Task[], { data }: StudyOptions): void {
  if (data.kind !== "folder" || data.columns === undefined) return;
  const columns = tasks.map(({ dataset }) => dataset.description.columns);
  if (columns.includes(ANY_COLUMNS)) return;
  const known = [...new Set(columns.flatMap((one) => Object.keys(one)))];
  for (const [own, called] of data.columns) {
    if (called !== "" && known.includes(own)) continue;
    throw new UsageError(`--fields ${own}=${called}: expected COLUMN=NAME_IN_FILE with a column of the tasks${didYouMean(own, known)}`); // prettier-ignore
  }
}

async function findCheckpoints(options: StudyOptions, onProgress: (line: string) => void): Promise<StudyCheckpoint[]> {
  const { offline } = options;
  const listed = await listCheckpoints(options, onProgress);
  const limit = pLimit(LISTINGS);
  const adapted = new Set(
    listed.flatMap(({ given: { spec, base } }) => (loraPlace(spec) === undefined || base === undefined ? [] : [base])),
  );
  const lookUp = async ({ given: { name, spec, revision }, commit }: ListedCheckpoint) => {
    const running = runningModel(spec);
    if (running !== undefined) return servedCheckpoint(running, options, onProgress, adapted.has(name));
    const serve = modelToServe(spec);
    if (serve !== undefined) return checkpointToServe(serve, { revision, commit }, options, onProgress);
    const place = loraPlace(spec);
    // An adapter is run on the weights of its base.
    if (place === undefined) return { resolved: await resolveCheckpoint(spec, { revision, offline, commit }) };
    return { adapter: await resolveAdapter(place, { offline, commit }) };
  };
  let found: Partial<Pick<StudyCheckpoint, "resolved" | "adapter" | "server">>[];
  try {
    found = await Promise.all(listed.map((one) => limit(lookUp, one)));
  } finally {
    limit.clearQueue();
  }
  const places = new Map(listed.map(({ given }, i) => [given.name, { spec: given.spec, ...found[i] }]));
  return listed.map(({ given, point: own }, i) => {
    const adapter = found[i]?.adapter;
    const weights = places.get(adapter === undefined ? given.name : String(given.base));
    const resolved = weights?.resolved as ResolvedCheckpoint;
    const server =
      adapter === undefined || weights?.server === undefined
        ? weights?.server
        : adapterOnServer(
            given.spec,
            { spec: weights.spec, resolved, server: weights.server },
            adapter,
            options,
            onProgress,
          );
    return { given, resolved: { ...resolved, point: own ?? resolved.point }, adapter, server };
  });
}

/** @throws UsageError when keys are to be passed over and no config.json is read here: servers read their own */
function refuseUselessKeys({ checkpoints, ignoredConfigKeys = [] }: StudyOptions): void {
  const isServed = ({ spec }: { readonly spec: string }) => (runningModel(spec) ?? modelToServe(spec)) !== undefined;
  if (ignoredConfigKeys.length === 0 || !checkpoints.every(isServed)) return;
  throw new UsageError(
    "--ignore-config-key is about checkpoints that run here, and servers read config.json themselves; leave it out",
  );
}

function notesOf(
  options: StudyOptions,
  checkpoints: readonly StudyCheckpoint[],
  tasks: readonly StudyTask[],
): string[] {
  const notes = checkpoints.flatMap(({ given, resolved }) =>
    resolved.note === undefined ? [] : [`${given.name}: ${resolved.note}`],
  );
  const { ignoredConfigKeys: ignored = [] } = options;
  if (ignored.length > 0) {
    notes.push(
      `--ignore-config-key passes over ${ignored.join(", ")}: what is computed may differ from what the release computes`,
    );
  }
  if (tasks.some(({ rows }) => rows.loaded.origin === "sample")) {
    notes.push("sample rows: written for this package to show that everything works; not the datasets themselves");
  }
  if (tasks.some(({ rows }) => rows.loaded.origin === "builtin")) {
    notes.push(
      "built-in rows: generated about an invented world in the form of each dataset; not the datasets themselves",
    );
  }
  for (const { rows, variants } of tasks) {
    const listed = variants.some(({ content }) => content.choices !== undefined);
    // The place of a choice counts only where a prompt shows it.
    notes.push(...rows.notes.flatMap(({ check, text }) => (check === "answer-places" && !listed ? [] : [text])));
  }
  const scored = options.drawn === undefined ? [] : tasks.filter(({ rows: { task } }) => !isGenerated(task, options));
  if (scored.length > 0) {
    const names = scored.map(({ rows }) => rows.task.name).join(", ");
    notes.push(`--samples: ${names} ranks log-likelihoods, of which nothing is drawn`);
  }
  if (tasks.some(({ variants }) => variants.some(isNoisy))) {
    notes.push(
      "prompts with noise are left out of everything that is said over prompts: they do not ask in equal words",
    );
  }
  if (options.device === "wasm" && !availableDevices().includes("cpu")) notes.push(WASM_NOTE);
  return notes;
}
