#!/usr/bin/env python3
"""Opens models that srelu trained in PyTorch, and compares the logits with srelu's own.

usage: launch/predict-torch.py [--srelu PROGRAM] [--samples N] TRIAL...

A TRIAL is a finished trial's folder, such as runs/paper/trials/<id>. For each trial, the script builds
the network of trial.json in PyTorch, loads model.safetensors with load_state_dict, and compares both
programs' logits of the first N test samples (default 64). It prints each trial's largest difference,
relative to the logit where that is above 1, and exits with 1 if any is above 1e-4.

Activation functions are built from the formulas in the metadata of model.safetensors; files without,
which all models of functions with hand-written kernels are, name theirs in trial.json.

The only package needed is torch.
"""

import argparse
import json
import math
import pathlib
import re
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


class FormulaError(Exception):
    """A formula that can't be read."""


def softplus(u):
    return torch.logaddexp(u, torch.zeros_like(u))


class Formula:
    """An activation's formula, read into operations on a stack of tensors.

    The language is that of srelu's article Formulas: names that are neither x, constants, functions nor
    bound by let are parameters.
    """

    CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e}
    FUNCTIONS = {
        "exp": (torch.exp, 1),
        "expm1": (torch.expm1, 1),
        "log": (torch.log, 1),
        "log1p": (torch.log1p, 1),
        "sqrt": (torch.sqrt, 1),
        "abs": (torch.abs, 1),
        "sign": (torch.sign, 1),
        "sin": (torch.sin, 1),
        "cos": (torch.cos, 1),
        "atan": (torch.atan, 1),
        "tanh": (torch.tanh, 1),
        "sigmoid": (torch.sigmoid, 1),
        "softplus": (softplus, 1),
        "erf": (torch.erf, 1),
        "normcdf": (torch.special.ndtr, 1),
        "relu": (torch.relu, 1),
        "min": (torch.minimum, 2),
        "max": (torch.maximum, 2),
        "clamp": (lambda u, low, high: torch.minimum(torch.maximum(u, low), high), 3),
    }
    COMPARISONS = {
        "<": torch.lt, "<=": torch.le, ">": torch.gt, ">=": torch.ge, "==": torch.eq, "!=": torch.ne,
    }
    TOKEN = re.compile(
        r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
        r"|(?P<name>[A-Za-z_α-ω][A-Za-z0-9_α-ω]*)"
        r"|(?P<symbol><=|>=|==|!=|[-+*/^(),?:;=<>])|(?P<end>\Z))",
        re.ASCII,
    )

    def __init__(self, text):
        self.text = text
        self.code = []
        self.locals = {}
        self.place = 0
        self.next()
        self.bound()
        if self.kind != "end":
            self.refuse("an operator or the end")

    def __call__(self, x, parameters):
        """The values at x, given those of the parameters by their names; all in double precision."""
        stack, slots = [], {}
        for operation, argument in self.code:
            if operation == "number":
                stack.append(torch.tensor(argument, dtype=torch.float64))
            elif operation == "name":
                stack.append(x if argument == "x" else parameters[argument])
            elif operation == "store":
                slots[argument] = stack.pop()
            elif operation == "load":
                stack.append(slots[argument])
            else:
                operands = stack[-argument:]
                del stack[-argument:]
                stack.append(operation(*operands))
        return stack.pop()

    # Tokens

    def next(self):
        match = self.TOKEN.match(self.text, self.place)
        if match is None:
            raise FormulaError(f"{self.text!r}: nothing begins in column {self.place + 1}")
        self.kind, self.word = match.lastgroup, match[match.lastgroup]
        self.place = match.end()

    def refuse(self, expected):
        found = "the end" if self.kind == "end" else repr(self.word)
        raise FormulaError(f"{self.text!r}: expected {expected} before column {self.place + 1}, not {found}")

    def take(self, *words):
        """The next word if it is one of these."""
        if self.kind == "end" or self.word not in words:
            return None
        word = self.word
        self.next()
        return word

    def require(self, word):
        if not self.take(word):
            self.refuse(repr(word))

    # Grammar, the loosest first

    def bound(self):
        outer = dict(self.locals)
        while self.take("let"):
            name = self.word
            if self.kind != "name":
                self.refuse("a name")
            self.next()
            self.require("=")
            self.bound()
            self.require(";")
            slot = len(self.code)
            self.code.append(("store", slot))
            self.locals[name] = slot
        self.choice()
        self.locals = outer

    def choice(self):
        self.sum()
        comparison = self.take(*self.COMPARISONS)
        if not comparison:
            return
        self.sum()
        self.code.append((self.COMPARISONS[comparison], 2))
        self.require("?")
        self.bound()
        self.require(":")
        self.bound()
        self.code.append((torch.where, 3))

    def sum(self):
        self.product()
        while sign := self.take("+", "-"):
            self.product()
            self.code.append((torch.add if sign == "+" else torch.sub, 2))

    def product(self):
        self.signed()
        while sign := self.take("*", "/"):
            self.signed()
            self.code.append((torch.mul if sign == "*" else torch.div, 2))

    def signed(self):
        if self.take("+"):
            self.signed()
        elif self.take("-"):
            self.signed()
            self.code.append((torch.neg, 1))
        else:
            self.power()

    def power(self):
        self.primary()
        if self.take("^"):
            self.signed()
            self.code.append((torch.pow, 2))

    def primary(self):
        if self.take("("):
            self.bound()
            self.require(")")
            return
        kind, word = self.kind, self.word
        if kind not in ("number", "name") or word == "let":
            self.refuse("a number, a name or '('")
        self.next()
        if kind == "number":
            self.code.append(("number", float(word)))
        elif self.take("("):
            self.call(word)
        elif word != "x" and word in self.CONSTANTS:
            self.code.append(("number", self.CONSTANTS[word]))
        elif word in self.locals:
            self.code.append(("load", self.locals[word]))
        else:
            self.code.append(("name", word))

    def call(self, name):
        if name not in self.FUNCTIONS:
            raise FormulaError(f"{self.text!r}: there is no function {name}")
        function, count = self.FUNCTIONS[name]
        self.bound()
        for _ in range(count - 1):
            self.require(",")
            self.bound()
        self.require(")")
        self.code.append((function, count))


