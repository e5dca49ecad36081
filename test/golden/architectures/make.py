"""Tiny random checkpoints of every architecture, with the logits and greedy ids that Python transformers gives for them.

    python make.py            (re)makes every folder
    python make.py llama opt  only these

Each variant below is a model type, config keys, and `acts`: config changes that must move the logits, so that the
feature the variant stands for is really measured. See README.md.
"""
import json
import os
import platform
import shutil
import sys
import tempfile

import safetensors
import torch
import transformers
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForCausalLM

HERE = os.path.dirname(os.path.abspath(__file__))
POSITIONS = [0, 7, 19]
LENGTH, PROMPT, GREEDY = 20, 6, 32
MIN_GAP, MIN_DISTINCT, MIN_EFFECT = 1e-3, 8, 5e-4

BASE = dict(
    vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, pad_token_id=None, bos_token_id=1, eos_token_id=2,
)
SPECIAL = dict(vocab_size=64, pad_token_id=None, bos_token_id=1, eos_token_id=2)
NEOX = {k: v for k, v in BASE.items() if k != "num_key_value_heads"}
GPT2 = dict(SPECIAL, n_embd=32, n_inner=48, n_layer=2, n_head=4, n_positions=64)
OPT = dict(SPECIAL, hidden_size=32, ffn_dim=48, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=64)
BLOOM = dict(SPECIAL, hidden_size=32, n_layer=2, n_head=4)
FALCON = dict(SPECIAL, hidden_size=32, ffn_hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
              max_position_embeddings=64)
MPT = dict(SPECIAL, d_model=32, n_heads=4, n_layers=2, max_seq_len=64)
PLAIN_ROPE = {"rope_type": "default", "rope_theta": 10000.0}


def rope(kind="default", theta=10000.0, **more):
    return {"rope_parameters": dict({"rope_type": kind, "rope_theta": theta}, **more)}


def variant(model_type, base, acts=(), attn="eager", **keys):
    return {"model_type": model_type, "config": dict(base, **keys), "acts": list(acts), "attn": attn}


YARN = dict(kind="yarn", theta=100.0, factor=4.0, original_max_position_embeddings=32)
QUERY_SCALE = dict(kind="yarn", theta=100.0, factor=4.0, original_max_position_embeddings=6, mscale=1.0, mscale_all_dim=1.0)
NO_ROPE_SCALING = rope(theta=100.0)
OLMO3_LAYERS = {"sliding_attention": {"rope_type": "default", "rope_theta": 500000.0},
                "full_attention": {"rope_type": "default", "rope_theta": 500000.0}}
