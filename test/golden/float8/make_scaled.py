"""Tiny checkpoints with 8-bit weights and their scales, with the logits of transformers: python make_scaled.py

blocks: the checkpoint qwen3_moe in blocks of 8 x 8, as DeepSeek and Qwen release theirs; transformers dequantises it on a CPU.
rows, whole: the checkpoint llama with a scale for each row (compressed-tensors) or matrix (modelopt, with scales of inputs too);
their logits are those of the same weights dequantised by torch, since transformers needs other packages to read them.
Golden are the weights dequantised, in float32, with inputs that are not rounded.
"""
import json
import os
import shutil
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "architectures"))
import make  # noqa: E402

LARGEST = torch.finfo(torch.float8_e4m3fn).max
KEPT = ("embed_tokens", "lm_head", "norm", "mlp.gate.")


def quantised(weight, block):
    """Codes and scales of a matrix; the scale of a block is its largest number over the largest code."""
    rows, columns = weight.shape
    high, wide = block or (rows, columns)
    parts = weight.reshape(rows // high, high, columns // wide, wide)
    scales = parts.abs().amax(dim=(1, 3)) / LARGEST
    codes = (parts / scales[:, None, :, None]).to(torch.float8_e4m3fn)
    plain = (codes.float() * scales[:, None, :, None]).reshape(rows, columns)
    return codes.reshape(rows, columns), scales, plain


def write(name, source, block_of, suffix, quantisation, shape_of, inputs=False):
    folder, origin = os.path.join(HERE, name), os.path.join(HERE, "..", "architectures", source)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    stored, plain = {}, {}
    for key, value in load_file(os.path.join(origin, "model.safetensors")).items():
        if value.dim() != 2 or any(part in key for part in KEPT):
            stored[key] = plain[key] = value
            continue
        stored[key], scales, plain[key] = quantised(value, block_of(value.shape))
        stored[key.replace(".weight", suffix)] = shape_of(scales)
        if inputs:
            stored[key.replace(".weight", ".input_scale")] = torch.tensor(0.01)
    save_file(stored, os.path.join(folder, "model.safetensors"))
    config = json.load(open(os.path.join(origin, "config.json")))
    ids = json.load(open(os.path.join(origin, "golden.json")))["input_ids"]
    logits = logits_of(saved(folder, config, plain), ids)
    effect = (logits - logits_of(origin, ids))[make.POSITIONS].abs().max().item()
    assert effect > 1e-2, f"{name}: 8 bits change the logits by {effect} only"
    config["quantization_config"] = quantisation
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=2, sort_keys=True)
        file.write("\n")
    if quantisation.get("quant_method") == "fp8":
        difference = (logits_of(folder, ids) - logits)[make.POSITIONS].abs().max().item()
        assert difference < 1e-5, f"{name}: transformers reads it otherwise, by {difference}"
    golden = {"versions": {"torch": torch.__version__.split("+")[0], "transformers": make.transformers.__version__},
              "input_ids": ids, "positions": make.POSITIONS, "logits_f32": make.numbers(logits[make.POSITIONS])}
    with open(os.path.join(folder, "golden.json"), "w") as file:
        file.write("{\n" + ",\n".join(f'  "{k}": {json.dumps(v)}' for k, v in golden.items()) + "\n}\n")


def logits_of(folder, ids):
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    return make.logits_of(model.eval(), ids)


def saved(folder, config, state):
    """A folder with the weights in float32."""
    plain = os.path.join(folder, "plain")
    os.makedirs(plain)
    save_file(state, os.path.join(plain, "model.safetensors"))
    json.dump(config, open(os.path.join(plain, "config.json"), "w"))
    return plain


if __name__ == "__main__":
    torch.set_num_threads(1)
    fp8 = {"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8", "weight_block_size": [8, 8]}
    write("blocks", "qwen3_moe", lambda shape: (8, 8), ".weight_scale_inv", fp8, lambda scales: scales)
    tensors = {"num_bits": 8, "type": "float", "strategy": "channel", "symmetric": True}
    compressed = {"quant_method": "compressed-tensors", "format": "float-quantized", "ignore": ["lm_head"],
                  "config_groups": {"group_0": {"targets": ["Linear"], "weights": tensors, "input_activations": None}}}
    write("rows", "llama", lambda shape: (1, shape[1]), ".weight_scale", compressed, lambda scales: scales)
    modelopt = {"quant_method": "modelopt", "quant_algo": "FP8", "ignore": ["lm_head"]}
    write("whole", "llama", lambda shape: None, ".weight_scale", modelopt, lambda scales: scales.reshape(()), inputs=True)
    for name in ("blocks", "rows", "whole"):
        shutil.rmtree(os.path.join(HERE, name, "plain"))
