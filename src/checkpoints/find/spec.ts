/** Takes apart what the user writes for a checkpoint; nothing is looked for but folders on this machine. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { didYouMean, UsageError, UserError } from "../../base/errors.js";
import { isGguf } from "../gguf/gguf-names.js";

/**
 * Describes a folder of a repository or of this machine: `subfolder` holds config.json and the weights, "" is the root
 * itself.
 */
interface Place {
  /** Parts joined by forward slashes, no slash at the ends. */
  readonly subfolder: string;
}

export type CheckpointAddress =
  | { readonly kind: "builtin"; readonly revision: string | undefined }
  | ({ readonly kind: "folder"; readonly root: string } & Place)
  | ({ readonly kind: "hub"; readonly id: string; readonly revision: string | undefined } & Place);

/** Matches ORG/NAME as the hub spells it, with an optional @revision and :subfolder. */
const HUB_ID = /^([\w.-]+\/[\w.-]+)(?:@([^:]+))?(?::(.+))?$/;

/**
 * @param spec builtin[@REVISION], a folder or a GGUF file, FOLDER:SUBFOLDER, or a hub id ORG/NAME[@REVISION][:SUBFOLDER
 * or :FILE.gguf]
 * @param revision revision of a hub id given apart
 * @throws UserError when it is none of these, or names two revisions
 */
export function parseSpec(spec: string, revision?: string): CheckpointAddress {
  const builtin = /^builtin(?:@(.+))?$/.exec(spec);
  if (builtin !== null) return { kind: "builtin", revision: oneRevision(spec, builtin[1], revision) };
  const local = localFolder(spec);
  if (local !== undefined) {
    if (revision === undefined) return local;
    throw new UsageError(`--revision ${revision} goes with a hub id; ${spec} has no revisions`);
  }
  const [, id, own, subfolder = ""] = HUB_ID.exec(spec) ?? [];
  if (isPath(spec)) throw new UsageError(`checkpoint "${spec}": no such folder${nearestFolder(spec)}`);
  if (id === undefined) {
    throw new UsageError(
      `checkpoint "${spec}": no such folder, and not a hub id (ORG/NAME or ORG/NAME@revision) or "builtin"`,
    );
  }
  return { kind: "hub", id, revision: oneRevision(spec, own, revision), subfolder: plainPath(spec, subfolder) };
}

function oneRevision(spec: string, own: string | undefined, apart: string | undefined): string | undefined {
  if (own === undefined || apart === undefined || own === apart) return own ?? apart;
  throw new UsageError(`checkpoint "${spec}": the spec names revision ${own} and --revision says ${apart}; give one`);
}

/** Tells whether a text has wildcards, e.g. step*. */
export function isGlob(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

function localFolder(spec: string): CheckpointAddress | undefined {
  if (existsSync(spec)) return { kind: "folder", root: resolve(spec), subfolder: "" };
  const colon = spec.lastIndexOf(":");
  if (colon < 1) return undefined;
  const [root, subfolder] = [spec.slice(0, colon), spec.slice(colon + 1)];
  const place = statSync(join(root, subfolder), { throwIfNoEntry: false });
  if (place?.isDirectory() !== true && !(place?.isFile() === true && isGguf(subfolder))) return undefined;
  return { kind: "folder", root: resolve(root), subfolder: plainPath(spec, subfolder) };
}

/** Tells whether a text is a path and no hub id: ./a, ../a, ~/a, /a, C:\a. */
function isPath(spec: string): boolean {
  return /^(?:[./~]|[A-Za-z]:[\\/])/.test(spec);
}

/** Returns the name most like that of a path that is not there, among those of its folder, as part of a message. */
export function nearestFolder(path: string): string {
  const parent = dirname(path);
  let names: string[];
  try {
    names = readdirSync(parent);
  } catch {
    return "";
  }
  return didYouMean(basename(path), names, 0);
}

function plainPath(spec: string, subfolder: string): string {
  const parts = subfolder.split(/[\\/]/).filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw new UserError(`checkpoint "${spec}": "${subfolder}" climbs out of the repository`);
  return parts.join("/");
}
