"""Small tokenizers without tokenizer.json, and with tokens outside of it, as transformers reads them: python make.py

Writes a folder for each case and golden.json: ids of TEXTS by AutoTokenizer of transformers 5.
"""
import base64
import json
import os
import shutil
from importlib.metadata import version

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from mistral_common.tokens.tokenizers.tekken import Tekkenizer
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = [
    "The happy cat was very happy, and the happier dog was the happiest of all.",
    "Question: is the answer true or false? Answer: true", "A B C, A. B. C: answer A or B or C, not A, not B.",
    "Once upon a time there was a little girl who loved to play outside in the park.", "Déjà vu: 3.14 is not 22/7; naïve.",
] * 20
TEXTS = [
    "The happy cat", " The cat", "the answer is true", "Déjà vu — 東京 🙂", "a  b   c", "", " ", "line one\nline two\n\n", "tab\tx",
    "<|im_start|>user\nhi<|im_end|>", "<tool> x </s> y", "answer:\n", "x<pad>y", "naïve café's", "[SEP] mid[SEP]dle", "x<s>y <s>z", "<|endoftext|>The",
    "<tool> the an<tool>and", "  x </s> y</s>", "<bos>a <eos>", "cafe\u0301 \u212b 12345",
]
# Which class reads a tokenizer.model is told by config.json as well.
MODEL_TYPES = {"spm-general": "mistral", "spm-whole": "mistral", "spm-places": "internlm2", "spm-gemma": "gemma", "qwen2-files": "qwen2",
               "neox-files": "gpt_neox", "prefix-type": "gpt2", "prefix-general": "mistral", "neox-padding": "gpt_neox"}
# Of tekken.json: it has no tokens that stand for themselves in a text.
PLAIN_TEXTS = [text for text in TEXTS if "[" not in text and "<" not in text] + ["HTTPServer 1234", "ÉTÉ Été\r\n\r\n x", "don't"]
PATTERN = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?"
           r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def write(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf8") as file:
        json.dump(value, file, ensure_ascii=False) if not isinstance(value, str) else file.write(value)


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return tokenizer


def spm(folder, kind, **options):
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_prefix=os.path.join(folder, "m"), vocab_size=430, model_type=kind, byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, hard_vocab_limit=False, minloglevel=2, **options)
    model = sentencepiece_model_pb2.ModelProto()
    with open(os.path.join(folder, "m.model"), "rb") as file:
        model.ParseFromString(file.read())
    # Where it was made is no part of it.
    model.trainer_spec.model_prefix = "m"
    with open(os.path.join(folder, "tokenizer.model"), "wb") as file:
        file.write(model.SerializeToString())
    os.remove(os.path.join(folder, "m.model"))
    os.remove(os.path.join(folder, "m.vocab"))


def tekken_file(folder, made):
    """Writes the tokens of a byte-level BPE as Mistral's tokenizers do: by rank, bytes first, behind the special tokens."""
    shown = pre_tokenizers.ByteLevel.alphabet()
    bytes_of = {char: byte for byte, char in bytes_to_unicode().items()}
    tokens = sorted(made["model"]["vocab"], key=made["model"]["vocab"].get)
    tokens = [token for token in tokens if token != "<|endoftext|>"]
    tokens = sorted(shown, key=bytes_of.get) + [token for token in tokens if token not in shown]
    vocab = [{"rank": rank, "token_bytes": base64.b64encode(bytes(bytes_of[char] for char in token)).decode(), "token_str": None}
             for rank, token in enumerate(tokens)]
    special = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"]
    write(folder, "tekken.json", {
        "config": {"pattern": PATTERN, "num_vocab_tokens": len(vocab), "default_vocab_size": 20 + len(vocab) - 5,
                   "default_num_special_tokens": 20, "version": "v11"},
        "vocab": vocab, "special_tokens": [{"rank": rank, "token_str": token, "is_control": True} for rank, token in enumerate(special)]})


