/** Reads config.json key by key, so that a key nobody reads is noticed: it may change the mathematics. */

import { didYouMean, UserError } from "../errors.js";

/** Keys that never change what a forward pass computes: names, training, generation, tokenizer, caching. */
const HARMLESS = new Set(
  `_name_or_path _attn_implementation _flash_attn_2_enabled _commit_hash architectures attention_dropout attn_dropout
  attn_implementation attn_pdrop auto_map bad_words_ids begin_suppress_tokens bos_token_id cache_implementation
  chunk_size_feed_forward classifier_dropout cross_attention_hidden_size decoder_start_token_id diversity_penalty do_sample
  dropout dtype early_stopping embd_pdrop embedding_dropout encoder_no_repeat_ngram_size eos_token_id
  exponential_decay_length_penalty ffn_dropout finetuning_task forced_bos_token_id forced_eos_token_id gradient_checkpointing
  hidden_dropout id2label init_std initializer_range initializer_factor is_decoder is_encoder_decoder keys_to_ignore_at_inference
  label2id layerdrop length_penalty logits_to_keep masked_softmax_fusion max_length max_window_layers min_length model_type
  n_inner_dropout no_repeat_ngram_size num_beam_groups num_beams num_return_sequences output_attentions output_hidden_states
  output_scores pad_token_id perplexity_loss prefix pretraining_tp problem_type pruned_heads remove_invalid_values
  repetition_penalty resid_pdrop return_dict return_dict_in_generate sep_token_id slow_but_exact
  summary_activation summary_first_dropout summary_proj_to_labels summary_type summary_use_proj
  suppress_tokens task_specific_params temperature tf_legacy_loss tie_encoder_decoder tokenizer_class top_k top_p
  torch_dtype torchscript transformers_version typical_p unk_token_id unsloth_version unsloth_fixed use_bfloat16 use_cache
  use_flash_attn use_flash_attention_2 use_mambapy vision_config weight_tying resid_dropout
  skip_bias_add skip_bias_add_qkv n_predict eos_token bos_token pad_token bias_dropout_fusion offset_alibi
  attention_softmax_in_fp32`.split(/\s+/),
);

export class ConfigReader {
  private readonly read = new Set<string>();

  constructor(
    private readonly json: Readonly<Record<string, unknown>>,
    private readonly source: string,
  ) {}

  /** The raw value of the first of the keys that is there; null counts as absent. */
  value(...keys: string[]): unknown {
    for (const key of keys) this.read.add(key);
    const key = keys.find((one) => this.json[one] !== undefined && this.json[one] !== null);
    return key === undefined ? undefined : this.json[key];
  }

  /** A whole number of at least one. */
  count(keys: string | readonly string[], fallback?: number): number {
    const value = this.number(keys, fallback);
    if (!Number.isInteger(value) || value < 1)
      throw this.fail(`${first(keys)} is ${value}; it must be a whole number of at least 1`);
    return value;
  }

  number(keys: string | readonly string[], fallback?: number): number {
    const value = this.value(...list(keys)) ?? fallback;
    if (value === undefined) throw this.fail(`missing key "${first(keys)}"`);
    if (typeof value !== "number" || !Number.isFinite(value))
      throw this.fail(`${first(keys)} must be a number, not ${JSON.stringify(value)}`);
    return value;
  }

  optionalNumber(key: string): number | undefined {
    return this.value(key) === undefined ? undefined : this.number(key);
  }

  flag(keys: string | readonly string[], fallback: boolean): boolean {
    const value = this.value(...list(keys)) ?? fallback;
    if (typeof value !== "boolean")
      throw this.fail(`${first(keys)} must be true or false, not ${JSON.stringify(value)}`);
    return value;
  }

  text(keys: string | readonly string[], fallback: string): string {
    const value = this.value(...list(keys)) ?? fallback;
    if (typeof value !== "string") throw this.fail(`${first(keys)} must be a string, not ${JSON.stringify(value)}`);
    return value;
  }

  /** Refuses any value of a key but the one that is supported. */
  only<T extends string | number | boolean>(key: string, supported: T, fallback: T = supported): void {
    const value = this.value(key) ?? fallback;
    if (value !== supported)
      throw this.fail(`${key} ${JSON.stringify(value)} is not supported yet; supported: ${JSON.stringify(supported)}`);
  }

  fail(problem: string): UserError {
    return new UserError(`${this.source}: ${problem}`);
  }

  /** @throws UserError when a key was neither read nor known to be harmless, unless its value switches it off */
  finish(): void {
    const off = (value: unknown) =>
      value === null ||
      value === false ||
      (Array.isArray(value) && value.length === 0) ||
      (typeof value === "object" && Object.keys(value).length === 0);
    const unknown = Object.keys(this.json).find(
      (key) => !this.read.has(key) && !HARMLESS.has(key) && !off(this.json[key]),
    );
    if (unknown !== undefined) {
      const value = JSON.stringify(this.json[unknown]).slice(0, 60);
      throw this.fail(
        `the key "${unknown}" (${value}) is not known; it may change what the model computes${didYouMean(unknown, [...this.read], 0)}`,
      );
    }
  }
}

function list(keys: string | readonly string[]): string[] {
  return typeof keys === "string" ? [keys] : [...keys];
}

function first(keys: string | readonly string[]): string {
  return list(keys)[0] ?? "";
}
