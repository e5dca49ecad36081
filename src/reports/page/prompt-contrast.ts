/** Shows the best prompt of a task beside the worst, with the words marked in which their texts differ. */

import { diffWordsWithSpace } from "diff";
import { interval, score } from "../../base/numbers.js";
import { counted } from "../../base/wording.js";
import { html, type Html } from "../html.js";
import { promptPairs, type TaskView } from "../view.js";
import { name } from "./pieces.js";

/** Limits the characters of a prompt that are compared; its end asks the question. */
const LONGEST = 3000;

/** Returns null where there are no two prompts or a text was not stored. */
export function promptContrast(task: TaskView, texts: ReadonlyMap<string, string>): Html | null {
  const pairs = promptPairs(task);
  const [worst, best] = [pairs[0], pairs.at(-1)];
  if (worst === undefined || best === undefined || worst === best) return null;
  const [low, high] = [texts.get(worst.prompt), texts.get(best.prompt)].map((text) => text?.slice(-LONGEST));
  if (low === undefined || high === undefined) return null;
  const parts = diffWordsWithSpace(high, low);
  const side = (hidden: "added" | "removed") =>
    parts.flatMap((part) => {
      if (part[hidden]) return [];
      return [part.added || part.removed ? html`<mark>${part.value}</mark>` : html`${part.value}`];
    });
  const items = task.comparison?.items ?? task.after.items;
  const about = ({ prompt, after }: (typeof pairs)[number], word: string, text: Html[]) =>
    html`<div><p><b>${word}: ${name(prompt)}</b>, ${score(after.mean)} <small>${interval(after.interval)}${items === null ? "" : `, n = ${counted(items, "row")}`}</small></p>${chips(task, prompt)}<pre tabindex="0" role="group" aria-label="Text of the ${word.toLowerCase()} prompt">${text}</pre></div>`;
  return html`<details class="contrast"><summary>Best beside worst prompt: the words that differ are marked</summary>
    <p class="about">Texts for the first row${task.before === null ? "" : ", scores after SFT"}.</p>
    <div class="pair">${about(best, "Best", side("added"))}${about(worst, "Worst", side("removed"))}</div></details>`;
}

/** Writes the level of a prompt on each axis. */
function chips({ task }: TaskView, id: string): Html {
  const axes = task.prompts.find((prompt) => prompt.id === id)?.axes ?? {};
  const levels = Object.entries(axes).flatMap(([axis, level]) => (level === null ? [] : [`${axis}: ${level}`]));
  return html`<p class="levels">${levels.map((level) => html`<span>${level}</span>`)}</p>`;
}