def case(name):
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def main():
    bpe = byte_level()
    made = json.loads(bpe.to_str())
    vocab, merges = made["model"]["vocab"], made["model"]["merges"]
    merges = "#version: 0.2\n" + "".join(" ".join(pair) if isinstance(pair, list) else pair) if False else \
        "#version: 0.2\n" + "\n".join(" ".join(pair) if isinstance(pair, list) else pair for pair in merges) + "\n"
    cases = {}

    folder = case("gpt2-files")
    write(folder, "vocab.json", vocab)
    write(folder, "merges.txt", merges)
    write(folder, "tokenizer_config.json", {"tokenizer_class": "GPT2Tokenizer"})
    cases["gpt2-files"] = folder

    folder = case("opt-files")
    write(folder, "vocab.json", {**vocab, "</s>": len(vocab), "<pad>": len(vocab) + 1})
    write(folder, "merges.txt", merges)
    write(folder, "tokenizer_config.json", {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "bos_token": "</s>",
                                            "eos_token": "</s>", "unk_token": "</s>", "pad_token": "<pad>"})
    write(folder, "special_tokens_map.json", {"bos_token": {"content": "</s>", "single_word": False, "lstrip": False,
                                                            "rstrip": False, "normalized": True}, "pad_token": "<pad>"})
    cases["opt-files"] = folder

    folder = case("prefix-space")
    write(folder, "tokenizer.json", made)
    write(folder, "tokenizer_config.json", {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True})
    cases["prefix-space"] = folder

    # Which class there is decides, not which is named; a GPTNeoXTokenizer has a token for padding without being told.
    for name, config in (
        ("prefix-type", {"add_prefix_space": True}), ("prefix-general", {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True}),
        ("neox-padding", {"tokenizer_class": "GPTNeoXTokenizer", "eos_token": "</s>", "extra_special_tokens": {"tool": "<tool>"}}),
    ):
        folder = case(name)
        write(folder, "tokenizer.json", {**made, "normalizer": {"type": "NFC"} if name == "neox-padding" else None})
        write(folder, "tokenizer_config.json", config)
        cases[name] = folder

    folder = case("outside-tokens")
    write(folder, "tokenizer.json", made)
    token = lambda content: {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    write(folder, "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "additional_special_tokens": ["<tool>"],
        "added_tokens_decoder": {"0": token("<|endoftext|>"), str(len(vocab)): token("<|im_start|>"), str(len(vocab) + 1): token("<|im_end|>")}})
    cases["outside-tokens"] = folder

    folder = case("legacy-tokens")
    write(folder, "tokenizer.json", made)
    write(folder, "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast"})
    write(folder, "special_tokens_map.json", {"eos_token": "</s>", "pad_token": "<pad>", "additional_special_tokens": ["<tool>"]})
    cases["legacy-tokens"] = folder

    for name, config in (
        ("gpt2-names", {"eos_token": "<|im_end|>", "image_token": "<image>"}),
        ("bos-outside", {"add_bos_token": True, "bos_token": "<s>", "additional_special_tokens": ["<tool>"]}),
        ("extra-tokens", {"additional_special_tokens": ["<tool>"], "extra_special_tokens": ["[SEP]"], "bos_token": None}),
    ):
        folder = case(name)
        write(folder, "vocab.json", vocab)
        write(folder, "merges.txt", merges)
        write(folder, "tokenizer_config.json", {"tokenizer_class": "GPT2Tokenizer", **config})
        cases[name] = folder

    for name, config in (("qwen2-files", {"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]}), ("neox-files", {})):
        folder = case(name)
        write(folder, "vocab.json", vocab)
        write(folder, "merges.txt", merges)
        write(folder, "tokenizer_config.json", config)
        cases[name] = folder

    for name, kind, config in (
        ("spm-bpe", "bpe", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "legacy": True}),
        ("spm-bpe-first", "bpe", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "legacy": False}),
        ("spm-bpe-bare", "bpe", {"tokenizer_class": "LlamaTokenizer"}),
    ):
        folder = case(name)
        spm(folder, kind)
        write(folder, "tokenizer_config.json", config)
        cases[name] = folder

    # The order of the model's own scores and that of its ids are not the same here, as in Mistral.
    source = open(os.path.join(HERE, "spm-bpe", "tokenizer.model"), "rb").read()
    token = lambda content, **more: {"__type": "AddedToken", "content": content, "lstrip": False, "rstrip": False, "single_word": False, "normalized": False, **more}
    late = sentencepiece_model_pb2.ModelProto.FromString(source)
    for piece in late.pieces[259:300]:
        piece.score = -1e9
    for name, config, special in (
        ("spm-scores", {"add_bos_token": True}, None),
        ("spm-eos", {"eos_token": "<|im_end|>", "pad_token": "<pad>", "legacy": True}, {"additional_special_tokens": ["<tool>"]}),
        ("spm-flags", {"bos_token": token("<s>", lstrip=True), "additional_special_tokens": ["<tool>"], "eos_token": None}, None),
        ("spm-own-flags", {"bos_token": token("<s>", lstrip=True), "unk_token": None}, None),
        ("spm-no-class", {"tokenizer_class": None}, None),
    ):
        folder = case(name)
        with open(os.path.join(folder, "tokenizer.model"), "wb") as file:
            file.write(late.SerializeToString())
        config = {"tokenizer_class": "LlamaTokenizer", **config}
        write(folder, "tokenizer_config.json", {key: value for key, value in config.items() if key != "tokenizer_class" or value})
        if special is not None:
            write(folder, "special_tokens_map.json", special)
        cases[name] = folder

    # Pieces of the user's own; Gemma's names; pieces that stand for places to be filled by added_tokens_decoder.
    whole = case("spm-whole")
    spm(whole, "bpe", user_defined_symbols=["<tool>", "an", "▁the"], control_symbols=["<ctl>"])
    write(whole, "tokenizer_config.json", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "legacy": False})
    cases["spm-whole"] = whole
    gemma = case("spm-gemma")
    spm(gemma, "bpe", user_defined_symbols=["<mask>", "<tool>"], add_dummy_prefix=False, pad_id=0, eos_id=1, bos_id=2, unk_id=3, bos_piece="<bos>", eos_piece="<eos>")
    write(gemma, "tokenizer_config.json", {"add_bos_token": True})
    cases["spm-gemma"] = gemma
    places = case("spm-places")
    model = sentencepiece_model_pb2.ModelProto.FromString(open(os.path.join(whole, "tokenizer.model"), "rb").read())
    tool = next(id for id, piece in enumerate(model.pieces) if piece.piece == "<tool>")
    model.pieces[tool].piece = "[UNUSED_TOKEN_1]"
    with open(os.path.join(places, "tokenizer.model"), "wb") as file:
        file.write(model.SerializeToString())
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": True}
    write(places, "tokenizer_config.json", {
        "tokenizer_class": "InternLM2Tokenizer", "add_bos_token": True,
        "added_tokens_decoder": {"1": {"content": "<s>", **flags}, "2": {"content": "</s>", **flags}, str(tool): {"content": "<|im_start|>", **flags}}})
    cases["spm-places"] = places
    for name, config in (
        ("spm-general", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_prefix_space": False}),
        ("spm-asked", {"tokenizer_class": None, "add_bos_token": True, "legacy": False}),
        ("spm-code", {"tokenizer_class": "CodeLlamaTokenizer"}),
        ("spm-flags-last", {"bos_token": token("<s>", lstrip=True, rstrip=True), "eos_token": "</s>",
                            "additional_special_tokens": ["<s>", token("</s>", rstrip=True, lstrip=True)]}),
    ):
        folder = case(name)
        with open(os.path.join(folder, "tokenizer.model"), "wb") as file:
            file.write(late.SerializeToString())
        config = {"tokenizer_class": "LlamaTokenizer", **config}
        write(folder, "tokenizer_config.json", {key: value for key, value in config.items() if key != "tokenizer_class" or value})
        cases[name] = folder

    folder = case("tekken")
    tekken_file(folder, made)

    golden = {"versions": {one: version(one) for one in ("transformers", "tokenizers", "sentencepiece", "mistral-common")}, "texts": TEXTS, "cases": {}}
    for name, folder in cases.items():
        write(folder, "config.json", {"model_type": MODEL_TYPES.get(name, "llama")})
        tokenizer = AutoTokenizer.from_pretrained(folder)
        if name not in MODEL_TYPES:
            os.remove(os.path.join(folder, "config.json"))
        golden["cases"][name] = {
            "plain": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXTS],
            "whole": [tokenizer(text)["input_ids"] for text in TEXTS],
        }
        print(name, type(tokenizer).__name__, tokenizer("The cat")["input_ids"])
    tokenizer = Tekkenizer.from_file(os.path.join(HERE, "tekken", "tekken.json"))
    plain = [tokenizer.encode(text, bos=False, eos=False) for text in PLAIN_TEXTS]
    golden["cases"]["tekken"] = {"texts": PLAIN_TEXTS, "plain": plain, "whole": [[1, *ids] for ids in plain]}
    write(HERE, "golden.json", golden)


main()
