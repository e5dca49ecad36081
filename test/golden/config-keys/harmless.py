"""Finds the keys of config.json that change nothing: python harmless.py [NAME...] > keys.ts, which goes to
src/checkpoints/architectures/harmless-keys.ts. With names of checkpoints, only their families are found anew.

A key is harmless for a family if the log-probabilities of the installed transformers are the same, bit for bit, whatever
value it has (of VALUES, those that the family's configuration accepts). Candidates are the fields of the family's own
configuration and keys that older versions and other programs wrote into released files: a key of another family is no
candidate, since a release that has it may be another model. Many keys are set at a time; a set
that changes something is halved until the key is found.
"""
import copy
import json
import os
import re
import shutil
import sys
import tempfile
import warnings

import torch
import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from vary import ARCHITECTURES, HERE

VALUES = [True, False, 0, 1, 3, 0.5, 0.25, "x", [1], {"a": 1}]
# What is known by its name everywhere; the file's own tokens and tensors are not said by these.
ALWAYS_READ = {"model_type", "architectures", "transformers_version", "quantization_config", "text_config", "rope_scaling",
               "rope_parameters", "attn_implementation", "_attn_implementation", "dtype", "torch_dtype", "tie_word_embeddings"}
RELEASED = """
context_window_size prefill_chunk_size sliding_window_size full_attn_mod interpolate_factor runner_max_sequence_length
embed_dropout _moe_implementation output_router_logits router_aux_loss_coef router_jitter_noise aux_loss_alpha
_name_or_path _num_labels n_ctx n_special predict_special_tokens attention_probs_dropout_prob max_sequence_length
learned_embeddings scale_embeddings ff_factor qk_layernorm rotary_dim auto_map id2label label2id task_specific_params prefix
gradient_checkpointing use_cache pretraining_tp masked_softmax_fusion slow_but_exact skip_bias_add skip_bias_add_qkv n_predict
bias_dropout_fusion offset_alibi attention_softmax_in_fp32 unk_token_id eos_token bos_token pad_token sep_token_id
tokenizer_class max_length min_length do_sample temperature top_k top_p typical_p repetition_penalty length_penalty
no_repeat_ngram_size encoder_no_repeat_ngram_size bad_words_ids num_return_sequences num_beams num_beam_groups diversity_penalty
early_stopping output_scores return_dict_in_generate forced_bos_token_id forced_eos_token_id remove_invalid_values
exponential_decay_length_penalty suppress_tokens begin_suppress_tokens finetuning_task torchscript use_bfloat16
tf_legacy_loss tie_encoder_decoder cross_attention_hidden_size decoder_start_token_id is_encoder_decoder problem_type
output_attentions output_hidden_states return_dict chunk_size_feed_forward keys_to_ignore_at_inference unsloth_version
unsloth_fixed use_flash_attn use_flash_attention_2 use_mambapy use_flash_attn_2 _flash_attn_2_enabled flash_attn fused_dense
fused_mlp use_fused_mlp use_fused_rmsnorm init_device init_fn precision transformers.js_config _commit_hash is_llama_config
is_qwen2_config is_gpt_neox_config training_args use_liger_kernel auto_mapping license model_max_length seq_len
max_seq_len hidden_dropout_prob attn_dropout_prob initializer summary_activation summary_first_dropout
summary_proj_to_labels summary_type summary_use_proj classifier_dropout n_inner_dropout weight_tying resid_dropout
cache_implementation logits_to_keep perplexity_loss initializer_factor num_labels layerdrop activation_dropout init_std attn_dropout hidden_dropout
attention_dropout embd_pdrop resid_pdrop dropout embedding_dropout ffn_dropout unpadded_vocab_size original_vocab_size
_model_name_or_path config_class language languages pretraining_sequence_length """.split()


def candidates(model_type):
    keys = set(RELEASED) | set(transformers.PreTrainedConfig().to_dict()) | set(CONFIG_MAPPING[model_type]().to_dict())
    return sorted(key for key in keys - ALWAYS_READ if not key.endswith("_config"))


def outcome(folder, config, ids, state):
    """Logits of the weights under a configuration; None where it is refused or the weights do not fit."""
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file)
    try:
        attn = "sdpa" if config["model_type"] == "falcon" else "eager"
        parsed = transformers.AutoConfig.from_pretrained(folder)
        model = transformers.AutoModelForCausalLM.from_config(parsed, attn_implementation=attn, dtype=torch.float32)
        model.load_state_dict(state)
        with torch.no_grad():
            return model.eval()(torch.tensor([ids]), use_cache=False).logits[0]
    except Exception:
        return None


