"""Writes llama.gguf in three parts, as gguf 0.19.0 splits a model: python make_split.py"""
import os
import shutil
from pathlib import Path

import gguf

HERE = Path(__file__).parent
FOLDER = HERE / "split"

reader = gguf.GGUFReader(HERE / "llama.gguf")
shutil.rmtree(FOLDER, ignore_errors=True)
os.makedirs(FOLDER)
writer = gguf.GGUFWriter(None, "llama", split_max_tensors=10)
for field in reader.fields.values():
    if not field.name.startswith("GGUF.") and field.name != "general.architecture":
        kind, *inner = field.types
        writer.add_key_value(field.name, field.contents(), kind, *(inner[:1] if kind == gguf.GGUFValueType.ARRAY else []))
for tensor in reader.tensors:
    writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
writer.write_header_to_file(FOLDER / "llama.gguf")
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
