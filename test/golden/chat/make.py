"""Chat templates as transformers renders and encodes them: python test/golden/chat/make.py (needs transformers 5.x).

Writes tokenizer.json (a small byte-level BPE with special tokens, trained here) and golden.json. The templates are
written for this test in the manner of well-known ones.
"""

import json
from importlib.metadata import version
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

FOLDER = Path(__file__).parent
SPECIAL = ["<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
           "<start_of_turn>", "<end_of_turn>"]
TEXTS = [
    "Is the answer to the question yes or no? The answer is yes. The answer is no.",
    "user assistant model system [INST] [/INST] question answer Premise Hypothesis Inference",
    "### Input_1: It rained all day.\n ### Input_2: The day was dry.\n ### Inference: contradiction\n",
]
SHOTS = [
    ("### Input_1: It rained all day.\n ### Input_2: The day was dry.\n ### Inference:", "contradiction"),
    ("Où est la gare ?  It's « là-bas ».", "là-bas — 100 m"),
    ("Is 7 > 5?\n\nAnswer in one word:", "yes"),
    ("\tdef f(x):\n\t\treturn x  ", "no"),
]
QUESTION = "Is the happy cat 🐈 the user or the assistant?\nThe answer is"
ANSWER = "yes"


def make_tokenizer() -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    # Text that is encoded without a chat template gets <s>; a rendered conversation must not get a second one.
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    tokenizer.save(str(FOLDER / "tokenizer.json"), pretty=False)


def conversation(shots: int) -> list[dict]:
    turns = []
    for question, answer in SHOTS[:shots]:
        turns += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return [*turns, {"role": "user", "content": QUESTION}]


def refusal(tokenizer: PreTrainedTokenizerFast, messages: list[dict]) -> str:
    try:
        tokenizer.apply_chat_template(messages, tokenize=False)
    except Exception as error:
        return str(error)
    raise SystemExit("the template refuses nothing")


def main() -> None:
    make_tokenizer()
    golden = {"versions": {name: version(name) for name in ("transformers", "tokenizers", "jinja2")}, "templates": {}}
    golden["conversations"] = [conversation(shots) for shots in range(5)]
    golden["answer"] = ANSWER
    for path in sorted((FOLDER / "templates").glob("*.jinja")):
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(FOLDER / "tokenizer.json"), bos_token="<s>", eos_token="</s>",
            chat_template=path.read_text(encoding="utf-8"),
        )
        entries = []
        for messages in golden["conversations"]:
            text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
            ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
            answered = [*messages, {"role": "assistant", "content": ANSWER}]
            whole = tokenizer.apply_chat_template(answered, tokenize=False)
            assert whole.startswith(text)
            # What the assistant's turn adds to the prompt: where the answer begins, and how the turn ends.
            entries.append({"text": text, "ids": ids, "turn": whole[len(text):]})
        golden["templates"][path.stem] = entries
        if path.stem == "gemma":
            messages = [{"role": "system", "content": "Be brief."}, *conversation(0)]
            golden["refused"] = {"template": path.stem, "messages": messages, "message": refusal(tokenizer, messages)}
    (FOLDER / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n", encoding="utf-8")


main()