class FormulaActivation(nn.Module):
    """An activation layer whose function the model's file describes by a formula."""

    def __init__(self, spec, layer, tensors, shared):
        super().__init__()
        self.formula = Formula(spec["formula"])
        self.fixed = {
            name: torch.tensor(value, dtype=torch.float64)
            for name, value in spec["parameters"].items()
        }
        # Parameters by formula's name: this layer's own, or those that all layers share.
        self.learned = {}
        for name, tensor in spec["tensors"].items():
            owner, suffix = tensor.rsplit(".", 1)
            holder = self if owner == layer else shared
            if suffix not in holder._parameters:
                # Not register_parameter, which refuses names such as half that modules use themselves.
                holder._parameters[suffix] = nn.Parameter(torch.empty_like(tensors[tensor]))
            self.learned[name] = (holder, suffix)

    def forward(self, x):
        values = dict(self.fixed)
        for name, (holder, suffix) in self.learned.items():
            value = holder._parameters[suffix].double()
            # One value per channel of an image; a value per unit has the image's shape.
            values[name] = value.reshape(-1, 1, 1) if value.dim() == 1 and x.dim() == 4 else value
        return self.formula(x.double(), values).to(x.dtype).expand_as(x)


def named_activation(spec, units):
    """A function by its name; units are a dense layer's units or a convolution's channels."""
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
            f"predict-torch.py: {spec['name']} needs a formula, and model.safetensors has none in its "
            "metadata, as an earlier version wrote it; srelu predict reads it"
        )
    return makers[spec["name"]]()


class Model(nn.Module):
    """The network of a trial; its modules are named as the tensors in model.safetensors."""

    def __init__(self, trial, input_shape, outputs, tensors, metadata):
        super().__init__()
        # One for each activation layer.
        formulas = json.loads(metadata.get("activations", "null"))
        shared = nn.Module()
        architecture = trial["architecture"]
        height, width, channels = input_shape
        same = architecture.get("padding") == "same"
        layers = []

        def add_activation(units):
            name = f"act{sum(name.startswith('act') for name, _ in layers) + 1}"
            if formulas is None:
                function = named_activation(trial["activation"], units)
            else:
                spec = formulas[int(name.removeprefix("act")) - 1]
                function = FormulaActivation(spec, name, tensors, shared)
            layers.append((name, function))

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
        if shared._parameters:
            self.add_module("act", shared)

    def forward(self, x):
        for name in self.order:
            x = getattr(self, name)(x)
        return x


def read_safetensors(path):
    """The float32 tensors of a safetensors file, by name, and its metadata."""
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    body = bytearray(content[8 + length :])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        values = torch.frombuffer(body, dtype=torch.float32, count=(end - start) // 4, offset=start)
        tensors[name] = values.reshape(entry["shape"])
    return tensors, metadata


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
    tensors, metadata = read_safetensors(folder / "model.safetensors")
    model = Model(trial, theirs["input_shape"], logits.shape[1], tensors, metadata)
    model.load_state_dict(tensors)
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
        try:
            label, largest = difference(options.srelu, folder, options.samples)
        except FormulaError as error:
            sys.exit(f"predict-torch.py: {folder}/model.safetensors: {error}")
        print(f"{label}: largest difference of a logit {largest:.1e}")
        worst = max(worst, largest)
    if not worst <= LIMIT:
        print(f"above {LIMIT}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
