#!/usr/bin/env python3
"""Opens models that srelu trained in PyTorch, and compares the logits with srelu's own.

usage: launch/predict-torch.py [--srelu PROGRAM] [--samples N] TRIAL...

A TRIAL is a finished trial's folder, such as runs/paper/trials/<id>. For each trial, the script builds
the network of trial.json in PyTorch, loads model.safetensors with load_state_dict, and compares both
programs' logits of the first N test samples (default 64). It prints each trial's largest difference,
relative to the logit where that is above 1, and exits with 1 if any is above 1e-4.

The only package needed is torch.
"""

import argparse
import json
import pathlib
import struct
import subprocess
import sys

import torch
from torch import nn

LIMIT = 1e-4


class SReLU(nn.Module):
    """alpha * x above 0, beta * (exp(x) - 1) below."""

    def __init__(self, alpha, beta):
        super().__init__()
        self.alpha, self.beta = alpha, beta

    def forward(self, x):
        return torch.where(x > 0, self.alpha * x, self.beta * torch.expm1(x.clamp(max=0)))


def activation(spec, units):
    """The function of a hidden layer; units are a dense layer's units or a convolution's channels."""
    parameters = spec["parameters"]
    makers = {
        "relu": lambda: nn.ReLU(),
        "leaky-relu": lambda: nn.LeakyReLU(parameters["slope"]),
        "prelu": lambda: nn.PReLU(units),
        "elu": lambda: nn.ELU(parameters["alpha"]),
        "gelu": lambda: nn.GELU(),
        "srelu": lambda: SReLU(parameters["alpha"], parameters["beta"]),
        "sigmoid": lambda: nn.Sigmoid(),
        "tanh": lambda: nn.Tanh(),
        "silu": lambda: nn.SiLU(),
    }
    if spec["name"] not in makers or "formula" in spec or "learned" in spec:
        sys.exit(
            f"predict-torch.py knows {', '.join(makers)} with fixed parameters, not {spec['name']}; "
            "srelu predict reads every model"
        )
    return makers[spec["name"]]()


class Model(nn.Module):
    """The network of a trial; its modules are named as the tensors in model.safetensors."""

    def __init__(self, trial, input_shape, outputs):
        super().__init__()
        architecture = trial["architecture"]
        height, width, channels = input_shape
        same = architecture.get("padding") == "same"
        layers = []

        def add_activation(units):
            number = sum(name.startswith("act") for name, _ in layers) + 1
            layers.append((f"act{number}", activation(trial["activation"], units)))

        for number, filters in enumerate(architecture.get("filters", []), 1):
            kernel = architecture["kernel"]
            padding = "same" if same else "valid"
            convolution = nn.Conv2d(channels, filters, kernel, padding=padding)
            layers.append((f"conv{number}", convolution))
            add_activation(filters)
            layers.append((f"pool{number}", nn.MaxPool2d(2, ceil_mode=same)))
            channels = filters
        with torch.no_grad():
            probe = torch.zeros(1, input_shape[2], height, width)
            for _, layer in layers:
                probe = layer(probe)
        layers.append(("flatten", nn.Flatten()))
        units = probe.numel()
        for number, hidden in enumerate(architecture["hidden"], 1):
            layers.append((f"fc{number}", nn.Linear(units, hidden)))
            add_activation(hidden)
            units = hidden
        last = len(architecture["hidden"]) + 1
        layers.append((f"fc{last}", nn.Linear(units, outputs)))
        for name, layer in layers:
            self.add_module(name, layer)
        self.order = [name for name, _ in layers]

    def forward(self, x):
        for name in self.order:
            x = getattr(self, name)(x)
        return x


def read_safetensors(path):
    """The float32 tensors of a safetensors file, by name."""
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    body = bytearray(content[8 + length :])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        values = torch.frombuffer(body, dtype=torch.float32, count=(end - start) // 4, offset=start)
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def difference(program, folder, samples):
    """The largest difference between PyTorch's logits and srelu's."""
    command = [program, "predict", str(folder), "--json", "--logits", "--inputs"]
    command += ["--limit", str(samples)]
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    height, width, channels = theirs["input_shape"]
    inputs = torch.tensor([sample["input"] for sample in theirs["samples"]])
    # srelu keeps a pixel's channels together, PyTorch a channel's pixels.
    inputs = inputs.reshape(-1, height, width, channels).permute(0, 3, 1, 2)
    logits = torch.tensor([sample["logits"] for sample in theirs["samples"]])
    trial = json.loads((folder / "trial.json").read_text())
    model = Model(trial, theirs["input_shape"], outputs=logits.shape[1])
    model.load_state_dict(read_safetensors(folder / "model.safetensors"))
    model.eval()
    with torch.no_grad():
        ours = model(inputs)
    assert ours.shape == logits.shape and len(logits) > 0
    return theirs["model"], ((ours - logits).abs() / logits.abs().clamp(min=1)).max().item()


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--srelu", default=str(here.parent / ".build/release/srelu"))
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("trials", nargs="+", type=pathlib.Path, metavar="TRIAL")
    options = parser.parse_args()
    worst = 0.0
    for folder in options.trials:
        label, largest = difference(options.srelu, folder, options.samples)
        print(f"{label}: largest difference of a logit {largest:.1e}")
        worst = max(worst, largest)
    if not worst <= LIMIT:
        print(f"above {LIMIT}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
