/** Reads what the name of a prompt says of it. */

/** Holds the parts of a prompt's name. */
export interface PromptName {
  /** The name without a seed. */
  readonly id: string;
  readonly axes: Readonly<Record<string, string>>;
  /** Seed of a replicate; null where the name has none. */
  readonly seed: string | null;
}

const SEED = /[+ _-]*\(?\bseed[=:_ -]?(\d+)\)?$/i;

/**
 * Names of the program itself are a wording and its levels, e.g. "plain+draw=1+choices=letter"; a seed may end any
 * name.
 */
export function promptName(name: string): PromptName {
  const seed = SEED.exec(name.replaceAll("_seed", " seed"))?.[1] ?? null;
  const id = seed === null ? name : name.replace(/[+ _-]*\(?seed[=:_ -]?\d+\)?$/i, "");
  const [wording = id, ...levels] = id.split("+");
  const parts = levels.map((level) => /^([a-z][\w-]*)=(.+)$/.exec(level));
  if (parts.includes(null)) return { id, axes: { wording: id }, seed };
  const axes = parts.map((part) => [part?.[1] as string, part?.[2] as string] as const);
  return { id, axes: { wording, ...Object.fromEntries(axes) }, seed };
}

/** Lists the axes whose levels are wordings: many others could stand in their place. */
export const WORDING_AXES: readonly string[] = ["format", "wording", "template"];

/**
 * Joins what the name of a prompt says with what a table's columns of axes say. Where a column holds the wording, the
 * name is a name and nothing more.
 */
export function axesOfPrompt(
  named: PromptName["axes"],
  columns: readonly (readonly [name: string, level: string | null])[],
): Readonly<Record<string, string | null>> {
  return { ...(isWorded(Object.fromEntries(columns)) ? {} : named), ...Object.fromEntries(columns) };
}

/** Tells whether some axis holds the wording. */
export function isWorded(axes: Readonly<Record<string, string | null>>): boolean {
  return WORDING_AXES.some((name) => (axes[name] ?? null) !== null);
}
