"""Scores task files of the installed lm_eval on local rows with lm_eval itself, and writes the rows for amuro-eval.

pip install lm_eval==0.4.13 transformers==5.24 torch
HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 python score.py ROWS MODEL FOLDER [N [TASK …]]

ROWS holds FILE.jsonl with rows of the datasets in the columns of the hub, MODEL is a folder of Hugging Face. FOLDER gets
rows/TASK.jsonl, of the first N rows each (40), and lm_eval.json: log-likelihoods, texts and scores, of all tasks or those named.
"""

import json
import sys
from pathlib import Path

import lm_eval
import torch
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks._yaml_loader import load_yaml

TASKS = Path(lm_eval.__file__).parent / "tasks"
same = lambda row: row  # noqa: E731
pair = lambda row: {"premise": row["sentence1"], "hypothesis": row["sentence2"], "label": row["label"]}  # noqa: E731
labelled = lambda row: {**row, "label": int(row["answer"])}  # noqa: E731
# Task file -> the file of its rows, and what their columns are called in the task's own dataset.
CHOSEN = {
    "glue/rte/default.yaml": ("rte", same),
    "glue/qqp/default.yaml": ("qqp", same),
    "hellaswag/hellaswag.yaml": ("hellaswag", same),
    "arc/arc_easy.yaml": ("arc_easy", same),
    "openbookqa/openbookqa.yaml": ("openbookqa", same),
    "sciq/sciq.yaml": ("sciq", same),
    "super_glue/boolq/default.yaml": ("boolq", labelled),
    "lambada/lambada_openai.yaml": ("xsum", lambda row: {"text": row["summary"].rstrip(". ")}),
    "pile/pile_arxiv.yaml": ("xsum", lambda row: {"text": row["document"]}),
    "super_glue/boolq/seq2seq.yaml": ("boolq", labelled),
    "super_glue/rte/t5-prompt.yaml": ("rte", pair),
    "triviaqa/default.yaml": ("tweetqa", lambda row: {"question": row["Question"], "answer": {"aliases": row["Answer"], "value": row["Answer"][0]}}),
}  # fmt: skip


def evaluated(config, lm):
    task = ConfigurableTask(config=config)
    out = lm_eval.simple_evaluate(model=lm, tasks=[task], num_fewshot=0, bootstrap_iters=0, log_samples=True)
    (name,) = out["samples"]
    samples = sorted(out["samples"][name], key=lambda one: one["doc_id"])
    first = list({one["doc_id"]: one for one in reversed(samples)}.values())[::-1]
    metrics = {k: v for k, v in out["results"][name].items() if "stderr" not in k and isinstance(v, float)}
    if config["output_type"] == "generate_until":
        return {"metrics": metrics, "texts": [one["resps"][0][0] for one in first]}
    return {"metrics": metrics, "logprobs": [[float(answer[0]) if isinstance(answer, (list, tuple)) else float(answer) for answer in one["resps"][0]] if config["output_type"] == "loglikelihood_rolling" else [float(answer[0][0]) for answer in one["resps"]] for one in first]}  # fmt: skip


def main(rows, model, folder, count="40", *named):
    torch.set_num_threads(1)
    lm = HFLM(pretrained=model, dtype="float32", batch_size=1, device="cpu")
    (Path(folder) / "rows").mkdir(parents=True, exist_ok=True)
    result = {"lm_eval": lm_eval.__version__, "tasks": {}}
    for path, (file, change) in CHOSEN.items():
        config = load_yaml(TASKS / path)
        if named and config["task"] not in named:
            continue
        lines = [change(json.loads(line)) for line in open(f"{rows}/{file}.jsonl", encoding="utf8")][: int(count)]
        place = Path(folder) / "rows" / f"{config['task']}.jsonl"
        place.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines), encoding="utf8")
        split = config.get("test_split") or config["validation_split"]
        keys = {"dataset_path": "json", "dataset_name": None, "dataset_kwargs": {"data_files": {split: str(place)}, "cache_dir": f"{folder}/cache"}}  # fmt: skip
        keys |= {"training_split": None, "fewshot_split": None, "fewshot_config": None}
        if config.get("test_split"):
            keys["validation_split"] = None
        result["tasks"][config["task"]] = {"file": str(TASKS / path), "output_type": config["output_type"], **evaluated({**config, **keys}, lm)}  # fmt: skip
    (Path(folder) / "lm_eval.json").write_text(json.dumps(result, ensure_ascii=False), encoding="utf8")


main(*sys.argv[1:])
