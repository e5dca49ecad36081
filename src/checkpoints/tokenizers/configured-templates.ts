/** Reads the chat templates of tokenizer_config.json. */

import { compileSchema, validated } from "../../base/validation.js";

type Configured = string | Readonly<Record<string, string>> | readonly { name: string; template: string }[];

const isConfigured = compileSchema<Configured>({
  anyOf: [
    { type: "string" },
    {
      type: "array",
      items: {
        type: "object",
        required: ["name", "template"],
        properties: { name: { type: "string" }, template: { type: "string" } },
      },
    },
    { type: "object", additionalProperties: { type: "string" } },
  ],
});

/**
 * Returns the Jinja text of each template by name; the one that is used when none is named is called "default".
 * @throws UserError when chat_template is no template
 */
export function configuredTemplates(
  tokenizerConfig: Readonly<Record<string, unknown>>,
  folder: string,
): ReadonlyMap<string, string> {
  const configured = tokenizerConfig["chat_template"];
  if (configured === undefined || configured === null) return new Map();
  const given = validated(isConfigured, configured, `${folder}/tokenizer_config.json: chat_template`);
  if (typeof given === "string") return new Map([["default", given]]);
  if (isList(given)) return new Map(given.map(({ name, template }) => [name, template]));
  return new Map(Object.entries(given));
}

/** Tells a list from a map: Array.isArray alone does not for a readonly list. */
function isList(given: object): given is readonly { name: string; template: string }[] {
  return Array.isArray(given);
}
