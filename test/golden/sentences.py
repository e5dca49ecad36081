"""Writes sentences.json: BLEU and chrF of sentences by sacrebleu: python sentences.py > sentences.json"""

import json
import random
import sys

import sacrebleu

PAIRS = [
    ("", ""), ("a word", ""), ("", "a word"), ("a", "a"), ("a", "b"), ("cat", "cats"),
    ("The kettle sang before dawn.", "The kettle sang before dawn."),
    ("The kettle sang before dawn.", "Before dawn the kettle sang"),
    ("It cost 3,000.50 euros - in 2019-20, \"about\" half.", "It cost 3,000 euros in 2019-20 (about half)."),
    ("Tom &amp; Anna said: &quot;no&quot;.", "Tom & Anna said: \"no\"."),
    ("Der Kessel sang vor dem Morgengrauen, sagte Jörg.", "Der Kessel sang vor der Dämmerung sagte Jorg ."),
    ("壺が夜明け前に歌った。", "壺は夜明けに歌った"), ("😀 fine 😀", "😀 fine"), ("one two three four five six", "one two three four"),
    ("one two", "one two three four five six seven"), ("a\nb-\nc  d\u00a0e", "a b c d e"), ("x.y,z 1.5,2", "x . y , z 1.5,2"),
]  # fmt: skip
draw = random.Random(4)
words = "the a kettle sang before dawn in 3 towns , . and - not".split()
PAIRS += [(" ".join(draw.choices(words, k=draw.randint(1, 12))), " ".join(draw.choices(words, k=draw.randint(1, 12)))) for _ in range(40)]  # fmt: skip
rows = [
    {"target": t, "text": h, "bleu": sacrebleu.sentence_bleu(h, [t]).score / 100, "chrf": sacrebleu.sentence_chrf(h, [t]).score / 100}
    for t, h in PAIRS
]  # fmt: skip
json.dump({"sacrebleu": sacrebleu.__version__, "pairs": rows}, sys.stdout, ensure_ascii=False, indent=1)
print()
