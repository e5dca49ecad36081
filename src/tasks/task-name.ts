/** Makes names of tasks. */

/** Returns a name that tasks may have: lower-case letters, digits and underscores. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
}
