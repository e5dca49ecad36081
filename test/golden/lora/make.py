"""LoRA adapters of PEFT on the tiny checkpoints of ../architectures, with the logits that PEFT gives for them.

    OMP_NUM_THREADS=1 python test/golden/lora/make.py [NAME...]

Each folder is what save_pretrained writes, and golden.json: logits at three positions in float32 and greedy ids of the
adapted model. Matrices are random and none is zero; every adapter must move the logits. The same bytes come out each time.
"""
import importlib.util
import json
import os
import platform
import shutil
import sys

import peft
import safetensors
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model

HERE = os.path.dirname(os.path.abspath(__file__))
ARCHITECTURES = os.path.join(os.path.dirname(HERE), "architectures")
spec = importlib.util.spec_from_file_location("architectures", os.path.join(ARCHITECTURES, "make.py"))
arch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(arch)

MIN_EFFECT = 0.1
LLAMA = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
VARIANTS = {
    "llama": dict(r=4, lora_alpha=8, target_modules=LLAMA,
                  rank_pattern={"v_proj": 2, r"layers\.1\.mlp\.(up|down)_proj": 3},
                  alpha_pattern={"^model.layers.0.self_attn.q_proj": 5}),
    "gpt2": dict(r=3, lora_alpha=4, target_modules=["c_attn", "c_fc", "c_proj"], fan_in_fan_out=True, use_rslora=True),
    "gpt_neox": dict(r=2, lora_alpha=4, target_modules=["query_key_value", "dense_4h_to_h"], layers_to_transform=[1]),
    "phi3": dict(r=2, lora_alpha=2, target_modules="all-linear", init_lora_weights="gaussian"),
    # More than low-rank additions to linear maps.
    "llama-dora": dict(r=3, lora_alpha=4, target_modules=LLAMA, use_dora=True, use_rslora=True,
                       rank_pattern={"up_proj": 2}, alpha_pattern={"o_proj": 7}),
    "gpt2-dora-bias": dict(r=2, lora_alpha=4, target_modules=["c_attn", "c_fc"], fan_in_fan_out=True, use_dora=True,
                           bias="all"),
    "gpt_neox-bias": dict(r=2, lora_alpha=4, target_modules=["query_key_value", "dense"], bias="lora_only"),
    "phi3-lora-bias": dict(r=2, lora_alpha=4, target_modules=["qkv_proj", "o_proj"], lora_bias=True),
    "qwen2-lora-bias": dict(r=2, lora_alpha=4, target_modules=["q_proj", "o_proj"], lora_bias=True, use_dora=False),
    "llama-saved": dict(r=2, lora_alpha=4, target_modules=["q_proj"],
                        modules_to_save=["lm_head", "embed_tokens", "post_attention_layernorm"]),
    "gemma3_text-saved-head": dict(r=2, lora_alpha=4, target_modules=["v_proj"], modules_to_save=["lm_head"]),
    "gemma3_text-saved-embedding": dict(r=2, lora_alpha=4, target_modules=["v_proj"], modules_to_save=["embed_tokens"]),
    "gemma3_text-embedding": dict(r=2, lora_alpha=4, target_modules=["embed_tokens", "v_proj"]),
    "gpt2-head": dict(r=2, lora_alpha=4, target_modules=["lm_head", "c_fc"], fan_in_fan_out=False),
}
BIN = ("gpt2", "gpt_neox-bias")
# PEFT merges no lora_bias into a layer without a bias, and its merging writes what is added to one of two tied matrices
# into both.
UNMERGEABLE = ("phi3-lora-bias", "qwen2-lora-bias", "gemma3_text-embedding", "gpt2-head")


def base_of(name):
    return name.split("-")[0]


def adapt(name, seed):
    model = arch.load(os.path.join(ARCHITECTURES, base_of(name)), "eager")
    adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **VARIANTS[name]))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, parameter in adapted.named_parameters():
            if not parameter.requires_grad:
                continue
            noise = torch.randn(parameter.shape, generator=generator)
            if "magnitude" in key:
                parameter.mul_(1 + 0.2 * noise)
            elif "lora_" in key:
                parameter.copy_(0.2 * noise)
            else:
                parameter.add_(0.1 * noise)
    adapted.peft_config["default"].base_model_name_or_path = f"tiny/{base_of(name)}"
    return adapted.eval()


def sort_targets(path):
    """PEFT writes a set in the order of its hashes, which differs from run to run."""
    with open(path) as file:
        config = json.load(file)
    config["target_modules"].sort()
    with open(path, "w") as file:
        json.dump(config, file, indent=2)
        file.write("\n")


def make(name):
    with open(os.path.join(ARCHITECTURES, base_of(name), "golden.json")) as file:
        ids = json.load(file)["input_ids"]
    for seed in range(1, 1000):
        adapted = adapt(name, seed)
        greedy_ids, gap = arch.greedy(adapted, ids[:arch.PROMPT])
        if gap >= arch.MIN_GAP and len(set(greedy_ids)) >= arch.MIN_DISTINCT:
            break
    else:
        raise SystemExit(f"{name}: no seed gives a clear greedy continuation")
    logits = arch.logits_of(adapted, ids)
    with adapted.disable_adapter():
        effect = (arch.logits_of(adapted, ids) - logits)[arch.POSITIONS].abs().max().item()
    assert effect > MIN_EFFECT, f"{name}: the adapter changes the logits by {effect} only"

    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    # False, because "auto" asks the hub for the configuration of a base of that name.
    adapted.save_pretrained(folder, safe_serialization=name not in BIN, save_embedding_layers=False)
    os.remove(os.path.join(folder, "README.md"))
    sort_targets(os.path.join(folder, "adapter_config.json"))
    base = arch.load(os.path.join(ARCHITECTURES, base_of(name)), "eager")
    loaded = PeftModel.from_pretrained(base, folder).eval()
    assert torch.equal(arch.logits_of(loaded, ids), logits), f"{name}: what was saved differs"
    if name in UNMERGEABLE:
        merged = 0
    else:
        merged = (arch.logits_of(loaded.merge_and_unload(), ids) - logits).abs().max().item()
    assert merged < 1e-4, f"{name}: merged differs by {merged}"

    golden = {
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "peft": peft.__version__,
                     "transformers": transformers.__version__, "safetensors": safetensors.__version__},
        "seed": seed,
        "input_ids": ids,
        "positions": arch.POSITIONS,
        "logits_f32": arch.numbers(logits[arch.POSITIONS]),
        "greedy_ids": greedy_ids,
        "min_top2_gap": float(f"{gap:.9g}"),
    }
    with open(os.path.join(folder, "golden.json"), "w") as file:
        file.write("{\n" + ",\n".join(f'  "{k}": {json.dumps(v)}' for k, v in golden.items()) + "\n}\n")
    print(f"{name:10} seed {seed:3} gap {gap:.2e} effect {effect:.2f} merged {merged:.1e}", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for chosen in sys.argv[1:] or VARIANTS:
        make(chosen)
