/** Defines the tables of results.duckdb, version by version. */

/**
 * Keeps what is asked apart from who answers: a question (a row under a prompt, exactly as it is rendered and
 * scored) is stored once, a score belongs to a question and a checkpoint. Ids are numbers within one file; keys are
 * SHA-256 of contents and mean the same everywhere.
 */
const VERSION_1 = `
CREATE TABLE store (version INTEGER NOT NULL);
INSERT INTO store VALUES (1);

-- A command. "plan" is what it set out to do, "document" the results.json it ended with (null while it has not ended).
CREATE TABLE runs (
  id INTEGER NOT NULL, key VARCHAR NOT NULL, command VARCHAR NOT NULL, shard VARCHAR, status VARCHAR NOT NULL,
  started TIMESTAMP NOT NULL, plan VARCHAR NOT NULL, document VARCHAR
);

-- A checkpoint as it was run: the same weights on another device or with another version are another one.
CREATE TABLE checkpoints (
  id INTEGER NOT NULL, key VARCHAR NOT NULL, revision VARCHAR, kind VARCHAR NOT NULL, architecture VARCHAR NOT NULL,
  dtype VARCHAR NOT NULL, parameters BIGINT, context_window INTEGER NOT NULL, weights_sha256 VARCHAR NOT NULL,
  tokenizer_sha256 VARCHAR NOT NULL, config_sha256 VARCHAR NOT NULL, device VARCHAR NOT NULL, versions VARCHAR NOT NULL
);

-- What a spec was found to be at a commit, which never changes.
CREATE TABLE commits (spec VARCHAR NOT NULL, revision VARCHAR NOT NULL, checkpoint INTEGER NOT NULL);

CREATE TABLE tasks (
  id INTEGER NOT NULL, key VARCHAR NOT NULL, name VARCHAR NOT NULL, family VARCHAR NOT NULL, metric VARCHAR NOT NULL,
  answer VARCHAR NOT NULL
);

-- A prompt variant over certain rows; "example" is the whole prompt of the first one.
CREATE TABLE variants (
  id INTEGER NOT NULL, key VARCHAR NOT NULL, task INTEGER NOT NULL, prompt VARCHAR NOT NULL, hash VARCHAR NOT NULL,
  numbered BOOLEAN NOT NULL, example VARCHAR NOT NULL
);

-- A row of a dataset as its task reads it. "fields", "answers" and "texts" (texts that count as right) are JSON.
CREATE TABLE items (
  id INTEGER NOT NULL, key VARCHAR NOT NULL, task VARCHAR NOT NULL, row_hash VARCHAR NOT NULL, fields VARCHAR NOT NULL,
  answers VARCHAR NOT NULL, gold INTEGER, texts VARCHAR
);

-- "answers" is a JSON list: the texts that are scored or looked for.
CREATE TABLE questions (
  id INTEGER NOT NULL, key VARCHAR NOT NULL, item INTEGER NOT NULL, prompt_hash VARCHAR NOT NULL, answers VARCHAR NOT NULL
);

-- The questions of a variant in their order, and where each row stands in its dataset.
CREATE TABLE variant_questions (
  variant INTEGER NOT NULL, place INTEGER NOT NULL, question INTEGER NOT NULL, row_number INTEGER NOT NULL
);

-- What computing a whole cell took; only of finished ones.
CREATE TABLE cells (
  checkpoint INTEGER NOT NULL, variant INTEGER NOT NULL, tokens BIGINT NOT NULL, distinct_tokens BIGINT NOT NULL,
  reused_tokens BIGINT NOT NULL, model_ms DOUBLE NOT NULL, seconds DOUBLE NOT NULL, rows_sha256 VARCHAR NOT NULL
);

-- The cells of a run so far. Those that are not current are from before the command was issued again.
CREATE TABLE run_cells (
  run INTEGER NOT NULL, place INTEGER NOT NULL, checkpoint_name VARCHAR NOT NULL, task VARCHAR NOT NULL,
  prompt VARCHAR NOT NULL, checkpoint INTEGER, variant INTEGER, status VARCHAR NOT NULL, error VARCHAR,
  current BOOLEAN NOT NULL
);

-- What one row got in one cell. "choice" is the index of the answer given (-1: none of them), null for free text.
CREATE TABLE row_scores (
  checkpoint INTEGER NOT NULL, question INTEGER NOT NULL, choice INTEGER, generated VARCHAR, logprobs DOUBLE[],
  label_mass DOUBLE, metrics MAP(VARCHAR, DOUBLE) NOT NULL, context_tokens INTEGER NOT NULL, new_tokens INTEGER,
  shots_dropped INTEGER NOT NULL, truncated BOOLEAN NOT NULL, merged BOOLEAN
);
`;

/**
 * Adds what answered in place of weights on this machine, as JSON (null where none did): its probes tell models apart.
 */
const VERSION_2 = "ALTER TABLE checkpoints ADD COLUMN server VARCHAR";

/**
 * Adds "grade", which is how true a row is on a scale, where its task says so; "tied" how many answers share the
 * largest score (null for generated answers, and in scores of earlier versions, where nobody counted).
 */
const VERSION_3 = `
ALTER TABLE items ADD COLUMN grade DOUBLE;
ALTER TABLE row_scores ADD COLUMN tied INTEGER;
`;

/**
 * Adds "extract", which says how answers are read out of generated texts, as JSON; null where the whole text counts.
 */
const VERSION_4 = "ALTER TABLE tasks ADD COLUMN extract VARCHAR";

/** Adds "samples", which are the texts that were drawn for a row, as JSON; null where none was drawn. */
const VERSION_5 = "ALTER TABLE row_scores ADD COLUMN samples VARCHAR";

/** Holds the SQL from each version to the next; the first makes an empty file version 1. */
export const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5];

export const STORE_VERSION = MIGRATIONS.length;