MOE = dict(BASE, num_experts_per_tok=2)
LLAMA3 = dict(kind="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)
VARIANTS = {
    "llama": variant("llama", BASE, [rope(theta=500.0)]),
    "llama-tied-bias": variant("llama", BASE, attention_bias=True, mlp_bias=True, tie_word_embeddings=True),
    "llama-rope-linear": variant("llama", BASE, [rope()], **rope("linear", factor=2.0)),
    "llama-rope-dynamic": variant("llama", BASE, [rope()], max_position_embeddings=16, **rope("dynamic", factor=2.0)),
    "llama-rope-llama3": variant(
        "llama", BASE, [rope(theta=500.0), rope("linear", 500.0, factor=4.0)],
        **rope("llama3", 500.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
               original_max_position_embeddings=32)),
    "llama-rope-yarn": variant(
        "llama", BASE, [NO_ROPE_SCALING, rope(**YARN, attention_factor=1.0), rope(**YARN, beta_slow=2.0)],
        max_position_embeddings=128, **rope(**YARN)),
    "llama-rope-yarn-factors": variant(
        "llama", BASE, [rope(**YARN, attention_factor=1.25), rope(**YARN, beta_fast=4.0, beta_slow=0.5)],
        max_position_embeddings=128, **rope(**YARN, attention_factor=1.25, beta_fast=4.0, beta_slow=0.5)),
    "llama-rope-yarn-mscale": variant(
        "llama", BASE, [rope(**YARN, truncate=False), rope(**YARN, mscale=1.0, mscale_all_dim=0.5)],
        max_position_embeddings=128, **rope(**YARN, mscale=1.0, mscale_all_dim=0.5, truncate=False)),
    "llama-head-dim": variant("llama", BASE, head_dim=16),
    "mistral": variant("mistral", BASE, [{"sliding_window": None}, {"sliding_window": 4}, {"sliding_window": 6}],
                       sliding_window=5),
    "ministral3": variant(
        "ministral3", BASE, [rope(**QUERY_SCALE, llama_4_scaling_beta=0.0), rope(**dict(QUERY_SCALE, factor=2.0), llama_4_scaling_beta=0.5)],
        head_dim=16, **rope(**QUERY_SCALE, llama_4_scaling_beta=0.5)),
    "ministral3-window": variant(
        "ministral3", BASE, [{"sliding_window": None}], head_dim=8, sliding_window=5, tie_word_embeddings=True,
        **rope(**QUERY_SCALE, llama_4_scaling_beta=0.3)),
    "smollm3": variant("smollm3", BASE, [{"no_rope_layers": [1, 1, 1, 1]}], num_hidden_layers=4,
                       no_rope_layers=[1, 0, 1, 0], **rope(theta=2000000.0)),
    "olmo": variant("olmo", BASE, [{"clip_qkv": None}], clip_qkv=1.0, tie_word_embeddings=True),
    "olmo2": variant("olmo2", BASE, **rope(theta=500000.0)),
    "olmo3": variant("olmo3", BASE, [{"layer_types": ["full_attention"] * 4}, {"layer_types": ["sliding_attention"] * 4}],
                     num_hidden_layers=4, sliding_window=5, rope_parameters=OLMO3_LAYERS),
    "olmo3-yarn": variant(
        "olmo3", BASE, [{"rope_parameters": OLMO3_LAYERS}], num_hidden_layers=4, sliding_window=5,
        max_position_embeddings=128,
        rope_parameters={
            "sliding_attention": {"rope_type": "default", "rope_theta": 500000.0},
            "full_attention": {"rope_type": "yarn", "rope_theta": 500000.0, "factor": 4.0, "beta_fast": 32.0,
                               "beta_slow": 1.0, "attention_factor": 1.2,
                               "original_max_position_embeddings": 32}}),
    "gpt_neox": variant("gpt_neox", NEOX, [{"use_parallel_residual": False}, rope(partial_rotary_factor=1.0)],
                        **rope(partial_rotary_factor=0.5)),
    "gpt_neox-sequential": variant("gpt_neox", NEOX, [{"use_parallel_residual": True}, rope(partial_rotary_factor=0.5)],
                                   use_parallel_residual=False, **rope(partial_rotary_factor=1.0)),
    "gpt2": variant("gpt2", GPT2),
    "gpt2-scaled": variant("gpt2", GPT2, [{"scale_attn_by_inverse_layer_idx": False}],
                           scale_attn_by_inverse_layer_idx=True),
    "opt": variant("opt", OPT),
    "opt-350m": variant("opt", OPT, do_layer_norm_before=False, word_embed_proj_dim=16),
    "bloom": variant("bloom", BLOOM),
    "bloom-heads6": variant("bloom", BLOOM, hidden_size=48, n_head=6),
    "bloom-residual-post": variant("bloom", BLOOM, [{"apply_residual_connection_post_layernorm": False}],
                                   apply_residual_connection_post_layernorm=True),
    "qwen2": variant("qwen2", BASE, use_sliding_window=False, sliding_window=5, max_window_layers=1,
                     tie_word_embeddings=True, **rope(theta=1000000.0)),
    "qwen3": variant("qwen3", BASE, head_dim=16, **rope(theta=1000000.0)),
    "gemma": variant("gemma", BASE, [{"hidden_act": "gelu_python"}], head_dim=16, num_key_value_heads=1),
    "gemma2": variant(
        "gemma2", BASE, [{"attn_logit_softcapping": None}, {"final_logit_softcapping": None},
                         {"query_pre_attn_scalar": 8}, {"layer_types": ["full_attention"] * 2},
                         {"layer_types": ["sliding_attention"] * 2}],
        head_dim=8, sliding_window=5, query_pre_attn_scalar=12, attn_logit_softcapping=3.0, final_logit_softcapping=6.0),
    "gemma3_text": variant(
        "gemma3_text", BASE, [{"layer_types": ["full_attention"] * 4}, {"layer_types": ["sliding_attention"] * 4},
                              {"query_pre_attn_scalar": 16},
                              {"rope_parameters": {"sliding_attention": {"rope_type": "default", "rope_theta": 1000000.0},
                                                   "full_attention": {"rope_type": "default", "rope_theta": 1000000.0}}}],
        head_dim=16, num_hidden_layers=4, sliding_window=5, query_pre_attn_scalar=24,
        layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters={"sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
                         "full_attention": {"rope_type": "default", "rope_theta": 1000000.0}}),
    "phi": variant("phi", dict(BASE, num_key_value_heads=4), [rope(partial_rotary_factor=1.0)],
                   **rope(partial_rotary_factor=0.5)),
    "phi-qk-layernorm": variant("phi", BASE, qk_layernorm=True, **rope(partial_rotary_factor=0.5)),
    "phi3": variant("phi3", BASE, [{"sliding_window": None}], sliding_window=5),
    "phi3-longrope": variant(
        "phi3", BASE,
        [rope(partial_rotary_factor=1.0), {"original_max_position_embeddings": 32}],
        original_max_position_embeddings=16,
        **rope("longrope", partial_rotary_factor=1.0, original_max_position_embeddings=16,
               short_factor=[1.0, 1.05, 1.25, 1.5], long_factor=[1.1, 1.75, 3.0, 4.0])),
    "stablelm": variant("stablelm", BASE, [rope(partial_rotary_factor=1.0)], use_qkv_bias=True,
                        **rope(partial_rotary_factor=0.25)),
    "stablelm-parallel": variant("stablelm", BASE, use_parallel_residual=True, qk_layernorm=True,
                                 **rope(partial_rotary_factor=0.25)),
    "mixtral": variant("mixtral", MOE, [{"num_experts_per_tok": 1}, {"sliding_window": None}], num_local_experts=4,
                       sliding_window=5, **rope(theta=1000000.0)),
    "qwen3_moe": variant("qwen3_moe", MOE, [{"num_experts_per_tok": 1}, {"norm_topk_prob": False}], num_experts=5,
                         moe_intermediate_size=24, norm_topk_prob=True, head_dim=16, **rope(theta=1000000.0)),
    "qwen3_moe-dense": variant("qwen3_moe", MOE, [{"norm_topk_prob": True}], num_experts=4, moe_intermediate_size=24,
                               num_hidden_layers=4, decoder_sparse_step=2, mlp_only_layers=[3], tie_word_embeddings=True,
                               use_sliding_window=True, sliding_window=5),
    "qwen2_moe": variant("qwen2_moe", MOE, [{"num_experts_per_tok": 1}, {"norm_topk_prob": True}], num_experts=5,
                         moe_intermediate_size=24, shared_expert_intermediate_size=40, **rope(theta=1000000.0)),
    "qwen2_moe-dense": variant("qwen2_moe", MOE, [{"use_sliding_window": False}, {"norm_topk_prob": False}], num_experts=4,
                               moe_intermediate_size=24, shared_expert_intermediate_size=16, num_hidden_layers=4,
                               decoder_sparse_step=2, mlp_only_layers=[3], tie_word_embeddings=True, norm_topk_prob=True,
                               use_sliding_window=True, sliding_window=5, max_window_layers=2),
    "olmoe": variant("olmoe", MOE, [{"norm_topk_prob": True}, {"num_experts_per_tok": 3}], num_experts=6),
    "olmoe-clip": variant("olmoe", MOE, [{"clip_qkv": None}, {"norm_topk_prob": False}], num_experts=4, clip_qkv=1.0,
                          norm_topk_prob=True),
    "apertus": variant("apertus", BASE, [{"hidden_act": "relu"}, rope(theta=500.0)], **rope(**dict(LLAMA3, theta=500.0))),
    "gptj": variant("gptj", dict(GPT2, rotary_dim=4), [{"rotary_dim": 8}]),
    "gpt_bigcode": variant("gpt_bigcode", GPT2),
    "gpt_bigcode-heads": variant("gpt_bigcode", GPT2, [{"scale_attn_weights": True}], multi_query=False,
                                 scale_attn_weights=False),
    "starcoder2": variant("starcoder2", BASE, [{"sliding_window": None}], sliding_window=5, **rope(theta=500.0)),
    "granite": variant("granite", BASE, [{"embedding_multiplier": 1.0}, {"attention_multiplier": 1.0},
                                         {"residual_multiplier": 1.0}, {"logits_scaling": 1.0}],
                       embedding_multiplier=3.0, attention_multiplier=0.2, residual_multiplier=0.4, logits_scaling=0.5,
                       tie_word_embeddings=True),
    "cohere": variant("cohere", BASE, [{"logit_scale": 1.0}, rope(theta=10000.0)], logit_scale=0.5, **rope(theta=500.0)),
    "cohere-qk-norm": variant("cohere", BASE, logit_scale=0.5, use_qk_norm=True, tie_word_embeddings=False,
                              **rope(theta=500.0)),
    "cohere2": variant("cohere2", BASE, [{"layer_types": ["full_attention"] * 4}], logit_scale=0.5, num_hidden_layers=4,
                       sliding_window=5, **rope(theta=500.0)),
    "mpt": variant("mpt", MPT, [{"attn_config": {}}], attn_config={"clip_qkv": 1.0, "softmax_scale": 0.5}),
    "mpt-heads6": variant("mpt", MPT, d_model=48, n_heads=6),
    "exaone": variant("exaone", BASE, **rope(theta=500.0)),
    "exaone4": variant("exaone4", BASE, [{"sliding_window": 4}, {"layer_types": ["sliding_attention"] * 4}],
                       num_hidden_layers=4, sliding_window=5,
                       layer_types=["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"],
                       **rope(theta=500.0)),
    "exaone4-full": variant("exaone4", BASE, sliding_window=None, layer_types=["full_attention"] * 2, **rope(theta=500.0)),
    "falcon-mqa": variant("falcon", FALCON, [rope(theta=100.0)], multi_query=True, parallel_attn=True,
                          new_decoder_architecture=False, bias=False),
    "falcon-new": variant("falcon", FALCON, new_decoder_architecture=True, num_kv_heads=2, bias=False),
    "falcon-new-ln1": variant("falcon", FALCON, new_decoder_architecture=True, num_kv_heads=2, bias=False,
                              num_ln_in_parallel_attn=1),
    # Falcon's eager attention adds the ALiBi bias twice (once in the mask, once to the scores); sdpa, which is what
    # from_pretrained picks by default, adds it once, as the released models were trained.
    "falcon-alibi": variant("falcon", FALCON, [{"alibi": False}], attn="sdpa", alibi=True, multi_query=False,
                            parallel_attn=False, bias=True),
    "falcon-alibi-heads12": variant("falcon", FALCON, [{"alibi": False}], attn="sdpa", alibi=True, multi_query=False,
                                    parallel_attn=False, bias=True, hidden_size=48, num_attention_heads=12),
}


def initialise(model, seed):
    """Weights 0.3 N(0,1), biases 0.2 N(0,1), norm weights 1 + 0.2 N(0,1) (so gemma, which adds 1, scales by about 2)."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if name.endswith("bias"):
                parameter.copy_(0.2 * noise)
            elif parameter.dim() == 1:
                parameter.copy_(1.0 + 0.2 * noise)
            else:
                parameter.copy_(0.3 * noise)


def build(config, attn):
    return AutoModelForCausalLM.from_config(config, attn_implementation=attn, dtype=torch.float32).eval()


def logits_of(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids]), use_cache=False).logits[0]


def greedy(model, prompt):
    ids, gap = list(prompt), float("inf")
    for _ in range(GREEDY):
        best = torch.topk(logits_of(model, ids)[-1], 2)
        gap = min(gap, (best.values[0] - best.values[1]).item())
        ids.append(best.indices[0].item())
    return ids[len(prompt):], gap


def numbers(rows):
    return [[float(f"{x:.9g}") for x in row.tolist()] for row in rows]


def old_config(saved):
    """The same config as releases before transformers 5 wrote it: rope keys at the top level, torch_dtype."""
    old = {k: v for k, v in saved.items() if k not in ("rope_parameters", "dtype", "layer_types", "tie_word_embeddings")}
    old["torch_dtype"], old["transformers_version"] = saved["dtype"], "4.40.0"
    kind, parameters = saved["model_type"], saved.get("rope_parameters")
    tied_by_default = kind in ("gpt2", "cohere", "cohere2", "starcoder2", "gpt_bigcode", "mpt", "opt", "bloom", "falcon", "gemma", "gemma2", "gemma3_text", "smollm3")
    if saved["tie_word_embeddings"] != tied_by_default:
        old["tie_word_embeddings"] = saved["tie_word_embeddings"]
    if kind == "gemma3_text":
        old["layer_types"] = saved["layer_types"]
        old["rope_theta"] = parameters["full_attention"]["rope_theta"]
        old["rope_local_base_freq"] = parameters["sliding_attention"]["rope_theta"]
        old["rope_scaling"] = None
    elif kind == "olmo3":
        old["layer_types"] = saved["layer_types"]
        full = dict(parameters["full_attention"])
        old["rope_theta"] = full.pop("rope_theta")
        old["rope_scaling"] = full if full["rope_type"] != "default" else None
    elif parameters is not None:
        scaling = dict(parameters)
        names = ("rotary_emb_base", "rotary_pct") if kind == "gpt_neox" else ("rope_theta", "partial_rotary_factor")
        old[names[0]] = scaling.pop("rope_theta")
        if "partial_rotary_factor" in scaling and kind != "phi3":
            old[names[1]] = scaling["partial_rotary_factor"]
        scaling.pop("partial_rotary_factor", None)
        if scaling["rope_type"] in ("linear", "dynamic", "yarn", "longrope"):
            scaling["type"] = scaling.pop("rope_type")
        if kind == "phi3":
            scaling.pop("original_max_position_embeddings", None)
        old["rope_scaling"] = scaling if scaling.get("rope_type") != "default" else None
    if kind in ("smollm3", "exaone4"):
        old["layer_types"] = saved["layer_types"]
    if kind == "qwen2":  # those releases kept the number beside use_sliding_window: false
        old["sliding_window"] = VARIANTS["qwen2"]["config"]["sliding_window"]
    if kind == "bloom":
        old["n_embed"] = old.pop("hidden_size")
    return old


def load(folder, attn):
    model, info = AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation=attn, dtype=torch.float32, output_loading_info=True)
    problems = {key: value for key, value in info.items() if value}
    assert not problems, f"{folder}: {problems}"
    return model.eval()


def make(name):
    spec = VARIANTS[name]
    config = AutoConfig.for_model(spec["model_type"], **json.loads(json.dumps(spec["config"])))
    for seed in range(1, 1000):
        model = build(config, spec["attn"])
        initialise(model, seed)
        model.tie_weights()
        ids = torch.randint(3, config.vocab_size, (LENGTH,), generator=torch.Generator().manual_seed(seed)).tolist()
        logits = logits_of(model, ids)
        greedy_ids, gap = greedy(model, ids[:PROMPT])
        if gap >= MIN_GAP and len(set(greedy_ids)) >= MIN_DISTINCT:
            break
    else:
        raise SystemExit(f"{name}: no seed gives a clear greedy continuation")

    for change in spec["acts"]:
        other_keys = json.loads(json.dumps(dict(spec["config"], **change)))
        other = build(AutoConfig.for_model(spec["model_type"], **other_keys), spec["attn"])
        other.load_state_dict(model.state_dict(), strict=False)
        effect = (logits_of(other, ids) - logits)[POSITIONS].abs().max().item()
        assert effect > MIN_EFFECT, f"{name}: {change} changes the logits by {effect} only"

    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    extra = os.path.join(folder, "generation_config.json")
    if os.path.exists(extra):
        os.remove(extra)
    # Releases before transformers 5 wrote model.state_dict(): tied heads are there, sharing the embedding's storage.
    state = model.state_dict()
    if spec["model_type"] == "gpt_neox":  # was embed_out in those releases, and still is in what save_pretrained writes
        state["embed_out.weight"] = state.pop("lm_head.weight")
        state._metadata["embed_out"] = state._metadata.pop("lm_head")
    with safe_open(os.path.join(folder, "model.safetensors"), "pt") as file:
        released = {key: file.get_tensor(key) for key in file.keys()}
    if not set(released) <= set(state):  # transformers 5 computes with other matrices than releases hold: experts in one
        state = released
    torch.save(state, os.path.join(folder, "pytorch_model.bin"))
    with safe_open(os.path.join(folder, "model.safetensors"), "pt") as file:
        assert set(file.keys()) in (set(state), set(state) - {"lm_head.weight"}), f"{name}: other names"
        assert all(torch.equal(file.get_tensor(key), state[key]) for key in file.keys())
    with open(os.path.join(folder, "config.json")) as file:
        saved = json.load(file)
    if spec["model_type"] == "exaone":  # transformers 5 computes it as a Llama and writes that name
        saved["architectures"] = ["ExaoneForCausalLM"]
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(saved, file, indent=2, sort_keys=True)
            file.write("\n")
    with open(os.path.join(folder, "config.old.json"), "w") as file:
        json.dump(old_config(saved), file, indent=2, sort_keys=True)
        file.write("\n")

    loaded = load(folder, spec["attn"])
    assert torch.equal(logits_of(loaded, ids), logits), f"{name}: safetensors differ"
    assert greedy(load(folder, spec["attn"]), ids[:PROMPT]) == (greedy_ids, gap), f"{name}: greedy differs"
    for config_name in ("config.json", "config.old.json"):
        with tempfile.TemporaryDirectory() as old:
            shutil.copy(os.path.join(folder, config_name), os.path.join(old, "config.json"))
            shutil.copy(os.path.join(folder, "pytorch_model.bin"), old)
            assert torch.equal(logits_of(load(old, spec["attn"]), ids), logits), f"{name}: .bin, {config_name} differ"

    reason = None
    try:
        double = logits_of(load(folder, spec["attn"]).double(), ids)
        assert double.dtype == torch.float64
    except (RuntimeError, AssertionError) as error:
        double, reason = None, str(error)
    golden = {
        "versions": {"python": platform.python_version(), "torch": torch.__version__,
                     "transformers": transformers.__version__, "safetensors": safetensors.__version__},
        "seed": seed,
        "attn_implementation": spec["attn"],
        "input_ids": ids,
        "positions": POSITIONS,
        "logits_f32": numbers(logits[POSITIONS]),
        "logits_f64": None if double is None else numbers(double[POSITIONS]),
        "greedy_ids": greedy_ids,
        "min_top2_gap": float(f"{gap:.9g}"),
    }
    if reason is not None:
        golden["logits_f64_reason"] = reason
    with open(os.path.join(folder, "golden.json"), "w") as file:
        file.write("{\n" + ",\n".join(f'  "{k}": {json.dumps(v)}' for k, v in golden.items()) + "\n}\n")
    error = "-" if double is None else f"{(double - logits)[POSITIONS].abs().max().item():.1e}"
    size = sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))
    spread = logits[POSITIONS].std(dim=-1).mean().item()
    print(f"{name:24} seed {seed:3} gap {gap:.2e} distinct {len(set(greedy_ids)):2} "
          f"spread {spread:.2f} f32-f64 {error} {size / 1024:.0f} KiB", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    unknown = [n for n in sys.argv[1:] if n not in VARIANTS]
    if unknown:
        raise SystemExit(f"unknown variant: {', '.join(unknown)}")
    for chosen in sys.argv[1:] or VARIANTS:
        make(chosen)
