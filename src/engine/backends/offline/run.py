#!/usr/bin/env python3
"""Answers the requests of this folder with vLLM's own offline API.

    python run.py                                  all parts of all checkpoints
    python run.py --share 3/16                     the third of 16 shares of them, such as of a Slurm array
    python run.py --checkpoint NAME --path FOLDER  one checkpoint, whose weights are in a folder here
    python run.py --engine '{"dtype": "float32", "tensor_parallel_size": 4}'

Parts that are answered already are left alone, so a run that was killed goes on when it is started again. Needs vllm and
nothing else; prompts travel as token ids.
"""

import argparse
import gzip
import hashlib
import json
import os
import subprocess
import sys
import time

MOST_CHOSEN = 128  # Token ids whose log-probabilities one prompt may ask for.
BLOCK = 16  # Tokens of a block of the prefix cache: what a cached prefix may have to compute again.
HASHED = ("config.json", "tokenizer.json")


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def prefixes_of(row):
    """Every different beginning of the continuations, with the tokens wanted after it and where each belongs."""
    found = {}
    for c, continuation in enumerate(row["continuations"]):
        for place, token in enumerate(continuation):
            wanted = found.setdefault(tuple(continuation[:place]), {})
            wanted.setdefault(token, []).append((c, place))
    return found


def asks_whole(row, room):
    """True where computing each continuation whole takes fewer tokens than its prefixes, whose beginnings are cached."""
    longest = len(row["context"]) + max(map(len, row["continuations"]))
    return longest < room and len(prefixes_of(row)) * BLOCK >= len(row["continuations"]) * len(row["context"])


def prompts_of(row, room):
    """Prompts of a row: token ids, what is asked of them, and what of the answer belongs to the row."""
    if "max_new_tokens" in row:
        yield row["context"], {"max_tokens": row["max_new_tokens"]}, None
    elif asks_whole(row, room):
        for c, continuation in enumerate(row["continuations"]):
            yield row["context"] + continuation, {"max_tokens": 1, "prompt_logprobs": 1}, c
    else:
        for prefix, wanted in prefixes_of(row).items():
            tokens = list(wanted)
            for start in range(0, len(tokens), MOST_CHOSEN):
                some = tokens[start : start + MOST_CHOSEN]
                ids = row["context"] + list(prefix)
                yield ids, {"max_tokens": 1, "logprob_token_ids": some}, {token: wanted[token] for token in some}


def answer_of(row, parts):
    """The row's answer, from what vLLM says to its prompts."""
    answer = {"id": row["id"], "sent": sum(len(output.prompt_token_ids) for output, _ in parts)}
    answer["computed"] = answer["sent"] - sum(output.num_cached_tokens or 0 for output, _ in parts)
    if "max_new_tokens" in row:
        answer["ids"] = list(parts[0][0].outputs[0].token_ids)
        return answer
    answer["scores"] = scores = [[None] * len(continuation) for continuation in row["continuations"]]
    for output, wanted in parts:
        if isinstance(wanted, int):
            for place, token in enumerate(row["continuations"][wanted]):
                here = output.prompt_logprobs[len(row["context"]) + place]
                best = next(one.logprob for one in here.values() if one.rank == 1)
                scores[wanted][place] = [here[token].logprob, best]
        else:
            completion = output.outputs[0]
            here = completion.logprobs[0]
            best = here[completion.token_ids[0]].logprob
            for token, places in wanted.items():
                for c, place in places:
                    scores[c][place] = [here[token].logprob, best]
    return answer


class Model:
    """A checkpoint that vLLM has loaded."""

    def __init__(self, checkpoint, requests, path, engine):
        import vllm

        self.vllm, self.stop = vllm, requests["eos_ids"]
        place = path or checkpoint["model"]
        revision = None if path else checkpoint["revision"]
        if not os.path.isdir(place):
            from huggingface_hub import snapshot_download

            place = snapshot_download(place, revision=revision, ignore_patterns=["*.bin", "*.pth", "onnx/*", "*.msgpack"])
        place = os.path.join(place, "" if path else checkpoint["subfolder"])
        self.files = {name: sha256(os.path.join(place, name)) for name in HASHED if os.path.exists(os.path.join(place, name))}
        for name, digest in self.files.items():
            if checkpoint["files"].get(name, digest) != digest:
                sys.exit(f"{place}: its {name} is not that of {checkpoint['name']}; give the folder of this checkpoint with --path")
        usual = {"generation_config": "vllm", "logprobs_mode": "raw_logprobs", "skip_tokenizer_init": True, "seed": 0}
        self.llm = vllm.LLM(model=place, **{**usual, **engine})
        config = self.llm.llm_engine.model_config
        self.room = config.max_model_len
        self.about = {
            "engine": "vllm", "version": vllm.__version__, "model": checkpoint["model"], "revision": revision,
            "files": self.files, "dtype": str(config.dtype).removeprefix("torch."), "vocab_size": config.get_vocab_size(),
            "flags": engine,
        }  # fmt: skip
        if self.room < requests["longest"] + 1:
            sys.exit(f"max_model_len is {self.room}; the longest request needs {requests['longest'] + 1}")

    def answers(self, rows):
        asked = [(i, *prompt) for i, row in enumerate(rows) for prompt in prompts_of(row, self.room)]
        prompts = [{"prompt_token_ids": ids} for _, ids, _, _ in asked]
        plain = {"temperature": 0, "detokenize": False, "stop_token_ids": self.stop}
        outputs = self.llm.generate(prompts, [self.vllm.SamplingParams(**plain, **more) for _, _, more, _ in asked])
        parts = [[] for _ in rows]
        for (i, _, _, wanted), output in zip(asked, outputs):
            parts[i].append((output, wanted))
        return [answer_of(row, parts[i]) for i, row in enumerate(rows)], len(prompts)


