"""Writes golden.json: the value of each code of torch's 8-bit floating-point types, null for what is no finite number.

    python make.py
"""

import json
import math
from pathlib import Path

import torch

TYPES = {"F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2}
codes = torch.arange(256, dtype=torch.uint8)
values = {
    name: [value if math.isfinite(value) else None for value in codes.view(dtype).to(torch.float64).tolist()]
    for name, dtype in TYPES.items()
}
golden = {"versions": {"torch": torch.__version__.split("+")[0]}, "values": values}
Path(__file__).with_name("golden.json").write_text(json.dumps(golden) + "\n")
