/** Stands for `node:path` in the page's worker: POSIX paths. */

export const sep = "/";

export function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !path.startsWith("/")) parts.push(part);
  }
  const whole = `${path.startsWith("/") ? "/" : ""}${parts.join("/")}` || ".";
  return path.endsWith("/") && whole !== "/" && path !== "" ? `${whole}/` : whole;
}

export function join(...parts: string[]): string {
  return normalize(parts.filter((part) => part !== "").join("/"));
}

export function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

export function resolve(...parts: string[]): string {
  const from = parts.findLastIndex(isAbsolute);
  const whole = join("/", ...parts.slice(Math.max(0, from)));
  return whole.length > 1 && whole.endsWith("/") ? whole.slice(0, -1) : whole;
}

export function dirname(path: string): string {
  const end = path.replace(/\/+$/, "").lastIndexOf("/");
  return end > 0 ? path.slice(0, end) : path.startsWith("/") ? "/" : ".";
}

export function basename(path: string, ending = ""): string {
  const name = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return ending !== "" && name !== ending && name.endsWith(ending) ? name.slice(0, -ending.length) : name;
}

export function extname(path: string): string {
  const name = basename(path);
  const at = name.lastIndexOf(".");
  return at <= 0 || name === ".." ? "" : name.slice(at);
}

export function relative(from: string, to: string): string {
  const [a, b] = [resolve(from), resolve(to)].map((path) => path.split("/").filter(Boolean)) as [string[], string[]];
  const same = a.findIndex((part, i) => part !== b[i]);
  const common = same < 0 ? a.length : same;
  return [...a.slice(common).map(() => ".."), ...b.slice(common)].join("/");
}
