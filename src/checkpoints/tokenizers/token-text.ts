/** Reads a token as configurations of tokenizers write it: as its text, or as an object that holds it. */

export function tokenText(token: unknown): string | undefined {
  if (typeof token === "string") return token;
  const content = (token as { content?: unknown } | null | undefined)?.content;
  return typeof content === "string" ? content : undefined;
}
