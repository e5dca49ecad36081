"""Files that torch.save writes in its forms, and pickles that ask for more than weights.

    python test/golden/torch-bin/make.py

Writes the .bin files, golden.json (what torch.load gives back for each tensor, as the hex of its little-endian bytes) and
hostile.json (pickles that Python would execute on loading, as hex; nothing here or in the tests loads them).
The legacy files name storages by their address in memory, so they differ from run to run; nothing else does.
"""
import builtins
import collections
import hashlib
import json
import os
import pickle
import platform
import random
import subprocess
import sys

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64", torch.bool: "BOOL"}


def values(*shape, dtype=torch.float32, start=0):
    count = 1
    for size in shape:
        count *= size
    return ((torch.arange(count, dtype=torch.float32) + start) / 8 - 1).reshape(shape).to(dtype)


def state_dict():
    """Parameters, 16-bit tensors, a tied pair, two views of one storage, a scalar, an empty tensor, a value that is none."""
    table = torch.nn.Parameter(values(5, 3))
    both = values(4, 6, start=7)
    return collections.OrderedDict([
        ("embed.weight", table),
        ("head.weight", table),
        ("half.weight", values(2, 7, dtype=torch.float16)),
        ("bfloat.weight", values(9, dtype=torch.bfloat16)),
        ("rows.first", both[:1]),
        ("rows.last", both[1:]),
        ("steps", torch.tensor([3, 1 << 40])),
        ("mask", torch.tensor([True, False, True])),
        ("scalar", torch.tensor(2.5)),
        ("empty", torch.zeros(0, 4)),
        ("version", 3),
    ])


def bytes_of(tensor):
    return tensor.detach().contiguous().view(-1).view(torch.uint8).numpy().tobytes().hex() if tensor.numel() else ""


class Call:
    """Pickles as a call, which Python makes when it loads the pickle."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


def hostile():
    weights = {"w": [1.0]}
    calls = {
        "os.system": Call(os.system, "true"),
        "builtins.eval": Call(builtins.eval, "1"),
        "builtins.exec": Call(builtins.exec, "1"),
        "subprocess.Popen": Call(subprocess.Popen, ["true"]),
        "builtins.getattr": Call(getattr, "text", "upper"),
    }
    pickles = {}
    for name, call in calls.items():
        for protocol in range(6):
            pickles[f"{name}, protocol {protocol}"] = pickle.dumps({**weights, "hook": call}, protocol).hex()
            pickles[f"{name} alone, protocol {protocol}"] = pickle.dumps(call, protocol).hex()
    # A class of its own: NEWOBJ and NEWOBJ_EX from protocol 2 on, copy_reg before.
    for protocol in range(6):
        pickles[f"an object, protocol {protocol}"] = pickle.dumps(collections.Counter("ab"), protocol).hex()
        pickles[f"an exception, protocol {protocol}"] = pickle.dumps(ValueError("x"), protocol).hex()
    return pickles


def strided(count=120):
    """Views of a few storages: any strides and offsets, turned, cut, spread over a stride of 0, overlapping."""
    draw = random.Random(1)
    bases = [torch.randn(size, generator=torch.Generator().manual_seed(size)).to(dtype)
             for size, dtype in ((210, torch.float32), (97, torch.float16), (64, torch.bfloat16), (150, torch.float64))]
    views = {}
    while len(views) < count:
        base = draw.choice(bases)
        sizes = [draw.randint(1, 6) for _ in range(draw.randint(0, 4))]
        strides = [draw.choice([0, 1, 1, 2, 3, 5, 7, 12, 30]) for _ in sizes]
        offset = draw.randint(0, 20)
        span = 1 + sum((size - 1) * stride for size, stride in zip(sizes, strides))
        if offset + span > len(base):
            continue
        view = base.as_strided(sizes, strides, offset)
        for _ in range(draw.randint(0, 3)):
            axes = range(view.dim())
            kind = draw.choice(["permute", "narrow", "step", "expand", "unsqueeze", "select"])
            if kind == "permute":
                view = view.permute(draw.sample(axes, len(axes)))
            elif kind == "unsqueeze" or not view.dim():
                view = view.unsqueeze(draw.randint(0, view.dim()))
            elif kind == "expand" and view.size(0) == 1:
                view = view.expand(draw.randint(1, 4), *view.shape[1:])
            elif kind == "select" and view.size(0) > 1:
                view = view.select(0, draw.randrange(view.size(0)))
            else:
                axis = draw.choice(axes)
                view = view.narrow(axis, draw.randrange(view.size(axis)), 1) if kind == "narrow" else view[::2]
        if view.numel() <= len(base):  # more numbers than the storage holds are refused
            views[f"v{len(views)}"] = view
    return views


def save(name, value, **options):
    torch.save(value, os.path.join(HERE, name), **options)


def main():
    torch.manual_seed(0)
    weights = state_dict()
    forms = {"zip.bin": {}, "legacy.bin": {"_use_new_zipfile_serialization": False}}
    for protocol in (3, 4, 5):
        forms[f"zip-protocol{protocol}.bin"] = {"pickle_protocol": protocol}
        forms[f"legacy-protocol{protocol}.bin"] = {"pickle_protocol": protocol, "_use_new_zipfile_serialization": False}
    golden, golden_views = {}, {}
    for name, options in forms.items():
        save(name, weights, **options)
        # weights_only knows protocol 2 alone; the file was written a line above.
        loaded = torch.load(os.path.join(HERE, name), weights_only=False)
        golden[name] = {
            key: {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "hex": bytes_of(tensor)}
            for key, tensor in loaded.items() if isinstance(tensor, torch.Tensor)
        }
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    training = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": 1, "rate": 1e-3}
    save("training.bin", training)
    save("training-legacy.bin", training, _use_new_zipfile_serialization=False)
    both = values(6, 4, start=3)
    views = {
        "w": values(3, 4).t(), "columns": both[:, 1:3], "rows": both[::2], "permuted": values(2, 3, 4).permute(2, 0, 1),
        "half": values(3, 4, dtype=torch.bfloat16).t(), "conv": values(2, 3, 2).transpose(1, 2)[1:], "empty": values(3, 4).t()[:, :0],
        "one": values(1, 4).t(),
    }
    for name, options in {"transposed.bin": {}, "transposed-legacy.bin": {"_use_new_zipfile_serialization": False}}.items():
        save(name, views, **options)
        golden_views[name] = {
            key: {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "values": tensor.float().contiguous().view(-1).tolist()}
            for key, tensor in torch.load(os.path.join(HERE, name), weights_only=True).items()
        }
    save("strided.bin", strided())
    golden_strided = {
        key: {"dtype": "F64" if tensor.dtype == torch.float64 else NAMES[tensor.dtype], "shape": list(tensor.shape),
              "sha256": hashlib.sha256(tensor.float().contiguous().numpy().tobytes()).hexdigest()[:16]}
        for key, tensor in torch.load(os.path.join(HERE, "strided.bin"), weights_only=True).items()
    }
    save("expanded.bin", {"w": values(1, 4).expand(3, 4)})
    save("whole-model.bin", model)
    save("negated.bin", {"w": torch._neg_view(values(4))})
    save("list.bin", [values(2)])
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    with open(os.path.join(HERE, "golden.json"), "w") as file:
        json.dump({"versions": versions, "files": golden, "views": golden_views, "strided": golden_strided}, file, indent=1)
        file.write("\n")
    with open(os.path.join(HERE, "hostile.json"), "w") as file:
        json.dump(hostile(), file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    sys.exit(main())
