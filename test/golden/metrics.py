"""Writes metrics.json: values of reference implementations for the metrics of src/metrics.

Run `python metrics.py` in this folder; the versions used are in the file. scikit-learn: F1, macro-F1, MCC; scipy: Pearson,
Spearman; lm-evaluation-harness: brier_score; Python itself: the normalisation of SQuAD's evaluation script, written down
again here, on texts of many scripts; rouge_score: ROUGE-1 and ROUGE-2.
"""

import importlib.metadata
import json
import math
import platform
import random
import re
import string
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
from rouge_score import rouge_scorer
from scipy import stats
from sklearn import metrics

SEED = 20


def normalize_answer(text):
    """Lower case, no ASCII punctuation, no articles, single spaces."""
    text = "".join(ch for ch in text.lower() if ch not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def token_f1(target, prediction):
    a, b = normalize_answer(target).split(), normalize_answer(prediction).split()
    if not a or not b:
        return int(a == b)
    common = sum((Counter(a) & Counter(b)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(b), common / len(a)
    return 2 * precision * recall / (precision + recall)


WORDS = (
    "a an the The A AN ño año niño España à la être théâtre œuvre über Straße İstanbul ΣΊΣΥΦΟΣ Σ' naïve résumé "
    "москва и а в東京 東京 です カナ 한국 สวัสดี العربية ה- עברית a_b the_end x² ½ ² a² an½ 3.14 1,000 — – … “the” «а» ¿a? "
    "don't the-an a.an.the a\u0301 the\u0301 ｔｈｅ 𝐭𝐡𝐞 🙂 a🙂 the\u200bend it's O'Neill ﬁn Ⅳ the1 1the _a a_ naïveté ΑΣ ΑΣΑ"
).split(" ")
SPACES = [" ", "  ", "\t", "\n", "\u00a0", "\u2003", "\u3000", "\x1c", "\x1f", "\x85", "\u2028", "\ufeff", "\u200b", ""]


def texts(random_stream):
    for _ in range(400):
        yield "".join(
            random_stream.choice(WORDS) + random_stream.choice(SPACES) for _ in range(random_stream.randint(0, 7))
        )


def assigned(random_stream):
    """Texts of characters of all kinds that are old enough for every Unicode table."""
    pools = [(0x20, 0x7F), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x5D0, 0x5EA), (0x621, 0x64A),
             (0x905, 0x939), (0xE01, 0xE30), (0x2000, 0x206F), (0x2070, 0x209C), (0x2150, 0x218B), (0x3041, 0x3096),
             (0x4E00, 0x4FFF), (0xAC00, 0xACFF), (0xFF01, 0xFF5E), (0x1D400, 0x1D4FF), (0x1F600, 0x1F64F)]
    for _ in range(400):
        out = []
        for _ in range(random_stream.randint(1, 12)):
            low, high = random_stream.choice(pools)
            ch = chr(random_stream.randint(low, high))
            if unicodedata.category(ch) != "Cn":
                out.append(ch)
            if random_stream.random() < 0.3:
                out.append(random_stream.choice([" a ", " the ", "an ", "a", "the"]))
        yield "".join(out)


def label_sets(stream):
    for labels in (2, 3, 5):
        for n in (5, 12, 60):
            for skill in (0.0, 0.5, 0.9):
                gold = stream.integers(0, labels, n)
                answers = np.where(stream.random(n) < skill, gold, stream.integers(0, labels, n))
                yield labels, gold, answers
    yield 2, np.array([0, 0, 1, 1]), np.array([1, 1, 1, 1])
    yield 3, np.array([0, 0, 0, 0]), np.array([0, 0, 1, 0])
    yield 3, np.array([0, 1, 0, 1]), np.array([0, 1, -1, -1])


def main():
    stream, choice = np.random.default_rng(SEED), random.Random(SEED)
    try:
        from lm_eval.api.metrics import brier_score
        lm_eval_version = importlib.metadata.version("lm_eval")
    except ImportError as error:
        raise SystemExit(f"lm_eval is needed: {error}")
    normal = [[t, normalize_answer(t)] for t in [*texts(choice), *assigned(choice)]]
    pairs = []
    for _ in range(200):
        left, right = choice.choice(normal)[0], choice.choice(normal)[0]
        if choice.random() < 0.4:
            right = left.swapcase() + choice.choice(["", " the", "!", " más"])
        pairs.append([left, right, int(normalize_answer(left) == normalize_answer(right)), token_f1(left, right)])
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2"], use_stemmer=False)
    rouge = []
    for left, right, *_ in pairs[:100]:
        found = scorer.score(left, right)
        rouge.append([left, right, found["rouge1"].fmeasure, found["rouge2"].fmeasure])
    sets = []
    for labels, gold, answers in label_sets(stream):
        read = [label for label in range(labels) if label in gold or label in answers]
        sets.append({
            "labels": labels,
            "gold": gold.tolist(),
            "answers": answers.tolist(),
            "f1": metrics.f1_score(gold, answers, labels=list(range(labels)), average=None, zero_division=0).tolist(),
            "macro": float(metrics.f1_score(gold, answers, labels=read, average="macro", zero_division=0)),
            "mcc": float(metrics.matthews_corrcoef(gold, answers)),
        })
    correlations = []
    for n in (4, 20, 75):
        for digits in (0, 1, 6):
            truth = np.round(stream.uniform(0, 5, n), digits)
            logits = np.round(np.stack([np.zeros(n), 0.5 * truth - 1 + stream.normal(0, 1, n)], 1), digits)
            shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
            correlations.append({
                "grades": truth.tolist(),
                "logprobs": np.log(shares).tolist(),
                "pearson": float(stats.pearsonr(truth, shares[:, 1]).statistic),
                "spearman": float(stats.spearmanr(truth, shares[:, 1]).statistic),
            })
    brier = []
    for labels in (2, 4):
        logprobs = stream.normal(-5, 2, (30, labels))
        shares = np.exp(logprobs) / np.exp(logprobs).sum(1, keepdims=True)
        gold = stream.integers(0, labels, 30)
        value = brier_score([(int(g), p.tolist()) for g, p in zip(gold, shares)])
        brier.append({"logprobs": logprobs.tolist(), "gold": gold.tolist(), "brier_score": float(value)})
    versions = {"python": platform.python_version(), "unicode": unicodedata.unidata_version, "lm_eval": lm_eval_version}
    for package in ("scikit-learn", "scipy", "numpy", "rouge-score"):
        versions[package] = importlib.metadata.version(package)
    data = {"versions": versions, "normal": normal, "pairs": pairs, "rouge": rouge, "sets": sets,
            "correlations": correlations, "brier": brier}
    assert all(math.isfinite(one["mcc"]) for one in sets)
    Path(__file__).with_name("metrics.json").write_text(json.dumps(data, ensure_ascii=True, indent=1) + "\n")


main()
