/**
 * Lists the keys of config.json that change nothing of what transformers 5.24.0 computes, whatever their value: found
 * by test/golden/config-keys/harmless.py, which writes this file.
 */

/** Lists the keys that are harmless in every family. */
const EVERYWHERE = `
  _commit_hash _flash_attn_2_enabled _model_name_or_path _moe_implementation _name_or_path _num_labels
  activation_dropout attention_dropout attention_probs_dropout_prob attention_softmax_in_fp32 attn_dropout
  attn_dropout_prob auto_map auto_mapping aux_loss_alpha bad_words_ids begin_suppress_tokens bias_dropout_fusion
  bos_token bos_token_id chunk_size_feed_forward classifier_dropout config_class context_window_size
  cross_attention_hidden_size decoder_start_token_id diversity_penalty do_sample dropout early_stopping embd_pdrop
  embed_dropout embedding_dropout encoder_no_repeat_ngram_size eos_token eos_token_id exponential_decay_length_penalty
  ff_factor ffn_dropout finetuning_task flash_attn forced_bos_token_id forced_eos_token_id full_attn_mod fused_dense
  fused_mlp gradient_checkpointing hidden_dropout hidden_dropout_prob init_fn init_std initializer initializer_factor
  interpolate_factor is_encoder_decoder keys_to_ignore_at_inference label2id language languages layerdrop
  learned_embeddings length_penalty license logits_to_keep masked_softmax_fusion max_length max_sequence_length
  min_length model_max_length n_ctx n_inner_dropout n_predict n_special no_repeat_ngram_size num_beam_groups num_beams
  num_labels num_return_sequences offset_alibi original_vocab_size output_hidden_states output_router_logits
  output_scores pad_token pad_token_id perplexity_loss precision predict_special_tokens prefill_chunk_size prefix
  pretraining_sequence_length pretraining_tp problem_type remove_invalid_values repetition_penalty resid_dropout
  resid_pdrop return_dict return_dict_in_generate router_aux_loss_coef router_jitter_noise runner_max_sequence_length
  scale_embeddings sep_token_id seq_len skip_bias_add skip_bias_add_qkv sliding_window_size slow_but_exact
  summary_first_dropout summary_proj_to_labels summary_use_proj suppress_tokens task_specific_params temperature
  tf_legacy_loss tie_encoder_decoder tokenizer_class top_k top_p torchscript training_args typical_p unk_token_id
  unpadded_vocab_size unsloth_fixed unsloth_version use_bfloat16 use_cache use_flash_attention_2 use_flash_attn
  use_flash_attn_2 use_fused_mlp use_fused_rmsnorm use_liger_kernel use_mambapy weight_tying`;

/** Lists the keys that are harmless in the families of a model_type, beside these. */
const BY_FAMILY: Readonly<Record<string, string>> = {
  llama: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  mistral: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  smollm3: `
  init_device initializer_range max_position_embeddings max_seq_len no_rope_layer_interval output_attentions
  qk_layernorm rotary_dim sliding_window summary_activation summary_type use_sliding_window`,
  olmo: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  olmo2: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  olmo3: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  gpt_neox: `
  init_device initializer_range is_decoder max_position_embeddings max_seq_len output_attentions qk_layernorm
  rotary_dim summary_activation summary_type`,
  gpt2: `
  attn_pdrop init_device initializer_range max_seq_len output_attentions qk_layernorm rotary_dim`,
  opt: `
  init_device max_seq_len output_attentions qk_layernorm rotary_dim summary_activation summary_type`,
  bloom: `
  init_device initializer_range max_seq_len output_attentions qk_layernorm rotary_dim summary_activation summary_type`,
  qwen2: `
  init_device initializer_range max_position_embeddings max_seq_len max_window_layers output_attentions qk_layernorm
  rotary_dim sliding_window summary_activation summary_type use_sliding_window`,
  qwen3: `
  init_device initializer_range max_position_embeddings max_seq_len max_window_layers output_attentions qk_layernorm
  rotary_dim sliding_window summary_activation summary_type use_sliding_window`,
  gemma: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type use_bidirectional_attention`,
  gemma2: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type use_bidirectional_attention`,
  gemma3_text: `
  _sliding_window_pattern attn_logit_softcapping init_device initializer_range max_position_embeddings max_seq_len
  output_attentions qk_layernorm rotary_dim summary_activation summary_type`,
  phi: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions rotary_dim summary_activation
  summary_type`,
  phi3: `
  init_device initializer_range max_position_embeddings max_seq_len original_max_position_embeddings output_attentions
  qk_layernorm rotary_dim summary_activation summary_type`,
  stablelm: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions rotary_dim summary_activation
  summary_type`,
  falcon: `
  init_device initializer_range max_position_embeddings max_seq_len num_kv_heads num_ln_in_parallel_attn qk_layernorm
  rotary_dim summary_activation summary_type`,
  mixtral: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  qwen2_moe: `
  init_device initializer_range intermediate_size max_position_embeddings max_seq_len max_window_layers
  output_attentions qk_layernorm rotary_dim sliding_window summary_activation summary_type use_sliding_window`,
  qwen3_moe: `
  init_device initializer_range intermediate_size max_position_embeddings max_seq_len output_attentions qk_layernorm
  rotary_dim sliding_window summary_activation summary_type use_sliding_window`,
  olmoe: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  apertus: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  gptj: `
  attn_pdrop init_device initializer_range max_seq_len output_attentions qk_layernorm summary_activation summary_type`,
  gpt_bigcode: `
  attn_pdrop init_device initializer_range max_seq_len num_key_value_heads output_attentions qk_layernorm rotary_dim
  scale_attention_softmax_in_fp32 summary_activation summary_type`,
  starcoder2: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm residual_dropout
  rotary_dim summary_activation summary_type`,
  granite: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  cohere: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  cohere2: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  mpt: `
  emb_pdrop embedding_fraction expansion_ratio initializer_range learned_pos_emb logit_scale no_bias output_attentions
  qk_layernorm rotary_dim summary_activation summary_type`,
  exaone: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
  exaone4: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  sliding_window_pattern summary_activation summary_type`,
  ministral3: `
  init_device initializer_range max_position_embeddings max_seq_len output_attentions qk_layernorm rotary_dim
  summary_activation summary_type`,
};

/** Returns the harmless keys of a family, by its model_type. */
export function harmlessKeys(modelType: string): ReadonlySet<string> {
  const own = Object.hasOwn(BY_FAMILY, modelType) ? (BY_FAMILY[modelType] as string) : "";
  return new Set(`${EVERYWHERE} ${own}`.trim().split(/\s+/));
}
