/**
 * Lists the points of a training run that one place offers: the revisions of a hub repository, or the subfolders of a
 * folder.
 */

import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { didYouMean, UsageError, UserError } from "../../base/errors.js";
import { shortCount } from "../../base/numbers.js";
import { hubSettings, listFiles, listRefs, resolveRevision, type RepoFile } from "../../hub/index.js";
import { builtinRevisions } from "./builtin.js";
import { isGlob, parseSpec, type CheckpointAddress } from "./spec.js";
import {
  countOf,
  matchRevisions,
  nearestPlaces,
  PLAIN_READING,
  plainStep,
  trainingSteps,
  type Reading,
  type TrainingStep,
} from "./training-steps.js";

/** Describes one revision or subfolder. */
export interface PointOfRun {
  /** Name of the branch, tag or subfolder. */
  readonly name: string;
  /** Commit on the hub; undefined for a subfolder. */
  readonly commit: string | undefined;
}

/**
 * Lists all revisions of a hub repository (offline: those in the cache), where none is a training step its folders that
 * hold a checkpoint too; or all subfolders of a folder.
 * @param place ORG/NAME, ORG/NAME@REVISION for its folders, or a folder
 * @throws UserError when there is no such place
 */
export async function pointsOf(
  place: string,
  offline: boolean,
  reading: Reading = PLAIN_READING,
): Promise<PointOfRun[]> {
  const address = parseSpec(place);
  if (address.kind === "hub") {
    const { id, revision, subfolder } = address;
    if (subfolder !== "") throw new UsageError(`${place}: give the repository, ${id}, or a revision of it`);
    const settings = hubSettings(process.env, { offline });
    const repo = { type: "model", id } as const;
    const refs = revision === undefined ? await listRefs(settings, repo) : [];
    if (
      trainingSteps(
        refs.map(({ name }) => name),
        reading,
      ).length > 0
    )
      return refs;
    const commit = await resolveRevision(settings, repo, revision ?? "main");
    const folders = checkpointFolders(await listFiles(settings, repo, commit));
    return [...refs, ...folders.map((folder) => ({ name: `${revision ?? "main"}:${folder}`, commit }))];
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

/** Says which points of a run are wanted; undefined takes all. */
export interface PointSelection {
  readonly steps?: readonly number[] | undefined;
  /** The same by training tokens, where names tell them. */
  readonly tokens?: readonly number[] | undefined;
  /** Seeds as names tell them, of releases that have runs of several. */
  readonly seeds?: readonly string[] | undefined;
  /** How names tell points of training; PLAIN_READING where nothing is said. */
  readonly reading?: Reading | undefined;
}

/** Describes a checkpoint that a spec with wildcards, or with steps to pick, stands for. */
export interface ExpandedSpec {
  readonly spec: string;
  /** What tells it from the others: the revision or the subfolder. */
  readonly part: string;
  /** Short name for tables, e.g. `OLMo-1B-hf@step1000-tokens4B`. */
  readonly name: string;
  /** Another name, for where the short one is taken, e.g. `run/step1000` of a folder. */
  readonly longName: string;
  readonly commit: string | undefined;
  /** What the part tells of training, where it tells something. */
  readonly point: TrainingStep | undefined;
}

type Found = Omit<ExpandedSpec, "point">;

/**
 * Returns the checkpoints that a spec stands for, in the order of training: ORG/NAME@step*, builtin@step*, a path such
 * as ./run/step*, or where some are picked also a bare ORG/NAME and a folder whose subfolders are training steps.
 * @param revision revision of a hub id given apart; may have wildcards
 * @param selection the steps, tokens and seeds to pick
 * @returns undefined for a spec that is a single checkpoint
 * @throws UsageError when nothing matches or a step is not there, with the nearest names
 */
export async function expandSpec(
  spec: string,
  revision: string | undefined,
  selection: PointSelection,
  offline: boolean,
): Promise<ExpandedSpec[] | undefined> {
  const found = await findAll(spec, revision, selection, offline);
  const steps = trainingSteps(found?.map(({ part }) => part) ?? [], selection.reading);
  const points = new Map(steps.map((point) => [point.name, point]));
  // A number alone is a step where it was picked as one.
  const picked = (part: string) => (selection.steps === undefined ? undefined : plainStep(part));
  return found?.map((one) => ({ ...one, point: points.get(one.part) ?? picked(one.part) }));
}

async function findAll(
  spec: string,
  revision: string | undefined,
  selection: PointSelection,
  offline: boolean,
): Promise<Found[] | undefined> {
  const picks = isPicking(selection);
  const glob = folderGlob(spec);
  if (glob !== undefined && revision === undefined) {
    const names = await subfolders(resolve(glob.folder));
    const picked = pick(spec, `folder ${glob.folder}`, names, glob.pattern, selection);
    return picked.map((name) => folderPoint(glob.folder, name));
  }
  const address = parseSpec(spec, revision);
  if (address.kind === "folder") {
    if (!picks) return undefined;
    const names = await subfolders(address.root);
    if (trainingSteps(names, selection.reading).length === 0) return undefined;
    return pick(spec, `folder ${spec}`, names, undefined, selection).map((name) => folderPoint(spec, name));
  }
  if (address.kind === "hub" && isGlob(address.subfolder)) return hubFolders(spec, address, selection, offline);
  const wanted = address.revision;
  if (wanted === undefined ? !picks : !isGlob(wanted)) return undefined;
  if (address.kind === "builtin") {
    return pick(spec, "builtin", builtinRevisions(), wanted, selection).map((part) => {
      const name = `builtin@${part}`;
      return { spec: name, part, name, longName: name, commit: undefined };
    });
  }
  const { id, subfolder } = address;
  const refs = await listRefs(hubSettings(process.env, { offline }), { type: "model", id });
  const names = refs.map(({ name }) => name);
  return pick(spec, `model "${id}"`, names, wanted, selection).map((part) => ({
    spec: `${id}@${part}${subfolder === "" ? "" : `:${subfolder}`}`,
    part,
    name: `${id.slice(id.indexOf("/") + 1)}@${part}`,
    longName: `${id}@${part}`,
    commit: refs.find(({ name }) => name === part)?.commit,
  }));
}

/** Returns the folders of a revision that hold a checkpoint each: ORG/NAME@REVISION:step-*. */
async function hubFolders(
  spec: string,
  { id, revision = "main", subfolder }: CheckpointAddress & { readonly kind: "hub" },
  selection: PointSelection,
  offline: boolean,
): Promise<Found[]> {
  const settings = hubSettings(process.env, { offline });
  const repo = { type: "model", id } as const;
  const commit = await resolveRevision(settings, repo, revision);
  const folders = checkpointFolders(await listFiles(settings, repo, commit));
  return pick(spec, `${id}@${revision}`, folders, subfolder, selection).map((part) => ({
    spec: `${id}@${revision}:${part}`,
    part,
    name: `${id.slice(id.indexOf("/") + 1)}@${part}`,
    longName: `${id}@${revision}:${part}`,
    commit,
  }));
}

/** Returns the folders of a repository, below its root, that hold a config.json, themselves or in their hf/. */
function checkpointFolders(listing: readonly RepoFile[]): string[] {
  const folders = listing.flatMap(({ path }) => (/^(.+)\/config\.json$/.exec(path) ?? []).slice(1, 2));
  return [...new Set(folders.map((folder) => folder.replace(/(?<=.)\/hf$/, "")))];
}

function folderPoint(folder: string, name: string): Found {
  return {
    spec: join(folder, name),
    part: name,
    name,
    longName: `${basename(resolve(folder))}/${name}`,
    commit: undefined,
  };
}

/** Recognises a path whose last part has wildcards and whose folder is there; a hub id has them behind the @ only. */
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
  { steps, tokens, seeds, reading = PLAIN_READING }: PointSelection,
): string[] {
  // All names of the place are known to the reading, so that it can tell which of a file is none of them.
  for (const name of names) reading.point(name);
  const matching =
    glob === undefined ? trainingSteps(names, reading).map(({ name }) => name) : matchRevisions(names, glob, reading);
  if (matching.length === 0) {
    if (glob === undefined) {
      throw new UsageError(
        `${flagOf({ steps, tokens })}: ${place} has no revisions that look like training steps; name one: ${spec}@main`,
      );
    }
    throw new UsageError(`${spec}: nothing in ${place} matches "${glob}"${didYouMean(glob, names, 10)}`);
  }
  if (!isPicking({ steps, tokens, seeds })) return matching;
  const found = ofSeeds(spec, trainingSteps(matching, reading), seeds);
  if (steps === undefined && tokens === undefined) return found.map(({ name }) => name);
  const picked = found.filter((one) => {
    return (["step", "tokens"] as const).every((what) => {
      const wanted = what === "step" ? steps : tokens;
      return wanted === undefined || (one[what] !== undefined && wanted.includes(one[what]));
    });
  });
  refuseMissing(spec, found, "step", steps);
  refuseMissing(spec, found, "tokens", tokens);
  const flag = flagOf({ steps, tokens });
  if (picked.length === 0) throw new UsageError(`--steps and --tokens: no checkpoint of ${spec} has both`);
  const ofStep = [...new Set(picked.map(({ seed }) => seed))];
  if (seeds === undefined && ofStep.length > 1) {
    const known = ofStep.map((seed) => seed ?? "none").join(", ");
    throw new UsageError(
      `${flag}: ${spec} has these ${flag.slice(2)} in runs of several seeds (${known}); pick with --seeds, e.g. --seeds ${String(ofStep.find((seed) => seed !== undefined))}, or with a glob`,
    );
  }
  return picked.map(({ name }) => name);
}

/** Reads the numbers of tokens that --tokens picks. @throws UsageError for anything but 10M, 100B and their like */
export function tokenCounts(words: readonly string[]): number[] {
  return words.map((word) => {
    const count = countOf(word);
    if (count === undefined) throw new UsageError(`--tokens ${word}: expected numbers of tokens such as 10M,100B`);
    return count;
  });
}

/** Tells whether some of a run's points are wanted, not all. */
export function isPicking({ steps, tokens, seeds }: PointSelection): boolean {
  return steps !== undefined || tokens !== undefined || seeds !== undefined;
}

function flagOf({ steps, tokens }: PointSelection): string {
  return steps !== undefined || tokens === undefined ? "--steps" : "--tokens";
}

/** @throws UsageError when a step or a number of tokens is wanted that no checkpoint has, with the nearest ones */
function refuseMissing(
  spec: string,
  found: readonly TrainingStep[],
  what: "step" | "tokens",
  wanted: readonly number[] | undefined,
): void {
  const missing = wanted?.find((one) => !found.some((point) => point[what] === one));
  if (missing === undefined) return;
  const shown = what === "step" ? String : shortCount;
  const near = nearestPlaces(missing, found, what).map(shown).join(", ");
  const flag = what === "step" ? "--steps" : "--tokens";
  throw new UsageError(
    `${flag} ${shown(missing)}: ${spec} has no such ${what === "step" ? "step" : "number of tokens"}; nearest: ${near === "" ? "none" : near}`,
  );
}

function ofSeeds(
  spec: string,
  steps: readonly TrainingStep[],
  seeds: readonly string[] | undefined,
): readonly TrainingStep[] {
  if (seeds === undefined) return steps;
  const known = [...new Set(steps.flatMap(({ seed }) => seed ?? []))];
  const missing = seeds.find((seed) => !known.includes(seed));
  if (missing !== undefined)
    throw new UsageError(`--seeds ${missing}: ${spec} has no such seed${didYouMean(missing, known, 10)}`);
  return steps.filter(({ seed }) => seed !== undefined && seeds.includes(seed));
}