def write_whole(path, content):
    with open(f"{path}.partial", "wb") as file:
        file.write(content)
    os.replace(f"{path}.partial", path)


def answer_part(folder, checkpoint, part, model, rows):
    """Writes the answers to a part, and then what they are answers to."""
    if len(rows) != part["rows"]:
        sys.exit(f"{part['file']}: {len(rows)} rows, the manifest says {part['rows']}")
    began = time.time()
    answers, prompts = model.answers(rows)
    place = os.path.join(folder, "answers", checkpoint["folder"])
    os.makedirs(place, exist_ok=True)
    name = os.path.join(place, part["name"])
    write_whole(f"{name}.jsonl.gz", gzip.compress("".join(json.dumps(one) + "\n" for one in answers).encode(), 6))
    receipt = {
        **model.about, "checkpoint": checkpoint["name"], "part": part["name"], "requests_sha256": part["sha256"],
        "answers_sha256": sha256(f"{name}.jsonl.gz"), "rows": len(answers), "prompts": prompts,
        "seconds": round(time.time() - began, 3),
    }  # fmt: skip
    write_whole(f"{name}.json", json.dumps(receipt, indent=2).encode())
    print(f"{checkpoint['name']} {part['name']}: {len(answers)} rows, {prompts} prompts in {receipt['seconds']} s", flush=True)


def rows_of(folder, part):
    path = os.path.join(folder, part["file"])
    if sha256(path) != part["sha256"]:
        sys.exit(f"{path} is not the file that the manifest names; copy the folder again")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read_manifest(folder):
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        return json.load(file)


def parts_of(manifest):
    """All there is to do: (checkpoint, requests, part), checkpoint after checkpoint."""
    for checkpoint in manifest["checkpoints"]:
        requests = next(one for one in manifest["requests"] if one["name"] == checkpoint["requests"])
        for part in requests["parts"]:
            yield checkpoint, requests, part


def is_answered(folder, checkpoint, part):
    return os.path.exists(os.path.join(folder, "answers", checkpoint["folder"], f"{part['name']}.json"))


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", help="name of the one to run (default: all)")
    parser.add_argument("--path", help="folder of its weights (default: where the manifest says)")
    parser.add_argument("--share", default="1/1", help="I/N, the I-th of N shares of the parts, from 1")
    parser.add_argument("--engine", type=json.loads, default={}, help="arguments of vllm.LLM, as JSON")
    args = parser.parse_args()
    manifest = read_manifest(folder)
    names = [one["name"] for one in manifest["checkpoints"]]
    if args.checkpoint not in (None, *names):
        sys.exit(f"no checkpoint is called {args.checkpoint}; there are {', '.join(names)}")
    if args.path and args.checkpoint is None and len(names) > 1:
        sys.exit(f"--path needs --checkpoint: one of {', '.join(names)}")
    share, count = map(int, args.share.split("/"))
    work = list(parts_of(manifest))
    work = work[len(work) * (share - 1) // count : len(work) * share // count]
    work = [one for one in work if args.checkpoint in (None, one[0]["name"]) and not is_answered(folder, one[0], one[2])]
    wanted = list(dict.fromkeys(checkpoint["name"] for checkpoint, _, _ in work))
    if len(wanted) > 1:
        # A process for each: nothing of one model is left in the memory of the GPU when the next is loaded.
        for name in wanted:
            subprocess.run([sys.executable, os.path.abspath(__file__), *sys.argv[1:], "--checkpoint", name], check=True)
        return
    model = None
    for checkpoint, requests, part in work:
        rows = rows_of(folder, part)
        model = model or Model(checkpoint, requests, args.path, args.engine)
        answer_part(folder, checkpoint, part, model, rows)


if __name__ == "__main__":
    main()
