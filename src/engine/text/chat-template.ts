/** Renders conversations through a tokenizer's chat template, as transformers' apply_chat_template does. */

import type { Checkpoint } from "../../checkpoints/checkpoint.js";
import { didYouMean, messageOf, UserError } from "../../base/errors.js";
import { specialTokens } from "./special-tokens.js";
import { fromJson } from "../../base/jinja/globals.js";
import type { Statement } from "../../base/jinja/nodes.js";
import { parseTemplate } from "../../base/jinja/parser.js";
import { render } from "../../base/jinja/evaluator.js";
import { str } from "../../base/jinja/text.js";
import { Callable, TemplateError, type Value } from "../../base/jinja/values.js";
import type { Message, Segments } from "../types.js";

/** Names the template that is used when none is named. */
const DEFAULT_NAME = "default";

/** Holds a conversation as text, up to where the assistant's answer begins. */
export interface RenderedChat {
  /** Never ends in a space. */
  readonly text: string;
  /** Spaces between the text and the answer: most tokenizers merge them with the answer's first token. */
  readonly space: string;
}

export class ChatTemplates {
  private readonly programs = new Map<string, readonly Statement[]>();
  private readonly gaps = new Map<string, string>();

  /**
   * @param texts Jinja text of each template by name
   * @param specialTokens what templates know by names such as `bos_token`
   * @param source whose templates these are; begins every error message
   */
  constructor(
    private readonly texts: ReadonlyMap<string, string>,
    private readonly specialTokens: Readonly<Record<string, string>>,
    private readonly source: string,
  ) {}

  /**
   * Renders a conversation that the assistant is to answer: text and space together are what apply_chat_template gives
   * with add_generation_prompt, and the white space that the template puts between that and an answer.
   * @param name of a template; the default one where it is undefined
   * @throws UserError when there is no such template, or it cannot be read, or it refuses the conversation
   */
  render(messages: readonly Message[], name: string | undefined): RenderedChat {
    const template = this.choose(name);
    const whole = this.apply(template, messages, true) + this.gapBeforeAnswer(template);
    const text = whole.replace(/ +$/, "");
    return { text, space: whole.slice(text.length) };
  }

  /**
   * Writes a conversation as apply_chat_template does.
   * @param prompted with the beginning of an answer by the assistant
   * @throws UserError as render does
   */
  transcript(messages: readonly Message[], prompted: boolean): string {
    return this.apply(this.choose(undefined), messages, prompted);
  }

  /** @throws UserError with the nearest name */
  private choose(name: string | undefined): string {
    const names = [...this.texts.keys()];
    if (names.length === 0) {
      throw new UserError(`${this.source}: the tokenizer has no chat template; use --chat-template off`);
    }
    if (name !== undefined) {
      if (this.texts.has(name)) return name;
      throw new UserError(`${this.source}: no chat template is named "${name}"${didYouMean(name, names)}`);
    }
    if (this.texts.has(DEFAULT_NAME)) return DEFAULT_NAME;
    throw new UserError(
      `${this.source}: no chat template is the default; name one, e.g. --chat-template turns:${String(names[0])} ` +
        `(there are ${names.join(", ")})`,
    );
  }

  /**
   * Returns the white space between the generation prompt and the content of an assistant's turn. Most templates have
   * none; those in the manner of Llama 2 write a space there, and to score an answer without it would be to score
   * another text.
   */
  private gapBeforeAnswer(template: string): string {
    let gap = this.gaps.get(template);
    if (gap === undefined) {
      gap = this.findGap(template);
      this.gaps.set(template, gap);
    }
    return gap;
  }

  private findGap(template: string): string {
    const question: Message = { role: "user", content: "question" };
    const before = this.apply(template, [question], true);
    const content = "(the answer)";
    let whole: string;
    try {
      whole = this.apply(template, [question, { role: "assistant", content }], false);
    } catch {
      // A template may refuse a conversation that ends with the assistant: then it says nothing about the gap.
      return "";
    }
    if (!whole.startsWith(before)) return "";
    const gap = whole.slice(before.length, whole.indexOf(content, before.length));
    return /^[ \n]*$/.test(gap) ? gap : "";
  }

  private apply(template: string, messages: readonly Message[], addGenerationPrompt: boolean): string {
    const program = this.program(template);
    const names = {
      ...GLOBALS,
      ...this.specialTokens,
      messages: fromJson(messages),
      tools: null,
      documents: null,
      add_generation_prompt: addGenerationPrompt,
    };
    try {
      return render(program, names);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new UserError(`${this.source}: the chat template refuses the conversation (${messageOf(error)})`);
    }
  }

  private program(template: string): readonly Statement[] {
    let program = this.programs.get(template);
    if (program === undefined) {
      try {
        program = parseTemplate(this.texts.get(template) ?? "");
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        throw new UserError(`${this.source}: the chat template is not Jinja (${messageOf(error)})`);
      }
      this.programs.set(template, program);
    }
    return program;
  }
}

/** @param source names the checkpoint in messages */
export function chatTemplatesOf(
  { chatTemplates, tokenizerConfig }: Pick<Checkpoint, "chatTemplates" | "tokenizerConfig">,
  source: string,
): ChatTemplates {
  return new ChatTemplates(chatTemplates, specialTokens(tokenizerConfig), source);
}

/**
 * Returns segments as turns.
 * @param answers the assistant's answer to each segment but the last; undefined where all are one turn of the user
 */
export function conversation(segments: Segments, answers: readonly string[] | undefined): Message[] {
  if (answers === undefined) return [{ role: "user", content: segments.join("") }];
  return segments.flatMap((content, i): Message[] => {
    const answer = answers[i];
    const question: Message = { role: "user", content };
    return answer === undefined ? [question] : [question, { role: "assistant", content: answer }];
  });
}

/** Defines the two functions that transformers adds to Jinja's own. */
const GLOBALS: Readonly<Record<string, Value>> = {
  raise_exception: new Callable("raise_exception", ([message = ""]) => {
    throw new TemplateError(str(message));
  }),
  strftime_now: new Callable("strftime_now", ([format = ""]) => formatDate(str(format))),
};

/** Holds the parts of the date 26 July 2024, a Friday, at midnight. */
const DATE_PARTS: Readonly<Record<string, string>> = {
  Y: "2024", y: "24", m: "07", B: "July", b: "Jul", d: "26", j: "208", A: "Friday", a: "Fri",
  H: "00", I: "12", M: "00", S: "00", p: "AM", "%": "%",
}; // prettier-ignore

/**
 * Writes a fixed date where a template asks for today's, which would make scores depend on the day: it is the
 * one that Llama 3's own template falls back on.
 */
function formatDate(format: string): string {
  return format.replaceAll(/%(-?)(.)/g, (code, plain: string, letter: string) => {
    const text = DATE_PARTS[letter];
    if (text === undefined) throw new TemplateError(`strftime_now does not know ${code}`);
    return plain === "-" ? text.replace(/^0+(?=\d)/, "") : text;
  });
}
