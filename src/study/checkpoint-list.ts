/**
 * Lists the checkpoints of a study one by one: specs with wildcards and picked training steps become what they stand
 * for.
 */

import { loraPlace, loraSpec } from "../checkpoints/find/adapter-place.js";
import { expandSpec, isPicking, type ExpandedSpec, type PointSelection } from "../checkpoints/find/points.js";
import { NameReading } from "../checkpoints/find/name-reading.js";
import { isGlob } from "../checkpoints/find/spec.js";
import type { TrainingStep } from "../checkpoints/find/training-steps.js";
import { UsageError } from "../base/errors.js";
import { counted } from "../base/wording.js";
import type { CheckpointSpec, StudyOptions } from "./options.js";
import { startOf } from "./pairs.js";
import { modelToServe, runningModel } from "./served.js";

export interface ListedCheckpoint {
  readonly given: CheckpointSpec;
  /** Commit on the hub, where the list of revisions told it. */
  readonly commit: string | undefined;
  /** Point of training as the user says it, or as the name of one of a run tells it. */
  readonly point?: TrainingStep | undefined;
}

/** Holds what one flag stands for. */
interface Run {
  readonly given: CheckpointSpec;
  /** Undefined for a single checkpoint. */
  readonly points: readonly ExpandedSpec[] | undefined;
  /** What a file of steps says of a single checkpoint. */
  readonly stated: TrainingStep | undefined;
}

/**
 * @param onProgress called with a line of text for each spec that stands for several checkpoints
 * @returns first those that are compared with nothing, then each base, then what was tuned from them; of a run of bases
 *   only those that something was tuned from
 * @throws UsageError when a spec matches nothing, a step is not there, steps are picked of nothing, a tuned checkpoint
 *   has no base, or names are not unique
 */
export async function listCheckpoints(
  {
    checkpoints,
    steps,
    tokens,
    seeds,
    names: said = {},
    offline,
  }: Pick<StudyOptions, "checkpoints" | "steps" | "tokens" | "seeds" | "names" | "offline">,
  onProgress: (line: string) => void,
): Promise<ListedCheckpoint[]> {
  const reading = NameReading.of(said);
  const selection = { steps, tokens, seeds };
  const runs: Run[] = [];
  for (const given of checkpoints) {
    const points = await pointsOfRun(given, { ...selection, reading }, offline);
    const stated = points === undefined ? reading.stated(partsOf(given)) : undefined;
    runs.push({ given, points, stated });
    if (points === undefined) continue;
    const [first, last] = [points[0]?.part, points.at(-1)?.part];
    onProgress(`${given.spec}: ${counted(points.length, "checkpoint")}, ${String(first)} to ${String(last)}`);
  }
  if (isPicking(selection) && runs.every(({ points }) => points === undefined)) {
    throw new UsageError(
      "--steps, --tokens and --seeds pick among the revisions of a hub id or the subfolders of a folder; no checkpoint given is one",
    );
  }
  if (runs.some(({ points }) => points !== undefined)) reading.refuseUnmet();
  else reading.refuseUseless();
  const names = new Names(runs);
  const alone = runs.filter(({ given }) => given.stage === undefined).flatMap((run) => listed(run, names));
  return [...alone, ...pairs(runs, names, onProgress)];
}

async function pointsOfRun(
  { spec, revision }: CheckpointSpec,
  selection: PointSelection,
  offline: boolean,
): Promise<ExpandedSpec[] | undefined> {
  if (runningModel(spec) !== undefined) return undefined;
  const serve = modelToServe(spec);
  if (serve !== undefined) {
    const points = await expandSpec(serve.checkpoint, revision, selection, offline);
    return points?.map((point) => ({ ...point, spec: `${serve.kind}:${point.spec}` }));
  }
  const place = loraPlace(spec);
  if (place === undefined) return expandSpec(spec, revision, selection, offline);
  if (!isPicking(selection) && !isGlob(place)) return undefined;
  const points = await expandSpec(place, undefined, selection, offline);
  return points?.map((point) => ({ ...point, spec: loraSpec(point.spec) }));
}

/** Returns the bases that something was tuned from, in the order of training, and the tuned ones. */
function pairs(runs: readonly Run[], names: Names, onProgress: (line: string) => void): ListedCheckpoint[] {
  const found = new Map<string, { readonly run: Run; readonly bases: ListedCheckpoint[] }>();
  for (const run of runs) {
    if (run.given.stage === "base") found.set(run.given.name, { run, bases: listed(run, names) });
  }
  const used = new Set<ListedCheckpoint>();
  const tuned: ListedCheckpoint[] = [];
  for (const run of runs) {
    if (run.given.stage !== "sft") continue;
    const bases = found.get(String(run.given.base))?.bases ?? [];
    for (const one of listed(run, names)) {
      const base = startOf(one, bases, String(run.given.base));
      used.add(base);
      tuned.push({ ...one, given: { ...one.given, base: base.given.name } });
    }
  }
  for (const { run, bases } of found.values()) {
    const left = bases.filter((base) => !used.has(base)).length;
    if (left > 0) onProgress(`${run.given.spec}: ${left} of ${bases.length} left out, as no --sft was tuned from them`);
  }
  return [...[...found.values()].flatMap(({ bases }) => bases.filter((base) => used.has(base))), ...tuned];
}

function listed({ given, points, stated }: Run, names: Names): ListedCheckpoint[] {
  if (points === undefined) return [{ given, commit: undefined, point: stated }];
  return points.map((point) => {
    const { spec, commit, point: at } = point;
    return { given: { ...given, name: names.of(given, point), spec, revision: undefined }, commit, point: at };
  });
}

/** Lists what a single checkpoint may be called in a file of steps: its revision, its folder, or all of it. */
function partsOf({ spec, revision }: CheckpointSpec): string[] {
  const [, behind] = /[@:](.+)$/.exec(spec) ?? [];
  const last = spec.replace(/[\\/]+$/, "").split(/[\\/@:]/).at(-1);
  return [revision, spec, behind, last].filter((part) => part !== undefined);
} // prettier-ignore

/** Gives each checkpoint of a run a name of its own. */
class Names {
  private readonly taken: Set<string>;

  constructor(runs: readonly Run[]) {
    this.taken = new Set(runs.flatMap(({ given, points }) => (points === undefined ? [given.name] : [])));
  }

  of(given: CheckpointSpec, { spec, part, name: short, longName }: ExpandedSpec): string {
    const wanted = given.label === undefined ? short : `${given.label}@${part}`;
    const name = [wanted, longName, spec].find((candidate) => !this.taken.has(candidate));
    if (name === undefined) {
      const flag = given.stage === undefined ? "model" : "base";
      throw new UsageError(`two checkpoints would be named "${wanted}"; name the --${flag}: NAME=${given.spec}`);
    }
    this.taken.add(name);
    return name;
  }
}
