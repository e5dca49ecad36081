/** Finds a model among those that a server offers at /v1/models. */

import { compileSchema } from "../../../base/validation.js";
import { didYouMean, UserError } from "../../../base/errors.js";
import { arrayOf, objectOf, reader, STRING } from "./answers.js";
import type { ServerClient } from "./client.js";

export interface OfferedModel {
  readonly id: string;
  readonly root: string | undefined;
  readonly parent: string | undefined;
  readonly contextLength: number | undefined;
  /** What llama.cpp says of the file. */
  readonly meta: Readonly<Record<string, unknown>>;
}

interface Listing {
  readonly data: readonly {
    readonly id: string;
    readonly root?: unknown;
    readonly parent?: unknown;
    readonly max_model_len?: unknown;
    readonly meta?: unknown;
  }[];
}

const listing = reader(compileSchema<Listing>(objectOf({ data: arrayOf(objectOf({ id: STRING })) })));

/** @throws UserError where the server lists none */
export async function offeredModels(client: ServerClient, url: string): Promise<readonly OfferedModel[]> {
  const answer = await client.get("/v1/models", url);
  if (answer === undefined) throw new UserError(`${url} does not list its models (/v1/models)`);
  return listing(answer).data.map(({ id, root, parent, max_model_len: length, meta }): OfferedModel => ({
    id,
    root: typeof root === "string" ? root : undefined,
    parent: typeof parent === "string" ? parent : undefined,
    contextLength: typeof length === "number" ? length : undefined,
    meta: typeof meta === "object" && meta !== null ? (meta as Record<string, unknown>) : {},
  }));
}

/**
 * @param name of the model; undefined where there is but one that is no adapter
 * @throws UserError where there is no such model, or none is named and there are several
 */
export async function findModel(
  client: ServerClient,
  name: string | undefined,
  url: string,
): Promise<{ readonly model: OfferedModel; readonly all: readonly OfferedModel[] }> {
  const all = await offeredModels(client, url);
  const ids = all.map(({ id }) => id);
  if (name !== undefined) {
    const model = all.find(({ id }) => id === name);
    if (model === undefined) throw new UserError(`${url} has no model "${name}"${didYouMean(name, ids)}`);
    return { model, all };
  }
  const bases = all.filter(({ parent }) => parent === undefined);
  const [model] = bases;
  if (model === undefined) throw new UserError(`${url} offers no model`);
  if (bases.length > 1) {
    const shown = ids.slice(0, 5).join(", ") + (ids.length > 5 ? ", …" : "");
    throw new UserError(`${url} offers ${bases.length} models (${shown}); name one: ${url}#${model.id}`);
  }
  return { model, all };
}
