/** Shows prompts as a page: every token a box, the place where the answer begins, and each answer's tokens. */

import { byRow, levelsText, type InspectedPrompt } from "./inspected.js";

const STYLE = `
body{font:14px/1.5 system-ui,sans-serif;margin:1.5rem;color:#1a1a1a;background:#fff}
h1{font-size:1.3rem}h2{font-size:1.1rem;margin-top:2rem}h3{font-size:.95rem;margin:0 0 .4rem}
.row{display:grid;grid-template-columns:repeat(auto-fit,minmax(24rem,1fr));gap:1rem}
.prompt{border:1px solid #bbb;border-radius:4px;padding:.7rem;min-width:0}
.tokens{font:13px/1.7 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;max-height:28rem;overflow:auto}
.t{background:#eef3fa;border-right:1px solid #9db4d3}.t:nth-child(2n){background:#e0ebf7}
.n{outline:1px solid #b8620a;background:#ffe6c7!important}
.split{background:#12355b;color:#fff;padding:0 .4em;border-radius:3px}
.a{background:#dff2df;border-right:1px solid #7fae7f}.right{font-weight:bold}
table{border-collapse:collapse;margin-top:.5rem}td{padding:.1rem .6rem .1rem 0;vertical-align:top}
.about{color:#555}
@media (prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}.t{background:#22303f}.t:nth-child(2n){background:#2b3d50}
.a{background:#23402a}.n{background:#5b3a12!important}.about{color:#aaa}.prompt{border-color:#555}}
`;

/** Writes a page that needs nothing but itself. What rows and templates say is text in it, whatever they hold. */
export function inspectPage(prompts: readonly InspectedPrompt[], checkpoint: string): string {
  const rows = byRow(prompts).map((row) => rowSection(row));
  const tasks = [...new Set(prompts.map(({ task }) => task))].join(", ");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Prompts of ${escaped(tasks)}</title><style>${STYLE}</style></head><body>
<h1>Prompts of ${escaped(tasks)}</h1>
<p>Tokens are those of ${escaped(checkpoint)}. Each box is a token of the context, as the vocabulary writes it; a box with an
orange edge is not in the row's first prompt. <span class="split">answer</span> stands where the context ends and an answer begins:
white space before it is scored with the answer.</p>
${rows.join("\n")}
</body></html>
`;
}

function rowSection(prompts: readonly InspectedPrompt[]): string {
  const [first] = prompts;
  if (first === undefined) return "";
  const known = new Set(first.tokens);
  return `<section><h2>${escaped(first.task)}, row ${first.row}</h2>
<div class="row">${prompts.map((prompt) => promptBox(prompt, prompt === first ? undefined : known)).join("\n")}</div></section>`;
}

function promptBox(prompt: InspectedPrompt, known: ReadonlySet<string> | undefined): string {
  const tokens = prompt.tokens.map(
    (token) =>
      `<span class="t${known === undefined || known.has(token) ? "" : " n"}">${escaped(token)}</span>${lineEnd(token)}`,
  );
  const answers = prompt.answers.map(({ text, ids, tokens: own }) => {
    const right = text === prompt.right_answer ? ' class="right"' : "";
    const boxes = own.map((token) => `<span class="a">${escaped(token)}</span>`).join("");
    return `<tr${right}><td>${escaped(JSON.stringify(text))}</td><td>${boxes}</td><td class="about">${ids.join(" ")}</td></tr>`;
  });
  const dropped = prompt.shots_dropped > 0 ? `, ${prompt.shots_dropped} dropped to fit the window` : "";
  return `<article class="prompt"><h3>${escaped(prompt.prompt)}</h3>
<div class="tokens">${tokens.join("")}<span class="split">answer</span></div>
<table>${answers.join("")}</table>
<p class="about">${prompt.context_tokens} tokens; shots: ${prompt.shots}${dropped}; right answer ${escaped(JSON.stringify(prompt.right_answer))}; variant ${prompt.prompt_hash.slice(0, 12)}; ${escaped(levelsText(prompt))}</p></article>`;
}

/** Finds a line break, which vocabularies write as Ċ, <0x0A> or itself. */
function lineEnd(token: string): string {
  return /Ċ$|^<0x0A>$/.test(token) ? "<br>" : "";
}

function escaped(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (char) => names[char] as string);
}
