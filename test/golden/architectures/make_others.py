"""Checkpoints in forms that make.py's classes do not write, with the logits of transformers: python make_others.py

olmo_original: the checkpoint `olmo` under the names of AI2's own code (its logits are those of `olmo`).
internlm2: the checkpoint `llama` under the names of InternLM 2's code, queries, keys and values in one matrix.
bloom-bare: the checkpoint `bloom` as a BloomModel, without the prefix of its tensors.
gemma3-wrapped, qwen2_vl, qwen2_5_vl, qwen3_vl: text models of models of images, whose files hold a vision tower too; the first
two of Qwen as released, with the text model's keys beside the others.
"""
import json
import os
import shutil

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForImageTextToText

import make

HERE = make.HERE


def write(name, source, state, config):
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    state = {key: value.contiguous().clone() for key, value in state.items()}
    save_file(state, os.path.join(folder, "model.safetensors"))
    torch.save(state, os.path.join(folder, "pytorch_model.bin"))
    for file in ("config.json", "config.old.json"):
        with open(os.path.join(folder, file), "w") as out:
            json.dump(config, out, indent=2, sort_keys=True)
            out.write("\n")
    if source is not None:
        shutil.copy(os.path.join(HERE, source, "golden.json"), folder)
    return folder


def read(name):
    folder = os.path.join(HERE, name)
    return load_file(os.path.join(folder, "model.safetensors")), json.load(open(os.path.join(folder, "config.json")))


def olmo_original():
    old, config = read("olmo")
    state = {"model.transformer.wte.weight": old["model.embed_tokens.weight"]}
    for layer in range(config["num_hidden_layers"]):
        at = lambda name: old[f"model.layers.{layer}.{name}.weight"]
        to = f"model.transformer.blocks.{layer}"
        state[f"{to}.att_proj.weight"] = torch.cat([at("self_attn.q_proj"), at("self_attn.k_proj"), at("self_attn.v_proj")])
        state[f"{to}.attn_out.weight"] = at("self_attn.o_proj")
        state[f"{to}.ff_proj.weight"] = torch.cat([at("mlp.up_proj"), at("mlp.gate_proj")])
        state[f"{to}.ff_out.weight"] = at("mlp.down_proj")
    write("olmo_original", "olmo", state, {
        "architectures": ["OLMoForCausalLM"], "model_type": "hf_olmo", "activation_type": "swiglu", "alibi": False,
        "alibi_bias_max": 8.0, "attention_dropout": 0.0, "attention_layer_norm": False,
        "attention_layer_norm_with_affine": False, "bias_for_layer_norm": False, "block_group_size": 1,
        "block_type": "sequential", "clip_qkv": config["clip_qkv"], "d_model": config["hidden_size"], "embedding_dropout": 0.0,
        "embedding_size": config["vocab_size"], "eos_token_id": 2, "flash_attention": True, "include_bias": False,
        "init_cutoff_factor": None, "init_device": "meta", "init_fn": "mitchell", "init_std": 0.02, "layer_norm_type": "default",
        "layer_norm_with_affine": False, "max_sequence_length": config["max_position_embeddings"],
        "mlp_hidden_size": 2 * config["intermediate_size"], "mlp_ratio": 4, "multi_query_attention": False,
        "n_heads": config["num_attention_heads"], "n_kv_heads": config["num_key_value_heads"],
        "n_layers": config["num_hidden_layers"], "pad_token_id": 1, "precision": "amp_bf16", "residual_dropout": 0.0,
        "rope": True, "rope_full_precision": True, "scale_logits": False, "transformers_version": "4.36.2", "use_cache": True,
        "vocab_size": config["vocab_size"] - 4, "weight_tying": True,
    })


