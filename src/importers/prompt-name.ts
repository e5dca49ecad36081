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

/** Names of the program itself are a wording and its levels, e.g. "plain+draw=1+choices=letter"; a seed may end any name. */
export function promptName(name: string): PromptName {
  const seed = SEED.exec(name.replaceAll("_seed", " seed"))?.[1] ?? null;
  const id = seed === null ? name : name.replace(/[+ _-]*\(?seed[=:_ -]?\d+\)?$/i, "");
  const [wording = id, ...levels] = id.split("+");
  const parts = levels.map((level) => /^([a-z][\w-]*)=(.+)$/.exec(level));
  if (parts.includes(null)) return { id, axes: { wording: id }, seed };
  const axes = parts.map((part) => [part?.[1] as string, part?.[2] as string] as const);
  return { id, axes: { wording, ...Object.fromEntries(axes) }, seed };
}
