"""Makes lm-eval/: what lm-evaluation-harness 0.4.13 (transformers 5.24.0, torch on a CPU) writes of four prompts.

Usage: python lm_eval.py MODEL_FOLDER, with lm_eval installed. The model of the stored files is stories260K
(karpathy/tinyllamas, MIT) in Hugging Face layout. The rows are made here.
"""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lm-eval")
PROMPTS = [
    "{{story}} {{question}} The animal said",
    "Story: {{story}}\\nQuestion: {{question}}\\nAnswer:",
    "{{story}}\\nOne day, {{question}} It said",
    "Once upon a time, {{story}} {{question}}\\nThe answer is",
]
ANIMALS = [("cat", "meow", "bark", "moo"), ("dog", "bark", "meow", "quack"), ("duck", "quack", "moo", "bark"), ("cow", "moo", "quack", "meow")]

rows = []
for name in ["Lily", "Tom"]:
    for animal, right, *wrong in ANIMALS:
        choices, gold = [right, *wrong], len(rows) % 3
        choices[0], choices[gold] = choices[gold], choices[0]
        story = f"{name} had a little {animal}. The {animal} was very happy."
        question = f"What did the {animal} say to {name}?"
        rows.append({"id": f"r{len(rows)}", "story": story, "question": question, "choices": choices, "gold": gold})

with tempfile.TemporaryDirectory() as work:
    os.symlink(os.path.abspath(sys.argv[1]), f"{work}/stories260K")
    with open(f"{work}/rows.jsonl", "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    for i, text in enumerate(PROMPTS, 1):
        with open(f"{work}/sounds_prompt_{i}.yaml", "w") as file:
            file.write(f"""task: sounds_prompt_{i}
dataset_path: json
dataset_kwargs: {{data_files: {{test: rows.jsonl}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "{text}"
doc_to_choice: choices
doc_to_target: gold
metric_list: [{{metric: acc}}, {{metric: acc_norm}}, {{metric: acc_bytes}}]
""")
    tasks = ",".join(f"sounds_prompt_{i}" for i in range(1, len(PROMPTS) + 1))
    command = ["lm_eval", "--model", "hf", "--model_args", "pretrained=stories260K,dtype=float32", "--tasks", tasks]
    command += ["--include_path", ".", "--log_samples", "--output_path", "out", "--batch_size", "8", "--device", "cpu"]
    subprocess.run(command, cwd=work, check=True)
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    for path in glob.glob(f"{work}/out/*/*"):
        with open(path) as file:
            text = file.read().replace(work, ".")
        if path.endswith(".json"):
            document = json.loads(text)
            del document["pretty_env_info"]
            text = json.dumps(document, indent=1) + "\n"
        with open(f"{OUT}/{os.path.basename(path)}", "w") as file:
            file.write(text)
