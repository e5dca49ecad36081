/** Names the places of a page that links lead to. */

/**
 * Returns the anchor of each task, `task-boolq` for boolq: the letters, digits, dots, dashes and underscores of its
 * name. Of several tasks with one anchor, the later ones of the
 * alphabet have a number behind it: the order of the tasks does not matter.
 */
export function taskAnchors(tasks: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const anchors = new Map<string, string>();
  for (const task of [...tasks].sort()) {
    const plain = `task-${task.replaceAll(/[^\p{L}\p{N}_.-]+/gu, "-").slice(0, 80)}`;
    let anchor = plain;
    for (let n = 2; taken.has(anchor); n++) anchor = `${plain}-${n}`;
    taken.add(anchor);
    anchors.set(task, anchor);
  }
  return anchors;
}
