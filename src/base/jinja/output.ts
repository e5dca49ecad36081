/** Collects what a template writes. */

import { TemplateError } from "./values.js";

/** Collects what a template writes. */
export class Output {
  private readonly parts: string[] = [];
  private size = 0;

  write(text: string): void {
    this.size += text.length;
    if (this.size > 1 << 24) throw new TemplateError("it writes a text of more than 16 million characters");
    this.parts.push(text);
  }

  text(): string {
    return this.parts.join("");
  }
}
