"""Makes lighteval/: details of one task in the columns of lighteval 0.13.0 (Detail: doc, metric, model_response; a part of
the fields of Doc and ModelResponse). Written with pyarrow from the published dataclasses; lighteval itself was not run.
Run by `python -P`, so that inspect.py beside it is not taken for the module of that name."""
import os
import pyarrow as pa
import pyarrow.parquet as pq

DATE = "2026-01-02T03-04-05.000000"
rows = []
for i in range(6):
    gold = i % 3
    logprobs = [-2.0 - 0.1 * i, -1.5, -1.9 + 0.2 * i]
    best = max(range(3), key=lambda k: logprobs[k])
    rows.append({
        "doc": {"query": f"Question: what is {i}?\nAnswer:", "choices": [" a", " b", " c"], "gold_index": gold, "instruction": "", "id": str(i), "task_name": "toy|0"},
        "metric": {"acc": float(best == gold)},
        "model_response": {"input": f"Question: what is {i}?\nAnswer:", "text": [], "logprobs": logprobs},
    })
folder = os.path.join(os.path.dirname(__file__), "lighteval", "details", "org", "model", DATE)
os.makedirs(folder, exist_ok=True)
pq.write_table(pa.Table.from_pylist(rows), os.path.join(folder, f"details_toy|0_{DATE}.parquet".replace("|", "_")))
