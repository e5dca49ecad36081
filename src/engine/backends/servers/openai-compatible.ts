/**
 * Asks any other server with OpenAI's completions: it scores only where echo really gives log-probabilities of the
 * prompt.
 */

import type { Draw } from "../backend.js";
import { compileSchema } from "../../../base/validation.js";
import { arrayOf, INTEGER, NUMBER_OR_NULL, mapOf, objectOf, reader, STRING, tokenScore } from "./answers.js";
import { BadAnswer, RequestRefused, type ServerClient } from "./client.js";
import type { Asked, Codec, Dialect, Generated, Question, ServerAbout, TokenScore } from "./dialect.js";
import { findModel } from "./models.js";

interface Completion {
  readonly choices: readonly {
    readonly index?: number;
    readonly text?: string | null;
    readonly message?: { readonly content?: string | null };
    readonly finish_reason?: string | null;
    readonly logprobs?: {
      readonly tokens?: readonly string[];
      readonly token_logprobs?: readonly (number | null)[];
      readonly top_logprobs?: readonly (Readonly<Record<string, number | null>> | null)[] | null;
    } | null;
  }[];
  readonly usage?: { readonly prompt_tokens?: number } | null;
}

const nullable = (schema: object) => ({ anyOf: [schema, { type: "null" }] });
const completion = reader(
  compileSchema<Completion>(
    objectOf({
      choices: arrayOf(
        objectOf(
          {},
          {
            index: INTEGER,
            text: { type: ["string", "null"] },
            message: objectOf({}, { content: { type: ["string", "null"] } }),
            finish_reason: { type: ["string", "null"] },
            logprobs: nullable(
              objectOf(
                {},
                {
                  tokens: arrayOf(STRING),
                  token_logprobs: arrayOf(NUMBER_OR_NULL),
                  top_logprobs: nullable(arrayOf(nullable(mapOf(NUMBER_OR_NULL)))),
                },
              ),
            ),
          },
        ),
      ),
    }),
  ),
);

export class OpenAiCompatible implements Dialect {
  readonly kind = "openai";
  readonly advice =
    "serve the model with vLLM, SGLang or llama.cpp and name that kind of server (vllm:, sglang:, llamacpp:)";
  readonly resumes = false;
  shape = "";
  /** How a text is continued: from ids, from text, or as an answer to a message. */
  private way: "ids" | "text" | "chat" | undefined;

  private codec: Codec | undefined;

  useTokenizer(codec: Codec): void {
    this.codec = codec;
  }

  windowOf(contextLength: number): number {
    return contextLength - 1;
  }

  async about(client: ServerClient, name: string | undefined, url: string): Promise<ServerAbout> {
    const { model } = await findModel(client, name, url);
    return {
      engine: "openai-compatible", version: "unknown", model: model.id, root: model.root, parent: model.parent,
      contextLength: model.contextLength, vocabSize: undefined, dtype: undefined, parameters: undefined, flags: {},
      slots: undefined,
    }; // prettier-ignore
  }

  tokenize(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async prepare(client: ServerClient, about: ServerAbout, tokens: readonly number[]): Promise<string | undefined> {
    const [context, next] = [tokens.slice(0, -2), tokens.slice(-2)];
    try {
      await this.score(client, about, { context, continuations: [{ tokens: next }] }, { affinity: 0 });
      this.way = "ids";
      this.shape = "log-probabilities of the echoed prompt";
      return undefined;
    } catch (error) {
      if (!(error instanceof BadAnswer || error instanceof RequestRefused)) throw error;
      for (const way of ["ids", "text", "chat"] as const) {
        this.way = way;
        try {
          await this.generate(client, about, context, 4, { affinity: 0 });
          return error.message;
        } catch (cause) {
          if (!(cause instanceof BadAnswer || cause instanceof RequestRefused)) throw cause;
          this.way = undefined;
        }
      }
      return error.message;
    }
  }

  /** Says how answers are generated, for the line that says what the server can do; undefined where they cannot be. */
  get generates(): "from token ids" | "from text" | "as an answer to one message" | undefined {
    switch (this.way) {
      case "ids":
        return "from token ids";
      case "text":
        return "from text";
      case "chat":
        return "as an answer to one message";
      default:
        return undefined;
    }
  }

  async score(
    client: ServerClient,
    about: ServerAbout,
    { context, continuations }: Question,
    asked: Asked,
  ): Promise<TokenScore[][]> {
    const scores: TokenScore[][] = [];
    for (const { tokens } of continuations) {
      const ids = [...context, ...tokens];
      const more = { echo: true, logprobs: 1, max_tokens: 1, return_tokens_as_token_ids: true };
      scores.push(
        await this.complete(
          client,
          about,
          "/v1/completions",
          { prompt: ids, ...more },
          ids.length,
          asked,
          ({ logprobs }) => {
            const { tokens: names = [], token_logprobs: own = [], top_logprobs: top } = logprobs ?? {};
            // The last one may be the token that the server added.
            if (own.length < ids.length || own.length > ids.length + 1 || names.length !== own.length)
              throw new BadAnswer(
                `log-probabilities of ${own.length} tokens where the prompt has ${ids.length}: echo is ignored`,
              );
            if (own[0] !== null && own[0] !== undefined && own.length === ids.length + 1 && own[0] === 0)
              throw new BadAnswer("a log-probability for the prompt's first token, which has none");
            return tokens.map((token, t) => {
              const at = context.length + t;
              const named = /^token_id:(\d+)$/.exec(names[at] ?? "")?.[1];
              if (named !== undefined && Number(named) !== token)
                throw new BadAnswer(`token ${named} where ${token} was sent`);
              const best = Math.max(...Object.values(top?.[at] ?? {}).map((value) => value ?? NaN));
              return tokenScore(own[at], best);
            });
          },
        ),
      );
    }
    return scores;
  }

  distribution(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async generate(
    client: ServerClient,
    about: ServerAbout,
    context: readonly number[],
    maxNewTokens: number,
    asked: Asked,
    draw?: Draw,
  ): Promise<Generated> {
    const { codec } = this;
    if (codec === undefined) throw new TypeError("the tokenizer is set before anything is generated");
    const text = codec.decode(context);
    const [path, prompt] =
      this.way === "chat"
        ? ["/v1/chat/completions", { messages: [{ role: "user", content: text }] }]
        : ["/v1/completions", { prompt: this.way === "ids" ? context : text }];
    const body = { ...prompt, max_tokens: maxNewTokens, ...(draw && { top_p: 1, ...draw }) };
    return this.complete(
      client,
      about,
      path,
      body,
      context.length,
      asked,
      ({ text: whole, message, finish_reason }) => {
        const answer = this.way === "chat" ? message?.content : whole;
        if (typeof answer !== "string") throw new BadAnswer("an answer without text");
        const ids = codec.encode(answer);
        return { ids: ids.slice(0, maxNewTokens), ended: finish_reason === "stop" || ids.length < maxNewTokens };
      },
    );
  }

  private complete<T>(
    client: ServerClient,
    { model }: ServerAbout,
    path: string,
    more: object,
    tokens: number,
    asked: Asked,
    read: (choice: Completion["choices"][number]) => T,
  ): Promise<T> {
    return client.post(
      path,
      { model, temperature: 0, seed: 0, ...more },
      {
        tokens,
        ...asked,
        read: (answer) => {
          const { choices } = completion(answer);
          const [choice] = choices;
          if (choice === undefined || choices.length > 1)
            throw new BadAnswer(`${choices.length} answers to one prompt`);
          const result = read(choice);
          client.count(asked, tokens, tokens);
          return result;
        },
      },
    );
  }
}
