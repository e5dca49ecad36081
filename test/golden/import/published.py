"""Makes olmes/, dove/ and prompteval/: files in the form that their projects publish, written from that form alone; neither
OLMES nor a model was run. Usage: python -P published.py, with pyarrow (26.0) installed; -P, so that inspect.py beside it is not
taken for the module of that name.

OLMES: fields of allenai/DataDecide-eval-instances and of oe_eval/tasks/base_task.py. DOVE: src/schema_validation/schema.json
and data_sample_without_logprobs.json of SLAB-NLP/DOVE. PromptEval: PromptEval/PromptEval_MMLU_correctness.
"""

import json
import os
import shutil

import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))


def folder(*parts):
    path = os.path.join(HERE, *parts)
    os.makedirs(path, exist_ok=True)
    return path


for name in ["olmes", "dove", "prompteval"]:
    shutil.rmtree(os.path.join(HERE, name), ignore_errors=True)

# OLMES: one task in two formulations, which are judged by different metrics.
CHOICES = ["red", "green or blue", "a dark colour"]
LOGITS = [[-2.0, -6.5, -7.0], [-4.0, -5.0, -9.0], [-3.0, -8.0, -6.0], [-9.0, -7.0, -7.5]]
for number, (variant, primary, shots) in enumerate([("rc::olmes", "acc_per_char", 5), ("mc::olmes", "acc_raw", 0)]):
    stem = os.path.join(folder("olmes"), f"task-{number:03d}-colours")
    with open(f"{stem}-metrics.json", "w") as out:
        json.dump({"task_name": "colours", "task_hash": f"hash{number}", "model_hash": "m", "model_config": {"model": "org/model", "revision": "step1000"}, "task_config": {"task_name": "colours", "primary_metric": primary, "num_shots": shots, "split": "validation", "dataset_path": "org/colours", "metadata": {"alias": f"colours:{variant}"}}, "num_instances": 4, "metrics": {"primary_score": 0.5}}, out)
    with open(f"{stem}-predictions.jsonl", "w") as out, open(f"{stem}-requests.jsonl", "w") as asked:
        for row, logits in enumerate(LOGITS):
            texts = CHOICES if number == 0 else ["A", "B", "C"]
            gold = row % 3
            best = {"raw": max(range(3), key=lambda i: logits[i]), "per_char": max(range(3), key=lambda i: logits[i] / len(texts[i]))}
            metrics = {f"predicted_index_{k}": v for k, v in best.items()} | {"correct_choice": gold} | {f"acc_{k}": int(v == gold) for k, v in best.items()}
            outputs = [{"sum_logits": v, "num_tokens": 1, "num_tokens_all": 9, "is_greedy": False, "logits_per_token": v, "logits_per_char": v / len(t), "num_chars": len(t)} for v, t in zip(logits, texts)]
            out.write(json.dumps({"doc_id": row, "native_id": f"q{row}", "metrics": metrics, "model_output": outputs, "label": gold, "task_hash": f"hash{number}", "model_hash": "m"}) + "\n")
            for i, text in enumerate(texts):
                context = f"Question: which colour is {row}?\nAnswer:"
                asked.write(json.dumps({"request_type": "loglikelihood", "doc": {"id": f"q{row}", "query": context}, "request": {"context": context, "continuation": f" {text}"}, "idx": i, "task_name": "colours", "doc_id": row, "native_id": f"q{row}", "label": gold}) + "\n")
with open(os.path.join(folder("olmes"), "metrics.json"), "w") as out:
    json.dump({"all_primary_scores": ["colours:rc::olmes: 0.5"], "tasks": []}, out)

# DOVE: two rows under two enumerators and two orders of the choices.
rows = []
for enumerator, names in [("capitals", "ABC"), ("numbers", "123")]:
    for order in ["none", "alphabetical"]:
        for row, gold in enumerate(["salt", "air"]):
            texts = ["salt", "water", "air"] if order == "none" else ["air", "salt", "water"]
            choices = [{"id": n, "text": t} for n, t in zip(names, texts)]
            said = choices[0]
            truth = next(one for one in choices if one["text"] == gold)
            rows.append({
                "evaluation_id": f"{enumerator}-{order}-{row}",
                "model": {"model_info": {"name": "org/Model-7B", "family": "Llama"}, "configuration": {"architecture": "transformer", "parameters": 7, "context_window": 4096, "is_instruct": True, "hf_path": "org/Model-7B", "revision": None}, "inference_settings": {"quantization": {"bit_precision": "float16", "method": "None"}, "generation_args": {"use_vllm": True, "max_tokens": 64}}},
                "prompt_config": {"prompt_class": "MultipleChoice", "dimensions": {"instruction_phrasing": {"name": "StateHere", "text": "Question: {question}\nChoices: {choices}\nAnswer:"}, "shots": 0, "enumerator": enumerator, "separator": "\n", "choices_order": {"method": order, "description": ""}}},
                "instance": {"task_type": "classification", "raw_input": f"Question: what is {row}?\nChoices: {choices}\nAnswer:", "language": "en", "sample_identifier": {"dataset_name": "mmlu.toys", "hf_repo": "cais/mmlu", "hf_split": "test", "hf_index": 40 + row}, "classification_fields": {"question": f"what is {row}?", "choices": choices, "ground_truth": truth}},
                "output": {"response": f" {said['id']}. {said['text']}", "cumulative_logprob": -1.5},
                "evaluation": {"evaluation_method": {"method_name": "content_similarity", "description": "", "closest_answer": f"{said['id']}. {said['text']}"}, "ground_truth": f"{truth['id']}. {truth['text']}", "score": float(said["text"] == gold)},
            })
pq.write_table(pa.Table.from_pylist(rows), os.path.join(folder("dove", "Model-7B", "en", "0_shot"), "mmlu.toys.parquet"))

# PromptEval: lines are templates, columns are rows.
for model, shift in [("org_model_a", 0), ("org_model_b", 1)]:
    table = {f"example_{i}": [(i + f * shift) % 2 for f in range(5)] for i in range(4)}
    pq.write_table(pa.table(table), os.path.join(folder("prompteval", "anatomy"), f"{model}-00000-of-00001.parquet"))
