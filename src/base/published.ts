/** Takes the places of this machine out of what is published. */

/**
 * Matches a path from the root of a disk or from a home folder, on its own or behind a scheme of ours such as `local:`.
 */
const ABSOLUTE = /(^|[\s"'=(,:])((?:file:\/\/)?(?:\/|~\/|[A-Za-z]:[\\/]|\\\\)[^\s"',()]*)/g;

/**
 * Returns a text without the folders of paths from the root of a disk or a home: `/home/me/runs/step5` as `…/step5`.
 */
export function withoutPlaces(text: string): string {
  return text.replace(ABSOLUTE, (whole, before: string, path: string) => {
    // An address of the web is no path of this machine.
    if (before === ":" && path.startsWith("//")) return whole;
    const parts = path.split(/[\\/]+/).filter(Boolean);
    const [last] = parts.slice(-1);
    return `${before}${last === undefined || parts.length === 0 ? path : `…/${last}`}`;
  });
}

/** Returns a value of JSON with {@link withoutPlaces} applied to every text in it. */
export function publishable<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === "string" ? withoutPlaces(one) : one,
  ) as T;
}
