"""Writes rouge.json: ROUGE-L and ROUGE-Lsum by rouge_score (use_stemmer=False) of invented text pairs.

Run `python rouge.py` in this folder; the versions used are in the file.
"""

import importlib.metadata
import json
import platform
import random
from pathlib import Path

from rouge_score import rouge_scorer

HAND_WRITTEN = [
    ("", ""),
    ("a word", ""),
    ("", "a word"),
    ("   ", "\n\t"),
    ("...!?", "--- ,,, ;;;"),
    ("a", "a"),
    ("a", "b"),
    ("The kettle sang before dawn.", "The kettle sang before dawn."),
    ("The kettle sang before dawn.", "THE KETTLE SANG BEFORE DAWN"),
    ("The kettle sang before dawn.", "Before dawn sang the kettle."),
    ("one two three four", "four three two one"),
    ("well-known half-life", "well known half life"),
    ("don't can't won't", "dont cant wont"),
    ("don't can't won't", "don t can t won t"),
    ("pi is 3.14159", "pi is 3 14159"),
    ("pi is 3.14159", "pi is 314159"),
    ("1,000,000 bees", "1000000 bees"),
    ("v2.0.1-rc3", "v2 0 1 rc3"),
    ("abc123def", "abc 123 def"),
    ("snake_case_name", "snake case name"),
    ("user@example.org", "user example org"),
    ("tab\tseparated\tvalues", "tab separated values"),
    ("line one\nline two", "line two\nline one"),
    ("no\u00a0break\u2009space", "no break space"),
    ("soft\u00adhyphen", "soft hyphen"),
    ("zero\u200bwidth", "zerowidth"),
    ("curly \u201cquotes\u201d \u2014 dash", "curly quotes dash"),
    ("café crème brûlée", "cafe creme brulee"),
    ("café crème brûlée", "café crème brûlée"),
    ("cafe\u0301 cre\u0300me", "café crème"),
    ("Ærøskøbing Ålesund Łódź", "ærøskøbing ålesund łódź"),
    ("naïveté façade", "na vet fa ade"),
    ("İstanbul'da IŞIK", "istanbul da isik"),
    ("İstanbul'da IŞIK", "i stanbul da i ik"),
    ("İİİ", "iii"),
    ("İİİ", "i i i"),
    ("ISPARTA ılık", "isparta ilik"),
    ("GROẞE STRAßE", "grosse strasse"),
    ("GROẞE STRAßE", "gro e stra e"),
    ("straße", "STRASSE"),
    ("ΟΔΟΣ odos", "odos οδος"),
    ("\u212aelvin \u212bngstrom", "kelvin angstrom"),
    ("\u212aelvin 300 \u212a", "300 kelvin k"),
    ("ﬁnal oﬃce", "final office"),
    ("ﬁnal oﬃce", "nal o ce"),
    ("ＦＵＬＬ width １２３", "full width 123"),
    ("x² + y³ = ½", "x2 y3 1 2"),
    ("Ⅳ iv Ⅻ xii", "iv xii"),
    ("三只猫坐在屋顶上", "三只猫坐在屋顶上"),
    ("三只 cats 坐在 roof 上", "cats roof"),
    ("第3章 第12節", "3 12"),
    ("ねこは2匹、いぬは3匹", "2 3"),
    ("고양이 a 개 b", "a b"),
    ("кот cat кіт", "cat"),
    ("قطة cat ٣ 3", "cat 3"),
    ("emoji 🦊 fox 🦊🦊", "emoji fox"),
    ("👩‍👩‍👧 family of 3", "family of 3"),
    ("\ud7ff\ue000 edge \uffff", "edge"),
    ("the the the the", "the the"),
    ("the the the the", "the"),
    ("a b a b a b a", "b a b a b"),
    ("la la la lo la la", "lo la lo la lo"),
    ("x " * 60, "x " * 45),
    ("ab " * 30 + "cd " * 30, "cd " * 30 + "ab " * 30),
    ("short", "short but followed by a good deal of further text that the other lacks"),
    ("Answer A: green. Answer B: blue.", "blue"),
    ("###  Summary :  rain", "summary rain"),
    ("__init__ == '__main__'", "init main"),
    ("\u0000null\u0007bell", "null bell"),
    ("e-mail E-Mail EMAIL", "email e mail"),
]

WORDS = (
    "amber basin cedar delta ember fjord grove harbor islet juniper kelp lantern meadow nectar orchard pebble quarry river "
    "saddle thicket umbra valley willow xenon yarrow zephyr the the the a of of and in to 7 12 1984 3.5 50% café naïve "
    "über señor Łódź İzmir ẞ straße 東京 水 Москва don't half-lit A.B.C. $9 #tag re:run 🦊"
).split()
MARKS = ["", "", "", "", ",", ".", "!", "?", ";", ":", "…", ")", "\n"]


def text(rng: random.Random, length: int) -> str:
    words = [rng.choice(WORDS) for _ in range(length)]
    cased = [rng.choice([w, w, w, w.upper(), w.capitalize()]) for w in words]
    return " ".join(w + rng.choice(MARKS) for w in cased)


def edited(rng: random.Random, source: str) -> str:
    """A text that shares some of its words with another: words dropped, doubled, replaced and moved."""
    out = []
    for word in source.split(" "):
        action = rng.random()
        if action < 0.2:
            continue
        if action < 0.3:
            out.append(rng.choice(WORDS))
        out.append(word)
        if action > 0.9:
            out.append(word)
    cut = rng.randrange(len(out) + 1)
    return " ".join(out[cut:] + out[:cut] if rng.random() < 0.5 else out)


def main() -> None:
    rng = random.Random(20260)
    pairs = list(HAND_WRITTEN)
    lengths = [1, 2, 3, 5, 8, 13, 21, 34]
    while len(pairs) < 196:
        target = text(rng, rng.choice(lengths))
        pairs.append((target, edited(rng, target) if rng.random() < 0.7 else text(rng, rng.choice(lengths))))
    for _ in range(4):
        target = text(rng, 400)
        pairs.append((target, edited(rng, target)))
    scorer = rouge_scorer.RougeScorer(["rougeL", "rougeLsum"], use_stemmer=False)
    lines = []
    for target, prediction in pairs:
        scores = scorer.score(target, prediction)
        score, summary = scores["rougeL"], scores["rougeLsum"]
        entry = {
            "target": target,
            "prediction": prediction,
            "precision": score.precision,
            "recall": score.recall,
            "f1": score.fmeasure,
            "lsum": {"precision": summary.precision, "recall": summary.recall, "f1": summary.fmeasure},
        }
        lines.append("  " + json.dumps(entry, ensure_ascii=False))
    versions = {"python": platform.python_version(), "rouge_score": importlib.metadata.version("rouge_score")}
    body = ",\n".join(lines)
    Path(__file__).with_name("rouge.json").write_text(
        f'{{\n "versions": {json.dumps(versions)},\n "pairs": [\n{body}\n ]\n}}\n', encoding="utf-8"
    )


if __name__ == "__main__":
    main()
