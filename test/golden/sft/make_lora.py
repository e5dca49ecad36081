"""Losses of PEFT while it trains adapters of all linear maps on tiny checkpoints of test/golden/architectures.

    python make_lora.py       writes lora.json beside this file

All first matrices are +-1 of make.py's generator: A times 0.1 (seed 3), B times 0.05 (seed 4).
"""

import json
import os
import platform

import peft
import torch
from peft import LoraConfig, get_peft_model

import make

RANK, ALPHA, STEPS, LR = 2, 4, 20, 1e-2
NAMES = ["llama", "gpt2", "phi3", "falcon-mqa", "opt-350m"]


def losses(name, ids):
    base = make.load(name, torch.float32)
    targets = "all-linear"
    if name == "opt-350m":  # the projections of its embedding are outside the layers
        targets = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]
    model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", r=RANK, lora_alpha=ALPHA, target_modules=targets,
                                            fan_in_fan_out=name == "gpt2"))
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            for part, scale, seed in (("lora_A", 0.1, 3), ("lora_B", 0.05, 4)):
                if part in key:
                    parameter.copy_((scale * make.signs(parameter.numel(), seed)).reshape(parameter.shape))
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=LR, weight_decay=0.0)
    out = []
    for step in range(STEPS):
        loss = make.loss_of(model, make.texts(ids, step))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        out.append(float(f"{loss.item():.8g}"))
    print(f"{name:12} {len(trained)} matrices {out[0]:.4f} .. {out[-1]:.4f}", flush=True)
    return {"matrices": len(trained), "losses": out}


if __name__ == "__main__":
    torch.set_num_threads(1)
    result = {}
    for name in NAMES:
        with open(os.path.join(make.ROOT, name, "golden.json")) as file:
            result[name] = losses(name, json.load(file)["input_ids"])
    versions = {"python": platform.python_version(), "torch": torch.__version__, "peft": peft.__version__}
    with open(os.path.join(make.HERE, "lora.json"), "w") as out:
        out.write("{\n" + f'"versions": {json.dumps(versions)}')
        for key, value in result.items():
            out.write(f",\n{json.dumps(key)}: {json.dumps(value)}")
        out.write("\n}\n")
