/** The points of a training run that one place offers: the revisions of a hub repository, or the subfolders of a folder. */

import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { didYouMean, UsageError, UserError } from "../../base/errors.js";
import { hubSettings, listRefs } from "../../hub/index.js";
import { builtinRevisions } from "./builtin.js";
import { isGlob, parseSpec } from "./spec.js";
import { matchRevisions, nearestSteps, trainingSteps } from "./training-steps.js";

/** One revision or subfolder. */
export interface PointOfRun {
  /** Name of the branch, tag or subfolder. */
  readonly name: string;
  /** Commit on the hub; undefined for a subfolder. */
  readonly commit: string | undefined;
}

/**
 * All revisions of a hub repository (offline: those in the cache), or all subfolders of a folder.
 * @param place ORG/NAME or a folder
 * @throws UserError when there is no such place
 */
export async function pointsOf(place: string, offline: boolean): Promise<PointOfRun[]> {
  const address = parseSpec(place);
  if (address.kind === "hub") {
    if (address.revision !== undefined || address.subfolder !== "")
      throw new UsageError(`${place}: revisions are listed of a whole repository; give ${address.id}`);
    return listRefs(hubSettings(process.env, { offline }), { type: "model", id: address.id });
  }
  if (address.kind === "builtin") return builtinRevisions().map((name) => ({ name, commit: undefined }));
  return (await subfolders(join(address.root, address.subfolder))).map((name) => ({ name, commit: undefined }));
}

async function subfolders(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "ENOENT") throw new UsageError(`${folder}: no such folder`);
    throw new UserError(`${folder}: cannot be listed (${code})`);
  });
  const kinds = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return names.filter((_, i) => kinds[i]?.isDirectory() === true).sort();
}

/** A checkpoint that a spec with wildcards, or with steps to pick, stands for. */
export interface ExpandedSpec {
  readonly spec: string;
  /** What tells it from the others: the revision or the subfolder. */
  readonly part: string;
  /** Short name for tables, e.g. `OLMo-1B-hf@step1000-tokens4B`. */
  readonly name: string;
  /** Another name, for where the short one is taken, e.g. `run/step1000` of a folder. */
  readonly longName: string;
  readonly commit: string | undefined;
}

/**
 * The checkpoints that a spec stands for, in the order of training: ORG/NAME@step*, builtin@step*, a path such as ./run/step*, or with
 * `steps` also a bare ORG/NAME and a folder whose subfolders are training steps.
 * @param revision revision of a hub id given apart; may have wildcards
 * @param steps the steps to pick; undefined takes all that match
 * @returns undefined for a spec that is a single checkpoint
 * @throws UsageError when nothing matches or a step is not there, with the nearest names
 */
export async function expandSpec(
  spec: string,
  revision: string | undefined,
  steps: readonly number[] | undefined,
  offline: boolean,
): Promise<ExpandedSpec[] | undefined> {
  const glob = folderGlob(spec);
  if (glob !== undefined && revision === undefined) {
    const names = await subfolders(resolve(glob.folder));
    const picked = pick(spec, `folder ${glob.folder}`, names, glob.pattern, steps);
    return picked.map((name) => folderPoint(glob.folder, name));
  }
  const address = parseSpec(spec, revision);
  if (address.kind === "folder") {
    if (steps === undefined) return undefined;
    const names = await subfolders(address.root);
    if (trainingSteps(names).length === 0) return undefined;
    return pick(spec, `folder ${spec}`, names, undefined, steps).map((name) => folderPoint(spec, name));
  }
  const wanted = address.revision;
  if (wanted === undefined ? steps === undefined : !isGlob(wanted)) return undefined;
  if (address.kind === "builtin") {
    return pick(spec, "builtin", builtinRevisions(), wanted, steps).map((part) => {
      const name = `builtin@${part}`;
      return { spec: name, part, name, longName: name, commit: undefined };
    });
  }
  const { id, subfolder } = address;
  const refs = await listRefs(hubSettings(process.env, { offline }), { type: "model", id });
  const names = refs.map(({ name }) => name);
  return pick(spec, `model "${id}"`, names, wanted, steps).map((part) => ({
    spec: `${id}@${part}${subfolder === "" ? "" : `:${subfolder}`}`,
    part,
    name: `${id.slice(id.indexOf("/") + 1)}@${part}`,
    longName: `${id}@${part}`,
    commit: refs.find(({ name }) => name === part)?.commit,
  }));
}

function folderPoint(folder: string, name: string): ExpandedSpec {
  return {
    spec: join(folder, name),
    part: name,
    name,
    longName: `${basename(resolve(folder))}/${name}`,
    commit: undefined,
  };
}

/** A path whose last part has wildcards and whose folder is there; a hub id has them behind the @ only. */
function folderGlob(spec: string): { folder: string; pattern: string } | undefined {
  const [folder, pattern] = [dirname(spec), basename(spec)];
  if (existsSync(spec) || spec.includes("@") || !isGlob(pattern) || isGlob(folder)) return undefined;
  return { folder, pattern };
}

function pick(
  spec: string,
  place: string,
  names: readonly string[],
  glob: string | undefined,
  steps: readonly number[] | undefined,
): string[] {
  const matching = glob === undefined ? trainingSteps(names).map(({ name }) => name) : matchRevisions(names, glob);
  if (matching.length === 0) {
    if (glob === undefined) {
      throw new UsageError(`--steps: ${place} has no revisions that look like training steps; name one: ${spec}@main`);
    }
    throw new UsageError(`${spec}: nothing in ${place} matches "${glob}"${didYouMean(glob, names, 10)}`);
  }
  if (steps === undefined) return matching;
  const found = trainingSteps(matching);
  const missing = steps.find((step) => !found.some((one) => one.step === step));
  if (missing !== undefined) {
    const near = nearestSteps(missing, found).join(", ");
    throw new UsageError(`--steps ${missing}: ${spec} has no such step; nearest: ${near === "" ? "none" : near}`);
  }
  return found.filter(({ step }) => steps.includes(step)).map(({ name }) => name);
}
