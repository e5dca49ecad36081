"""Writes what functions of lm_eval 0.4.13 make of rows: LM_EVAL_TASKS=…/lm_eval/tasks python row-changes.py > row-changes.json"""

import importlib.util
import json
import os
import sys

from datasets import Dataset

TASKS = os.environ["LM_EVAL_TASKS"]


def function(path, name):
    spec = importlib.util.spec_from_file_location("utils", os.path.join(TASKS, path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


letters = {"A": "one", "B": "two", "C": "three", "D": "four"}
subjects = [{"n": i, "subject": s, "subject_category": c, "category": k, "Subject": m} for i, (s, c, k, m) in enumerate([
    ("virology", "Medical", "computer science", "virology"),
    ("us_foreign_policy", "Social Sciences", "math", "anatomy_test.csv_sw-KE.csv"),
    ("virology", "Social Sciences", "computer science", "anatomy_test-x"),
])]  # fmt: skip
oall = "arabic_leaderboard_complete"
CASES = [
    ("global_mmlu/full/ar/utils.py", "process_virology", subjects),
    ("global_mmlu/default/ar/utils.py", "process_social_sciences", subjects),
    ("mmlu_prox/af/utils.py", "process_computer_science", subjects),
    ("mmlu_pro/utils.py", "process_math", subjects),
    ("openai-mmmlu/default/utils.py", "process_anatomy", subjects),
    ("include/default/Arabic/utils.py", "process_arts_humanities", [{"domain": "Arts & Humanities"}, {"domain": "STEM"}]),
    ("llama3/instruct/mmlu_de/utils.py", "process_docs_marketing", [{"subtask_name": "mmlu_de_chat.marketing"}, {"subtask_name": "marketing"}]),
    ("bigbench/utils.py", "filter_multiple_choice", [{"n": 0, "multiple_choice_targets": ["a"]}, {"n": 1, "multiple_choice_targets": []}]),
    ("eus_exams/utils.py", "process_docs", [{"answer": a, "candidates": c} for a, c in [(1, ["x", "y", "", ""]), (None, ["x", "y", "z", "w"]), (4, ["x", "y", "z", "w"]), (0, [""] * 4)]]),
    ("tmmluplus/default/utils.py", "process_docs", [{"question": "q?", **letters, "answer": "C"}]),
    ("mmlusr/answer_only/utils.py", "process_docs", [{"choice1": "a", "choice2": None, "choice3": "c", "choice4": "d", "answer": " B"}]),
    (f"{oall}/arabic_leaderboard_avca/utils.py", "process_docs", [{"question": "q", "answer": "خطأ"}]),
    (f"{oall}/arabic_leaderboard_arabic_mmlu/utils.py", "process_docs", [{"subject": "human_aging", "question": "q", **letters, "answer": "D"}]),
    ("hellaswag/utils.py", "process_docs", [{"activity_label": "Roof [x]", "ctx_a": "A man [title] sits.", "ctx_b": "he IS", "endings": ["a [b] c", "d  e"], "label": "1"}]),
]  # fmt: skip

out = []
for path, name, rows in CASES:
    changed = function(path, name)(Dataset.from_list(rows))
    out.append({"file": path, "function": name, "rows": rows, "changed": [dict(row) for row in changed]})
lookups = [("afrixnli/direct/prompt_2/utils.py", "doc_to_target", {"label": 2}), ("afrixnli/direct/prompt_5/utils.py", "doc_to_target", {"label": 1})]
words = [{"file": f, "function": n, "row": row, "text": function(f, n)(row)} for f, n, row in lookups]
prox = {"question": "Which of {these}?", **{f"option_{i}": o for i, o in enumerate(["one", "{{two}}", None, "4\n", "", *[None] * 4, "ten"])}}
prompts = [{"file": f"mmlu_prox/{lang}/utils.py", "function": "doc_to_text", "row": prox, "text": function(f"mmlu_prox/{lang}/utils.py", "doc_to_text")(prox)} for lang in ["af", "en", "fr", "ja", "zu"]]  # fmt: skip
json.dump({"changes": out, "lookups": words, "prompts": prompts}, sys.stdout, ensure_ascii=False, indent=1)
print()
