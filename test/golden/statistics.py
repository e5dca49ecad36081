"""Writes statistics.json: means and standard errors of random scores by numpy and scipy.

Run `python statistics.py` in this folder; the versions used are in the file.
"""

import sys
from pathlib import Path

# This file is named like a module of Python's standard library, which must be found first.
sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

import json  # noqa: E402
import platform  # noqa: E402

import numpy as np  # noqa: E402
import scipy  # noqa: E402
from scipy import stats  # noqa: E402


def clustered_se(scores: np.ndarray) -> float:
    """Square root of (1/n^2) sum over clusters of sum over pairs i, j of a cluster (i = j too) of their residuals.

    Clusters are the columns: the scores of one row of a dataset under every prompt. Written as the plain double sum.
    """
    centre = scores.mean()
    total = 0.0
    for column in scores.T:
        for a in column:
            for b in column:
                total += (a - centre) * (b - centre)
    return float(np.sqrt(total) / scores.size)


def scores(rng: np.random.Generator, kind: str, shape: tuple[int, int]) -> np.ndarray:
    ability = rng.normal(size=(1, shape[1]))
    wording = rng.normal(scale=0.5, size=(shape[0], 1))
    probability = 1 / (1 + np.exp(-(ability + wording)))
    if kind == "binary":
        return (rng.random(shape) < probability).astype(float)
    if kind == "fraction":
        return np.round(np.clip(probability + rng.normal(scale=0.1, size=shape), 0, 1), 4)
    # Almost equal numbers far from zero: a one-pass variance loses all its digits here.
    return 1e6 + np.round(probability, 4)


def main() -> None:
    rng = np.random.default_rng(20260)
    cases = []
    for kind in ["binary", "fraction", "offset"]:
        for shape in [(1, 2), (2, 2), (2, 7), (3, 20), (5, 33), (10, 12), (20, 9), (3, 150)]:
            before = scores(rng, kind, shape)
            after = scores(rng, kind, shape)
            means = before.mean(axis=1)
            by_row = before.mean(axis=0)
            differences = (after - before).mean(axis=0)
            cases.append(
                {
                    "kind": kind,
                    "before": before.tolist(),
                    "after": after.tolist(),
                    "prompts": [
                        {"mean": float(m), "stderr": float(stats.sem(row))} for m, row in zip(means, before)
                    ],
                    "mean": float(before.mean()),
                    "stderr": float(stats.sem(by_row)),
                    "clustered": clustered_se(before),
                    "sd": float(np.std(means, ddof=1)) if len(means) > 1 else None,
                    "min": float(means.min()),
                    "max": float(means.max()),
                    "spread": float(np.ptp(means)),
                    "paired": {"mean": float(differences.mean()), "stderr": float(stats.sem(differences))},
                    "paired_first": {
                        "mean": float((after[0] - before[0]).mean()),
                        "stderr": float(stats.sem(after[0] - before[0])),
                    },
                }
            )
    versions = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
    body = ",\n".join("  " + json.dumps(case) for case in cases)
    Path(__file__).with_name("statistics.json").write_text(
        f'{{\n "versions": {json.dumps(versions)},\n "cases": [\n{body}\n ]\n}}\n', encoding="utf-8"
    )


if __name__ == "__main__":
    main()
