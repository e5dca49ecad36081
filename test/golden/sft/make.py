"""Gradients and losses of PyTorch for the tiny checkpoints of test/golden/architectures.

    python make.py [NAME...]  writes gradients.json and losses.json beside this file; with names, only theirs anew

gradients.json: of each variant the loss and gradient of TEXTS in float64. Of each tensor: its largest absolute value, its
2-norm, at most 48 evenly spaced elements, and the dot products with two vectors of +-1, so that every element counts.
losses.json: the losses of 50 steps of torch.optim.AdamW in float32, one variant of each architecture.
"""

import base64
import json
import os
import platform
import struct
import sys
import warnings

import torch
import transformers
from transformers import AutoModelForCausalLM

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "architectures")
SAMPLES = 48
STEPS = 50
ADAMW = {"lr": 1e-3, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.01}
CLIP, WARMUP = 1.0, 0.1


def texts(ids, step):
    """Three texts, as (ids, index of the first token that counts): parts of the input ids, from another place each step."""
    turned = lambda by: ids[by % len(ids):] + ids[:by % len(ids)]
    return [(turned(step)[:20], 1), (turned(step + 5)[:9], 1), (turned(step + 11)[:12], 8)]


def loss_of(model, batch):
    total, count = 0, 0
    for ids, first in batch:
        logits = model(torch.tensor([ids]), use_cache=False).logits[0]
        labels = torch.tensor([-100 if i < first else token for i, token in enumerate(ids)])
        total = total + torch.nn.functional.cross_entropy(logits[:-1], labels[1:], ignore_index=-100, reduction="sum")
        count += (labels[1:] != -100).sum().item()
    return total / count


def load(name, dtype):
    attn = "sdpa" if name.startswith("falcon-alibi") else "eager"
    return AutoModelForCausalLM.from_pretrained(os.path.join(ROOT, name), attn_implementation=attn, dtype=dtype,
                                                experts_implementation="eager").eval()


def signs(count, seed):
    """+-1 from a linear congruential generator (Numerical Recipes), easily had in any language."""
    out, state = [], seed
    for _ in range(count):
        state = (1664525 * state + 1013904223) % 2 ** 32
        out.append(1.0 if state >= 2 ** 31 else -1.0)
    return torch.tensor(out, dtype=torch.float64)


def summary(gradient):
    flat = gradient.double().flatten()
    step = max(1, -(-flat.numel() // SAMPLES))
    samples = flat[::step].tolist()
    return {
        "max": flat.abs().max().item(),
        "norm": flat.norm().item(),
        "signs": [(flat * signs(flat.numel(), seed)).sum().item() for seed in (1, 2)],
        "every": step,
        "samples": base64.b64encode(struct.pack(f"<{len(samples)}f", *samples)).decode(),
    }


EXPERTS = {"mixtral": ("block_sparse_moe", "w1", "w3", "w2"), "other": ("mlp", "gate_proj", "up_proj", "down_proj")}


def stored(model, name):
    """Gradients by stored names: gpt_neox stores its head under another one, and releases hold one matrix per expert."""
    found = {}
    path, gate, up, down = EXPERTS.get(name, EXPERTS["other"])
    for key, parameter in model.named_parameters():
        parts = key.split(".")
        if "experts" in parts:
            before = ".".join(parts[:3])
            for index, gradient in enumerate(parameter.grad):
                to = f"{before}.{path}.experts.{index}"
                if parts[-1] == "down_proj":
                    found[f"{to}.{down}.weight"] = gradient
                else:
                    found[f"{to}.{gate}.weight"], found[f"{to}.{up}.weight"] = gradient.chunk(2)
        elif name == "mixtral" and key.endswith("mlp.gate.weight"):
            found[key.replace("mlp", path)] = parameter.grad
        else:
            found[key.replace("lm_head", "embed_out") if name.startswith("gpt_neox") else key] = parameter.grad
    return found


def gradients(name, ids):
    model = load(name, torch.float64)
    loss = loss_of(model, texts(ids, 0))
    loss.backward()
    exact = stored(model, name)
    single = load(name, torch.float32)
    loss_of(single, texts(ids, 0)).backward()
    largest = max(value.abs().max().item() for value in exact.values())
    own = max(((gradient.double() - exact[key]).abs().max() / max(exact[key].abs().max(), 1e-2 * largest)).item()
              for key, gradient in stored(single, name).items())
    print(f"{name:26} loss {loss.item():.6f}  float32 against float64: {own:.1e}", flush=True)
    return {"loss": loss.item(), "float32_error": own, "tensors": {key: summary(value) for key, value in exact.items()}}


def losses(name, ids):
    model = load(name, torch.float32)
    optimizer = torch.optim.AdamW(model.parameters(), **ADAMW)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, int(STEPS * WARMUP), STEPS)
    out = []
    for step in range(STEPS):
        loss = loss_of(model, texts(ids, step))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        out.append(float(f"{loss.item():.8g}"))
    print(f"{name:26} {out[0]:.4f} .. {out[-1]:.4f}", flush=True)
    return out


def write(file, content):
    versions = {"python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__}
    with open(os.path.join(HERE, file), "w") as out:
        out.write("{\n" + f'"versions": {json.dumps(versions)}')
        for key, value in content.items():
            out.write(f",\n{json.dumps(key)}: {json.dumps(value)}")
        out.write("\n}\n")


def before(file):
    """What the file holds of other checkpoints, where only some are made anew."""
    if not sys.argv[1:]:
        return {}
    with open(os.path.join(HERE, file)) as known:
        return {key: value for key, value in json.load(known).items() if key != "versions"}


if __name__ == "__main__":
    torch.set_num_threads(1)
    names = sys.argv[1:] or sorted(n for n in os.listdir(ROOT) if os.path.isdir(os.path.join(ROOT, n)))
    inputs = {n: json.load(open(os.path.join(ROOT, n, "golden.json")))["input_ids"] for n in names}
    write("gradients.json", {**before("gradients.json"), **{n: gradients(n, inputs[n]) for n in names}})
    kinds = {}
    for n in names:
        kinds.setdefault(json.load(open(os.path.join(ROOT, n, "config.json")))["model_type"], n)
    write("losses.json", {**before("losses.json"), **{n: losses(n, inputs[n]) for n in kinds.values()}})
