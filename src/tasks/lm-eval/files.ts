/** Finds the tasks that a path names: a file, a folder, or a task, group or tag within a folder. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import picomatch from "picomatch";
import { didYouMean, messageOf, UsageError, UserError } from "../../base/errors.js";
import { checkConfig } from "./config.js";
import type { PlacedConfig } from "./task.js";
import { Refusal } from "./refusal.js";
import { PythonFunction, readYaml, withoutKeys, type YamlFile } from "./yaml.js";

/** Holds a task that was found: its file, or why it cannot be read. */
export type FoundTask =
  | ({ readonly task: string } & PlacedConfig)
  | { readonly task: string; readonly file: string; readonly error: UserError };

interface Entry {
  readonly name: string;
  readonly file: string;
  readonly yaml: YamlFile;
}

/**
 * Returns the tasks that `PATH` or `PATH#NAME` names, in the order of their files or of their group.
 * @throws UsageError where there is no such path, or nothing of that name in it
 */
export function tasksAt(spec: string): FoundTask[] {
  const [path = "", name] = spec.split("#");
  const place = resolve(path);
  if (!existsSync(place)) throw new UsageError(`lm-eval:${path}: no such file or folder`);
  if (statSync(place).isDirectory()) {
    if (name !== undefined) return new Index(place).named(name, spec);
    const all = new Index(place).tasks();
    if (all.length > 0) return all;
    throw new UsageError(
      `lm-eval:${path}: no file of a task in the folder; a task is a .yaml file with the key "task"`,
    );
  }
  if (name !== undefined) throw new UsageError(`lm-eval:${spec}: a name goes with a folder; leave out #${name}`);
  const yaml = readYaml(place);
  const members = membersOf(yaml);
  if (members === undefined) return [found({ name: nameOf(yaml, path), file: place, yaml })];
  if (members.length === 0) throw new UsageError(`${place}: the group names no tasks`);
  const index = new Index(dirname(place));
  return members.flatMap((member) => index.member(member, yaml, place));
}

function nameOf(yaml: YamlFile, path: string): string {
  if (typeof yaml["task"] === "string") return yaml["task"];
  throw new UsageError(`lm-eval:${path}: names no task; expected the key "task"`);
}

/** Returns the members of a group; undefined for a task. */
function membersOf(yaml: YamlFile): readonly unknown[] | undefined {
  if (Array.isArray(yaml["task"])) return yaml["task"] as readonly unknown[];
  return Array.isArray(yaml["task_list"]) ? (yaml["task_list"] as readonly unknown[]) : undefined;
}

function found({ name, file, yaml }: Entry): FoundTask {
  try {
    if (yaml["class"] instanceof PythonFunction || typeof yaml["class"] === "string") {
      throw new Refusal("class", "class: the task is a program of Python; write it as a plugin (docs/plugins.md)");
    }
    const keys = withoutKeys(["group"], yaml);
    return { task: name, file, folder: dirname(file), config: checkConfig(keys, file) };
  } catch (error) {
    if (error instanceof UserError) return { task: name, file, error };
    throw error;
  }
}

/** Holds the tasks, groups and tags of a folder. */
class Index {
  private readonly files: string[];
  private readonly entries: Entry[] = [];
  private readonly broken: FoundTask[] = [];

  constructor(private readonly folder: string) {
    this.files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of this.files) {
      // Files without the key are parts that others include.
      if (!/^["']?(?:task|group|class)["']?\s*:/m.test(readFileSync(file, "utf8"))) continue;
      try {
        const yaml = readYaml(file);
        const group = typeof yaml["group"] === "string" ? yaml["group"] : undefined;
        const name = membersOf(yaml) === undefined ? yaml["task"] : (group ?? yaml["task"]);
        if (typeof name === "string") this.entries.push({ name, file, yaml });
      } catch (error) {
        this.broken.push({ task: file, file, error: new UsageError(messageOf(error)) });
      }
    }
  }

  tasks(): FoundTask[] {
    return [...this.entries.filter(({ yaml }) => membersOf(yaml) === undefined).map(found), ...this.broken];
  }

  /** Returns the tasks of a name, glob, group or tag. */
  named(name: string, spec: string): FoundTask[] {
    const exact = this.entries.filter((entry) => entry.name === name);
    if (exact.length > 0) return exact.flatMap((entry) => this.expanded(entry, []));
    const tagged = this.entries.filter(({ yaml }) => membersOf(yaml) === undefined && tagsOf(yaml).includes(name));
    if (tagged.length > 0) return tagged.map(found);
    const globbed = /[*?[{]/.test(name) ? this.entries.filter((entry) => picomatch.isMatch(entry.name, name)) : [];
    if (globbed.length > 0) return globbed.flatMap((entry) => this.expanded(entry, []));
    const known = [...new Set(this.entries.flatMap((entry) => [entry.name, ...tagsOf(entry.yaml)]))];
    throw new UsageError(`lm-eval:${spec}: no task, group or tag is named "${name}"${didYouMean(name, known)}`);
  }

  private expanded(entry: Entry, within: readonly string[]): FoundTask[] {
    const members = membersOf(entry.yaml);
    if (members === undefined) return [found(entry)];
    if (within.includes(entry.name)) throw new UsageError(`${entry.file}: the group ${entry.name} holds itself`);
    if (members.length === 0) throw new UsageError(`${entry.file}: the group names no tasks`);
    return members.flatMap((member) => this.member(member, entry.yaml, entry.file, [...within, entry.name]));
  }

  /** Returns the tasks of a member of a group: a name, or keys that come before those of the named task. */
  member(member: unknown, group: YamlFile, file: string, within: readonly string[] = []): FoundTask[] {
    const shared = withoutKeys(
      ["group", "task", "task_list", "aggregate_metric_list", "group_alias", "metadata"],
      group,
    );
    const keys = typeof member === "object" && member !== null ? (member as Record<string, unknown>) : undefined;
    const name = keys === undefined ? member : keys["task"];
    if (Array.isArray(name)) return name.flatMap((one) => this.member(one, group, file, within));
    if (typeof name !== "string") throw new UsageError(`${file}: task: expected names of tasks`);
    const entries = this.entries.filter((entry) => entry.name === name || tagsOf(entry.yaml).includes(name));
    const isWhole = keys !== undefined && ("dataset_path" in keys || "dataset_path" in shared);
    if (entries.length === 0 && isWhole) return [found({ name, file, yaml: { ...shared, ...keys } })];
    if (entries.length === 0) {
      throw new UsageError(
        `${file}: no file in ${this.folder} defines its task "${name}"; name a folder that holds all, as lm-eval:FOLDER#${typeof group["group"] === "string" ? group["group"] : name}`,
      );
    }
    return entries.flatMap((entry) =>
      membersOf(entry.yaml) === undefined
        ? [found({ ...entry, yaml: { ...entry.yaml, ...keys } })]
        : this.expanded(entry, within),
    );
  }
}

function tagsOf(yaml: YamlFile): string[] {
  return [yaml["tag"] ?? []].flat().filter((one): one is string => typeof one === "string");
}
