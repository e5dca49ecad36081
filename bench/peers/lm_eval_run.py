"""Log-likelihoods of (context, continuation) pairs by lm-evaluation-harness on transformers.

    python lm_eval_run.py MODEL PAIRS.jsonl OUT.json THREADS
"""

import json
import sys
import time

import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

model, pairs_file, out, threads = sys.argv[1:5]
torch.set_num_threads(int(threads))
pairs = [json.loads(line) for line in open(pairs_file, encoding="utf-8")]
lm = HFLM(pretrained=model, device="cpu", dtype="float32", batch_size=16)
requests = [Instance("loglikelihood", {}, (p["context"], p["continuation"]), i) for i, p in enumerate(pairs)]
lm.loglikelihood(requests[:2], disable_tqdm=True)
started = time.perf_counter()
scores = lm.loglikelihood(requests, disable_tqdm=True)
seconds = time.perf_counter() - started
json.dump({"seconds": seconds, "logprobs": [score for score, _ in scores]}, open(out, "w", encoding="utf-8"))
