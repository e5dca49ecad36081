"""Writes golden.json: texts and their token ids under many pre-tokenizers, by the reference library.

    python make.py [TEXTS]

A Python environment with tokenizers 0.23.3. Two small BPE models are trained without any pre-tokenizer, so their merges
cross every boundary that one could draw: where a text is cut shows in its ids. TEXTS: that many random texts instead,
and the result goes to standard output, for a check that is too long to be kept.
"""

import json
import random
import sys
import unicodedata
from importlib.metadata import version
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

HERE = Path(__file__).resolve().parent
PUNCTUATION = "'s 't .,;:!?()$+<=>^`|~-_/\\*[]{}"
SPACES = " \t\n\r\u0085\u00a0\u2028\u3000\ufeff\u200b"
NUMBERS = "0123456789²³¼Ⅻ①٣"
POOLS = ("abcst", "éßжλ中文", "\u0301\u200d_", PUNCTUATION, SPACES, NUMBERS, "   ")
TEXTS = [
    "a ²", "x²+y³=10", "½ cup", "12 345,6", "Ⅻ①② 7", "don't  they're 'sure'", "a\u0085\u0085b \u0085 c", "\ufeffa \ufeff b",
    "end. ..., (a)$$5 `b`", "  two  spaces  ", "a_b c\u0301d", "中文 2 文。文", "line\n\n next\t\r\n x ", "٣٣ ٣a", "$5 +6 <7> ^8",
]  # fmt: skip

BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
FALCON = [
    {"type": "Punctuation", "behavior": "Contiguous"},
    BYTES,
    {"type": "Digits", "individual_digits": False},
    {"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"}, "behavior": "Isolated", "invert": False},
]
BEHAVIOURS = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def split(pattern, behavior, invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


CASES = {
    "bytes": [
        BYTES,
        {**BYTES, "add_prefix_space": True},
        {**BYTES, "use_regex": False},
        sequence({"type": "Digits", "individual_digits": True}, BYTES),
        sequence({"type": "Digits", "individual_digits": False}, {**BYTES, "add_prefix_space": True}),
        sequence(sequence({"type": "Digits", "individual_digits": True}), BYTES),
        sequence(*FALCON),
    ],
    "characters": [
        None,
        {"type": "Digits", "individual_digits": True},
        {"type": "Digits", "individual_digits": False},
        {"type": "Whitespace"},
        {"type": "WhitespaceSplit"},
        *({"type": "Punctuation", "behavior": behaviour} for behaviour in BEHAVIOURS),
        *(split({"String": " "}, behaviour) for behaviour in BEHAVIOURS),
        *(split({"Regex": "\\s|[0-9]{2}"}, behaviour) for behaviour in BEHAVIOURS),
        split({"Regex": "\\w+|\\s"}, "Removed", True),
        split({"Regex": "\\w+|\\s"}, "Isolated", True),
        split({"String": "."}, "MergedWithNext"),
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False},
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True},
        {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True},
    ],
}  # fmt: skip


def model(kind: str) -> dict:
    pieces = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    corpus = [text for text in random_texts(random.Random(1), 300)] + TEXTS * 3
    if kind == "characters":
        corpus = [text.replace(" ", "▁") if i % 3 == 0 else text for i, text in enumerate(corpus)]
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
        special = ["<unk>"] + [f"<0x{byte:02X}>" for byte in range(256)]
        trainer = trainers.BpeTrainer(vocab_size=len(special) + 250, special_tokens=special, show_progress=False)
    else:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pieces
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=500, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    json_text = json.loads(tokenizer.to_str())
    return {**json_text, "added_tokens": [], "pre_tokenizer": None, "decoder": None}


def random_texts(rng: random.Random, count: int) -> list[str]:
    everything = [code for code in range(1, 0x30000) if unicodedata.category(chr(code)) not in ("Cs", "Cn", "Co")]
    texts = []
    for _ in range(count):
        characters = (
            rng.choice(rng.choice(POOLS)) if rng.random() < 0.95 else chr(rng.choice(everything))
            for _ in range(rng.randint(1, 16))
        )
        texts.append("".join(characters))
    return texts


def main() -> None:
    texts = random_texts(random.Random(2), int(sys.argv[1])) if len(sys.argv) > 1 else TEXTS
    kinds = {kind: model(kind) for kind in CASES}
    cases = []
    for kind, configs in CASES.items():
        for config in configs:
            tokenizer = Tokenizer.from_str(json.dumps({**kinds[kind], "pre_tokenizer": config}))
            ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
            cases.append({"tokenizer": kind, "pre_tokenizer": config, "ids": ids})
    golden = {"versions": {"tokenizers": version("tokenizers")}, "tokenizers": kinds, "texts": texts, "cases": cases}
    text = json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n"
    if len(sys.argv) > 1:
        sys.stdout.write(text)
    else:
        (HERE / "golden.json").write_text(text)


main()
