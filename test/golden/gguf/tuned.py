"""Opens in transformers what test/sft/gguf-base.test.ts trained from the GGUF files, and compares the loss.

    TUNED_FROM_GGUF=/tmp/tuned npx vitest run test/sft/gguf-base.test.ts && python test/golden/gguf/tuned.py /tmp/tuned

Prints the difference of the loss in nats, and what transformers says of weights that are missing or left over.
"""
import json
import os
import sys

import torch
import transformers

transformers.logging.set_verbosity_error()

root = sys.argv[1]
worst = 0.0
for name in sorted(os.listdir(root)):
    folder = os.path.join(root, name)
    with open(os.path.join(folder, "loss.json")) as file:
        golden = json.load(file)
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation="eager", output_loading_info=True, dtype=torch.float32)
    wrong = {key: value for key, value in info.items() if value}
    ids = torch.tensor([golden["ids"]])
    with torch.no_grad():
        loss = model.eval()(input_ids=ids, labels=ids).loss.item()
    difference = abs(loss - golden["loss"])
    worst = max(worst, difference)
    print(f"{name:28} {difference:.1e} {wrong or ''}", flush=True)
print("transformers", transformers.__version__, "worst", worst)
