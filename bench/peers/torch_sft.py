"""The same step as bench/sft.mjs in PyTorch: transformers' Llama, AdamW, clipping. Prints seconds of a step and memory."""

import json
import resource
import statistics
import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])
config = LlamaConfig(hidden_size=job["hidden"], intermediate_size=job["inner"], num_hidden_layers=job["layers"],
                     num_attention_heads=job["heads"], num_key_value_heads=job["kv"], vocab_size=job["vocab"],
                     max_position_embeddings=1024, tie_word_embeddings=True, attn_implementation="sdpa")
model = LlamaForCausalLM(config)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.0)
ids = torch.randint(0, job["vocab"], (job["rows"], job["length"]))


def step():
    loss = model(ids, labels=ids).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()


step()
seconds = []
for _ in range(job["steps"]):
    started = time.perf_counter()
    step()
    seconds.append(time.perf_counter() - started)
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"seconds": statistics.median(seconds), "mb": memory}))
