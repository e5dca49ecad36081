#!/usr/bin/env python3
"""Answers the requests of this folder, which all workers see, with vLLM on the GPUs of a Ray cluster.

    python run_ray.py --checkpoint NAME --workers 8 [--path FOLDER] [--gpus 1] [--engine JSON]

A worker loads the model once and answers whole parts as run.py does.
"""

import argparse
import json
import os

import ray

import run

FOLDER = os.path.dirname(os.path.abspath(__file__))


class Worker:
    def __init__(self, checkpoint, requests, path, engine):
        self.checkpoint, self.requests = checkpoint, requests
        self.model = run.Model(checkpoint, requests, path, engine)

    def __call__(self, table):
        rows = [{key: value for key, value in row.items() if value is not None} for row in table.to_pylist()]
        part = next(one for one in self.requests["parts"] if one["name"] == rows[0]["part"])
        run.answer_part(FOLDER, self.checkpoint, part, self.model, rows)
        return {"part": [part["name"]], "rows": [len(rows)]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, help="name of the one to run")
    parser.add_argument("--path", help="folder of its weights (default: where the manifest says)")
    parser.add_argument("--workers", type=int, default=1, help="models loaded at a time")
    parser.add_argument("--gpus", type=float, default=1, help="GPUs of a worker")
    parser.add_argument("--engine", type=json.loads, default={}, help="arguments of vllm.LLM, as JSON")
    args = parser.parse_args()
    work = [one for one in run.parts_of(run.read_manifest(FOLDER)) if one[0]["name"] == args.checkpoint]
    work = [one for one in work if not run.is_answered(FOLDER, one[0], one[2])]
    if not work:
        return
    checkpoint, requests, _ = work[0]
    for _, _, part in work:
        if run.sha256(os.path.join(FOLDER, part["parquet"]["file"])) != part["parquet"]["sha256"]:
            raise SystemExit(f"{part['parquet']['file']} is not the file that the manifest names; copy the folder again")
    files = [os.path.join(FOLDER, part["parquet"]["file"]) for _, _, part in work]
    # Ray reads several small files into one block and cuts large ones: rows of a part are brought together again.
    done = ray.data.read_parquet(files).groupby("part").map_groups(
        Worker,
        fn_constructor_args=(checkpoint, requests, args.path, args.engine),
        batch_format="pyarrow",
        concurrency=min(args.workers, len(files)),
        num_gpus=args.gpus,
    )
    print(f"{done.sum('rows')} rows in {len(files)} parts")


if __name__ == "__main__":
    main()
