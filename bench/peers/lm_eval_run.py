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
started, before = time.perf_counter(), time.process_time()
scores = lm.loglikelihood(requests, disable_tqdm=True)
seconds, processor = time.perf_counter() - started, time.process_time() - before
result = {"seconds": seconds, "processor": processor, "logprobs": [score for score, _ in scores]}
json.dump(result, open(out, "w", encoding="utf-8"))
