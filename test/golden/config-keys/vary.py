"""What transformers computes when one key of a config.json is another: python vary.py FOLDER... > cases.json

For every golden checkpoint (test/golden/architectures), in both spellings of config.json, each key is left out and set to
other values, those nested in rope_scaling, rope_parameters and text_config too, and each key of EXTRA is added. A FOLDER may
be one that released.py made, given by its path. Of each case there is the log-probabilities of SHOWN at POSITIONS, or why
transformers does not open it. `node compare.mjs cases.json` holds amuro-eval against them.
"""
import copy
import json
import os
import shutil
import sys
import tempfile
import warnings

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, AutoModelForMultimodalLM

HERE = os.path.dirname(os.path.abspath(__file__))
ARCHITECTURES = os.path.join(HERE, "..", "architectures")
POSITIONS = [7, 19]
SHOWN = [3, 9, 27, 50]
# Parameters; a model of more is that of the defaults, whose sizes no checkpoint here has.
MOST = 5_000_000
ACTIVATIONS = ["relu", "gelu", "silu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python", "quick_gelu", "tanh", "relu2"]
ROPES = [
    {"rope_type": "default", "rope_theta": 500.0}, {"type": "default", "rope_theta": 500.0}, {"rope_theta": 500.0},
    {"rope_type": "linear", "factor": 2.0}, {"type": "linear", "factor": 2.0}, {"factor": 2.0},
    {"rope_type": "linear", "factor": 2.0, "rope_theta": 500.0}, {"rope_type": "dynamic", "factor": 2.0},
    {"rope_type": "linear", "factor": 2.0, "partial_rotary_factor": 0.5},
    {"rope_type": "default", "partial_rotary_factor": 0.5}, {"rope_type": "default", "unheard_of": 3},
    {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
     "original_max_position_embeddings": 32},
    {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
    {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16},
    {"rope_type": "yarn", "factor": 4.0, "mscale": 1.0, "mscale_all_dim": 0.5}, {"rope_type": "yarn", "factor": 4.0},
    {"rope_type": "yarn", "factor": 4.0, "beta_fast": 4, "beta_slow": 2, "rope_theta": 100.0},
    {"rope_type": "yarn", "factor": 4.0, "truncate": False, "finetuned": True},
    {"full_attention": {"rope_type": "default", "rope_theta": 500.0},
     "sliding_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 100.0}},
]
EXTRA = {
    "rope_scaling": ROPES, "rope_parameters": ROPES, "rope_theta": [500.0], "rotary_emb_base": [500.0], "rotary_pct": [0.5],
    "partial_rotary_factor": [0.5], "rope_local_base_freq": [500.0], "original_max_position_embeddings": [16],
    "tie_word_embeddings": [True, False], "head_dim": [8, 4], "attention_bias": [True], "mlp_bias": [True], "bias": [True],
    "hidden_act": ACTIVATIONS, "hidden_activation": ACTIVATIONS, "activation_function": ACTIVATIONS, "activation": ACTIVATIONS,
    "sliding_window": [4], "use_sliding_window": [True], "max_window_layers": [1], "layer_types": [["sliding_attention"] * 2],
    "sliding_window_pattern": [2], "_sliding_window_pattern": [2], "clip_qkv": [0.5], "qk_layernorm": [True],
    "attn_logit_softcapping": [2.0], "final_logit_softcapping": [2.0], "query_pre_attn_scalar": [3],
    "use_bidirectional_attention": [True], "use_parallel_residual": [True, False], "parallel_attn": [True, False],
    "alibi": [True, False], "multi_query": [True, False], "new_decoder_architecture": [True, False],
    "num_ln_in_parallel_attn": [1, 2], "scale_attn_weights": [False], "scale_attn_by_inverse_layer_idx": [True],
    "reorder_and_upcast_attn": [True], "add_cross_attention": [True], "n_inner": [48], "num_key_value_heads": [1],
    "do_layer_norm_before": [False], "_remove_final_layer_norm": [True], "layer_norm_elementwise_affine": [False],
    "enable_bias": [False], "word_embed_proj_dim": [16], "scale_embeddings": [True], "learned_embeddings": [True],
    "apply_residual_connection_post_layernorm": [True], "no_rope_layers": [[0, 1]], "no_rope_layer_interval": [2],
    "use_qkv_bias": [True], "logit_scale": [0.5], "embedding_multiplier": [2.0], "attention_multiplier": [0.3],
    "residual_multiplier": [0.5], "layer_norm_eps": [0.1], "rms_norm_eps": [0.1], "layer_norm_epsilon": [0.1],
    "norm_eps": [0.1], "norm_epsilon": [0.1], "use_qk_norm": [True], "use_cache": [False], "is_decoder": [False, True],
    "pretraining_tp": [2], "torch_dtype": ["float16"], "dtype": ["bfloat16"], "chunk_size_feed_forward": [4],
    "pad_token_id": [5], "slow_but_exact": [True], "attention_softmax_in_fp32": [True], "ffn_hidden_size": [48], "ff_factor": [2],
    "num_attention_heads": [4], "hidden_size": [32], "n_head": [4, 2], "n_layer": [2, 1], "n_embd": [32], "n_embed": [32],
    "num_hidden_layers": [1], "rotary_dim": [4], "quantization_config": [{"quant_method": "bitsandbytes", "load_in_4bit": True}],
    "moe": [{"num_experts": 2}], "num_local_experts": [2], "is_causal": [False], "attn_implementation": ["sdpa"],
    "use_rmsnorm": [True], "rope": [False], "position_embedding_type": ["alibi"], "num_kv_heads": [1, 2], "n_head_kv": [1],
}


def values_of(key, value):
    """Other values of the same kind."""
    if key in EXTRA and not isinstance(value, dict):
        more = EXTRA[key]
    else:
        more = []
    if isinstance(value, bool):
        return [not value, *more]
    if isinstance(value, int):
        return [value + 1, value * 2, max(1, value // 2), *more]
    if isinstance(value, float):
        return [value * 2, value / 2, *more]
    if isinstance(value, str):
        return [*ACTIVATIONS, *more] if "act" in key else ["other", *more]
    if isinstance(value, list):
        return [value[::-1], value[1:], *more]
    if value is None:
        return [1, 0.5, True, *more]
    return more


def cases(config):
    """(what is changed, changed config)"""
    yield "nothing", config
    for key, value in config.items():
        if key in ("architectures", "model_type", "transformers_version"):
            continue
        rest = {k: v for k, v in config.items() if k != key}
        yield f"{key} left out", rest
        if value is not None:
            yield f"{key} null", dict(config, **{key: None})
        for other in values_of(key, value):
            if other != value or type(other) is not type(value):
                yield f"{key} {json.dumps(other)}", dict(config, **{key: other})
        if isinstance(value, dict):
            for path, changed in [*nested(value), *(added(value) if key == "text_config" else [])]:
                yield f"{key}.{path}", dict(config, **{key: changed})
    yield from added(config)


def added(config):
    for key, values in EXTRA.items():
        if key not in config:
            for value in values:
                yield f"{key} {json.dumps(value)} added", dict(config, **{key: value})


def nested(value):
    for key, inner in value.items():
        rest = {k: v for k, v in value.items() if k != key}
        yield f"{key} left out", rest
        yield f"{key} null", dict(value, **{key: None})
        for other in values_of(key, inner):
            if other != inner:
                yield f"{key} {json.dumps(other)}", dict(value, **{key: other})
        if isinstance(inner, dict):
            for path, changed in nested(inner):
                yield f"{key}.{path}", dict(value, **{key: changed})
    for key, other in (("unheard_of", 3), ("partial_rotary_factor", 0.5), ("rope_theta", 500.0), ("attention_factor", 1.5),
                       ("mscale", 0.7), ("original_max_position_embeddings", 16), ("factor", 3.0)):
        if key not in value:
            yield f"{key} {other} added", dict(value, **{key: other})


def compute(folder, config, ids, attn, dtype=torch.float32):
    """Log-probabilities, or why there are none."""
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file)
    try:
        hears, sees = "audio_config" in config, "vision_config" in config
        kind = AutoModelForMultimodalLM if hears else AutoModelForImageTextToText if sees else AutoModelForCausalLM
        with torch.device("meta"):
            empty = kind.from_config(AutoConfig.from_pretrained(folder), attn_implementation=attn)
        if empty.num_parameters() > MOST:
            return {"refused": "too large"}
        model, info = kind.from_pretrained(
            folder, attn_implementation=attn, dtype=dtype, output_loading_info=True)
        problems = {key: sorted(map(str, value)) for key, value in info.items() if value}
        if problems:
            return {"refused": json.dumps(problems)[:200]}
        with torch.no_grad():
            rows = model.eval()(torch.tensor([ids]), use_cache=False).logits[0]
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"[:200]}
    logprobs = rows.float().log_softmax(-1)[POSITIONS][:, SHOWN]
    if not logprobs.isfinite().all():
        return {"refused": "not finite"}
    return {"logprobs": [[float(f"{x:.7g}") for x in row] for row in logprobs.tolist()]}


def main(names):
    found = []
    for name in names:
        source = os.path.join(ARCHITECTURES, name)
        golden = json.load(open(os.path.join(source, "golden.json")))
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(os.path.join(source, "model.safetensors"), folder)
            for spelling in ("config.json", "config.old.json"):
                if not os.path.exists(os.path.join(source, spelling)):
                    continue
                seen = set()
                for change, config in cases(json.load(open(os.path.join(source, spelling)))):
                    text = json.dumps(config, sort_keys=True)
                    if text in seen:
                        continue
                    seen.add(text)
                    result = compute(folder, copy.deepcopy(config), golden["input_ids"], "sdpa" if name.startswith("falcon") else "eager")
                    found.append({"checkpoint": name, "spelling": spelling, "change": change, "config": config, **result})
        print(name, len(found), file=sys.stderr, flush=True)
    json.dump({"transformers": transformers.__version__, "positions": POSITIONS, "tokens": SHOWN, "cases": found}, sys.stdout)


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    main(sys.argv[1:] or sorted(n for n in os.listdir(ARCHITECTURES) if os.path.isdir(os.path.join(ARCHITECTURES, n))))