def changing(keys, value, config, plain, run):
    """The keys that, set to the value, fail or change something."""
    if not keys:
        return set()
    found = run(dict(config, **{key: copy.deepcopy(value) for key in keys}))
    if found is not None and torch.equal(found, plain):
        return set()
    if len(keys) == 1:
        return {(keys[0], "fails" if found is None else "changes")}
    half = len(keys) // 2
    return changing(keys[:half], value, config, plain, run) | changing(keys[half:], value, config, plain, run)


def family(name):
    source = os.path.join(ARCHITECTURES, name)
    ids = json.load(open(os.path.join(source, "golden.json")))["input_ids"]
    config = json.load(open(os.path.join(source, "config.json")))
    keys = candidates(config["model_type"])
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(source, "model.safetensors"), folder)
        shutil.copy(os.path.join(source, "config.json"), folder)
        state = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).state_dict()
        run = lambda changed: outcome(folder, changed, ids, state)
        plain = run(config)
        accepted, bad = {key: 0 for key in keys}, set()
        for value in VALUES:
            left = [key for key in keys if key not in bad and key not in config]
            # Keys that the file has are varied one by one elsewhere; here they are left to their own.
            failing = changing(left, value, config, plain, run)
            bad |= {key for key, how in failing if how == "changes"}
            refused = {key for key, _ in failing}
            for key in left:
                accepted[key] += key not in refused
        own = [key for key in keys if key in config]
        for key in own:
            for value in VALUES:
                found = run(dict(config, **{key: copy.deepcopy(value)}))
                if found is not None and not torch.equal(found, plain):
                    bad.add(key)
                elif found is not None:
                    accepted[key] += 1
        return config["model_type"], {key for key in keys if key not in bad and accepted[key] >= 2}


def known():
    """What the file says of each family; the families that are named are found anew."""
    with open(os.path.join(HERE, "..", "..", "..", "src", "checkpoints", "architectures", "harmless-keys.ts")) as file:
        text = file.read()
    words = lambda part: set(part.split())
    everywhere = words(re.search(r"EVERYWHERE = `(.*?)`", text, re.S)[1])
    return {name: words(keys) | everywhere for name, keys in re.findall(r"^  (\w+): `(.*?)`,", text, re.S | re.M)}


def main(chosen):
    names = "llama mistral smollm3 olmo olmo2 olmo3 gpt_neox gpt2 opt bloom qwen2 qwen3 gemma gemma2 gemma3_text phi phi3 stablelm falcon-mqa mixtral qwen3_moe olmoe apertus gptj gpt_bigcode starcoder2 granite cohere cohere2 mpt exaone exaone4".split()
    harmless = known() if chosen else {}
    for name in chosen or names:
        model_type, found = family(name)
        harmless[model_type] = found
        print(name, len(found), file=sys.stderr, flush=True)
    everywhere = set.intersection(*harmless.values())
    lines = lambda found: "\n".join("  " + " ".join(row) for row in rows(sorted(found)))
    print(f"""/**
 * Lists the keys of config.json that change nothing of what transformers {transformers.__version__} computes, whatever their value: found
 * by test/golden/config-keys/harmless.py, which writes this file.
 */

/** Lists the keys that are harmless in every family. */
const EVERYWHERE = `
{lines(everywhere)}`;

/** Lists the keys that are harmless in the families of a model_type, beside these. */
const BY_FAMILY: Readonly<Record<string, string>> = {{""")
    for model_type, found in harmless.items():
        print(f"  {model_type}: `\n{lines(found - everywhere)}`,")
    print("""};

/** Returns the harmless keys of a family, by its model_type. */
export function harmlessKeys(modelType: string): ReadonlySet<string> {
  const own = Object.hasOwn(BY_FAMILY, modelType) ? (BY_FAMILY[modelType] as string) : "";
  return new Set(`${EVERYWHERE} ${own}`.trim().split(/\\s+/));
}""")


def rows(words, width=116):
    row = []
    for word in words:
        if row and len(" ".join([*row, word])) > width:
            yield row
            row = []
        row.append(word)
    if row:
        yield row


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    main(sys.argv[1:])
