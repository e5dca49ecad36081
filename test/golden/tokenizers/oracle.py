"""Ids of 400 adversarial texts by the original library, for every folder with a tokenizer.json.

    python oracle.py OUT.json FOLDER...
    npm run build && node compare.mjs OUT.json

Texts are drawn by a seed from pieces that tokenizers are known to disagree on. The library reads each tokenizer.json and
tokenizer_config.json as they are (transformers' PreTrainedTokenizerFast).
"""
import json
import os
import random
import sys

import tokenizers
import transformers

PIECES = [
    " ", "  ", "   ", "\t", "\n", "\r\n", "\n\n\n", " \n ", "\u00a0", "\u3000", "\u200b", "\u200d", "\ufeff", "\u2028", "\x00", "\x07", "\x7f",
    "the", "The", "THE", "iPhone", "camelCaseWord", "snake_case", "don't", "DON'T", "we'LL", "it\u2019s", "'re", "''s", "I'm'd",
    "0", "7", "12", "123", "1234", "1234567890", "3.14159", "1,000,000", "\u0661\u0662\u0663", "\u00bd", "\u2167", "x\u00b2",
    "caf\u00e9", "cafe\u0301", "\u00c5", "A\u030a", "\ufb01", "\u1e9b\u0323", "\u0130stanbul", "stra\u00dfe", "\u01c5", "\u02b0",
    "\u65e5\u672c\u8a9e", "\u4e2d\u6587\uff0c\u3002", "\ud55c\uad6d\uc5b4", "\u1112\u1161\u11ab", "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0e44\u0e17\u0e22", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "\u05e2\u05d1\u05e8\u05d9\u05ea",
    "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1eb\U0001f1f7", "\u2764\ufe0f", "\U00020000", "\U0001d54f", "\ue000", "\U0010ffff",
    "!", "?!", "...", "\u2026", "--", "\u2014", "//", "/*", "*/", "</s>", "<s>", "<|endoftext|>", "<|im_start|>", "[INST]", "<unk>", "<pad>", "<0x0A>", "\u2581", "\u0120", "\u010a",
    "{}", "[]", "();", "=>", "!=", "==", "&&", "$x", "#tag", "@user", "a@b.co", "http://x.y/z?q=1&r=%20", "\\n", "`", "\"", "\u201cq\u201d",
    "a" * 40, "=" * 33, "ab" * 20, "\n" * 9, " " * 17, "0" * 25, "\u0300" * 5,
]


def texts():
    draw = random.Random(400)
    fixed = ["", *PIECES]
    drawn = {"".join(draw.choice(PIECES) for _ in range(draw.choice((2, 3, 4, 6, 10, 20)))) for _ in range(2000)}
    return [*fixed, *sorted(drawn, key=lambda text: (hash_of(text), text))][:400]


def hash_of(text):
    return sum(ord(c) * (i + 1) for i, c in enumerate(text)) * 2654435761 % 2**32


def main(out, folders):
    given = texts()
    results = []
    for folder in folders:
        tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
        results.append({
            "folder": os.path.abspath(folder),
            "ids": [tokenizer.encode(text, add_special_tokens=False) for text in given],
            "whole": [tokenizer.encode(text) for text in given],
        })
        print(folder, len(tokenizer), flush=True)
    with open(out, "w") as file:
        json.dump({"versions": {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__}, "texts": given, "results": results}, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