def internlm2():
    old, config = read("llama")
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    size = config["hidden_size"] // heads
    state = {"model.tok_embeddings.weight": old["model.embed_tokens.weight"], "model.norm.weight": old["model.norm.weight"],
             "output.weight": old["lm_head.weight"]}
    for layer in range(config["num_hidden_layers"]):
        at = lambda name: old[f"model.layers.{layer}.{name}.weight"]
        to = f"model.layers.{layer}"
        query = at("self_attn.q_proj").view(groups, heads // groups, size, -1)
        key, value = (at(f"self_attn.{name}_proj").view(groups, 1, size, -1) for name in "kv")
        state[f"{to}.attention.wqkv.weight"] = torch.cat([query, key, value], dim=1).flatten(0, 2)
        state[f"{to}.attention.wo.weight"] = at("self_attn.o_proj")
        for new, name in (("w1", "gate"), ("w3", "up"), ("w2", "down")):
            state[f"{to}.feed_forward.{new}.weight"] = at(f"mlp.{name}_proj")
        state[f"{to}.attention_norm.weight"] = at("input_layernorm")
        state[f"{to}.ffn_norm.weight"] = at("post_attention_layernorm")
    keys = """hidden_act hidden_size initializer_range intermediate_size max_position_embeddings num_attention_heads
        num_hidden_layers num_key_value_heads rms_norm_eps vocab_size bos_token_id eos_token_id""".split()
    write("internlm2", "llama", state, dict(
        {key: config[key] for key in keys}, architectures=["InternLM2ForCausalLM"], model_type="internlm2", bias=False,
        attn_implementation="eager", rope_scaling=None, rope_theta=config["rope_parameters"]["rope_theta"],
        tie_word_embeddings=False, use_cache=True, auto_map={"AutoConfig": "configuration_internlm2.InternLM2Config"}))


def bloom_bare():
    old, config = read("bloom")
    state = {key.removeprefix("transformer."): value for key, value in old.items()}
    write("bloom-bare", "bloom", state, dict(config, architectures=["BloomModel"]))


VISION = {
    "gemma3": dict(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14),
    "qwen2_vl": dict(depth=1, embed_dim=16, hidden_size=32, num_heads=2, mlp_ratio=1, patch_size=14),
    "qwen2_5_vl": dict(depth=1, hidden_size=16, intermediate_size=16, out_hidden_size=32, num_heads=2, patch_size=14),
    "qwen3_vl": dict(depth=1, hidden_size=16, intermediate_size=16, out_hidden_size=32, num_heads=2, patch_size=14,
                     num_position_embeddings=16, deepstack_visual_indexes=[0]),
}


def wrapped(name, kind, text, changed=lambda state, saved: (state, saved), **keys):
    """A model of text and images with random numbers; `changed` gives tensors and config.json the names of releases."""
    config = AutoConfig.for_model(kind, text_config=text, vision_config=VISION[kind], **keys)
    config._attn_implementation = "eager"
    for seed in range(1, 1000):
        model = AutoModelForImageTextToText.from_config(config, attn_implementation="eager", dtype=torch.float32).eval()
        make.initialise(model, seed)
        model.tie_weights()
        ids = torch.randint(3, 64, (make.LENGTH,), generator=torch.Generator().manual_seed(seed)).tolist()
        logits = make.logits_of(model, ids)
        greedy_ids, gap = make.greedy(model, ids[:make.PROMPT])
        if gap >= make.MIN_GAP and len(set(greedy_ids)) >= make.MIN_DISTINCT:
            break
    state = model.state_dict()
    if config.tie_word_embeddings:
        del state["lm_head.weight"]
    saved = json.loads(config.to_json_string())
    saved["architectures"] = [type(model).__name__]
    folder = write(name, None, *changed(state, saved))
    golden = {
        "versions": {"torch": torch.__version__, "transformers": make.transformers.__version__}, "seed": seed,
        "attn_implementation": "eager", "input_ids": ids, "positions": make.POSITIONS,
        "logits_f32": make.numbers(logits[make.POSITIONS]), "logits_f64": None, "logits_f64_reason": "not computed",
        "greedy_ids": greedy_ids, "min_top2_gap": float(f"{gap:.9g}"),
    }
    with open(os.path.join(folder, "golden.json"), "w") as file:
        file.write("{\n" + ",\n".join(f'  "{k}": {json.dumps(v)}' for k, v in golden.items()) + "\n}\n")
    loaded = AutoModelForImageTextToText.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    assert torch.equal(make.logits_of(loaded, ids), logits), f"{name}: what was written is another model"


def gemma3_wrapped():
    wrapped("gemma3-wrapped", "gemma3", dict(make.VARIANTS["gemma3_text"]["config"]), mm_tokens_per_image=4)


def flat(state, saved):
    """As Qwen 2 and 2.5 VL were released: one level of keys, and the vision tower beside the text model."""
    text = dict(saved.pop("text_config"), **saved)
    scaling = text.pop("rope_parameters")
    text["rope_theta"] = scaling.pop("rope_theta")
    text["rope_scaling"] = {"type": "mrope", "mrope_section": scaling["mrope_section"]}
    text["tie_word_embeddings"] = saved["tie_word_embeddings"]
    text.pop("layer_types")
    rename = lambda key: key.replace("model.language_model.", "model.").replace("model.visual.", "visual.")
    return {rename(key): value for key, value in state.items()}, text


def qwen_vl():
    base = {key: value for key, value in make.BASE.items() if not key.endswith("token_id")}
    rope = lambda **more: {"rope_parameters": dict({"rope_type": "default", "rope_theta": 1000000.0, "mrope_section": [2, 1, 1]}, **more)}
    wrapped("qwen2_vl", "qwen2_vl", dict(base, tie_word_embeddings=True, **rope()), flat)
    wrapped("qwen2_5_vl", "qwen2_5_vl", dict(base, use_sliding_window=True, sliding_window=5, max_window_layers=1, **rope()), flat)
    wrapped("qwen3_vl", "qwen3_vl", dict(base, head_dim=8, **rope(mrope_interleaved=True)))


if __name__ == "__main__":
    torch.set_num_threads(1)
    olmo_original()
    internlm2()
    bloom_bare()
    gemma3_wrapped()
    qwen_vl()
