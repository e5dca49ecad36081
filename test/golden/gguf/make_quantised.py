"""Writes quantised.gguf, a tensor of each block format, and quantised.f32, what PyPI's gguf 0.19 dequantises them to.

  python make_quantised.py

Blocks are random bytes with half-precision scales that are ordinary numbers, subnormal ones and zero among them.
"""
import pathlib
import numpy as np
import gguf
from gguf import GGMLQuantizationType as T
from gguf.constants import GGML_QUANT_SIZES

HERE = pathlib.Path(__file__).parent
# Where the half-precision numbers of a block begin.
SCALES = {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.Q2_K: [80, 82], T.Q3_K: [108],
          T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208]}
random = np.random.default_rng(0)
writer = gguf.GGUFWriter(HERE / "quantised.gguf", "llama")
values = []
for dtype, places in SCALES.items():
    elements, size = GGML_QUANT_SIZES[dtype]
    blocks = random.integers(0, 256, (12, size), dtype=np.uint8)
    for place in places:
        scales = random.normal(0, 0.02, 12).astype(np.float16)
        scales[:3] = [0, 6e-8, -65504]
        blocks[:, place:place + 2] = scales.view(np.uint8).reshape(12, 2)
    rows = blocks.reshape(3, 4 * size)
    writer.add_tensor(f"{dtype.name}.weight", rows, raw_dtype=dtype)
    values.append(gguf.dequantize(rows, dtype).astype("<f4"))
writer.write_header_to_file(); writer.write_kv_data_to_file(); writer.write_tensors_to_file(); writer.close()
(HERE / "quantised.f32").write_bytes(np.concatenate([v.ravel() for v in values]).tobytes())
