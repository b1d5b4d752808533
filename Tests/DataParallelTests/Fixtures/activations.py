"""Prints activations.json: every activation function by name, its values and derivatives in double.

python3 activations.py > activations.json     (PyTorch 2.13, mpmath 1.3)

What PyTorch has is PyTorch's, by autograd in float64. The others, and all derivatives by parameters, are
the references' formulas with 120 digits, differentiated numerically. Inputs are floats and no kinks; the
derivatives that PyTorch gives at kinks stand apart.
"""

import json
import struct

import mpmath
import torch
from mpmath import mp, mpf
from torch.nn import functional as F

mp.dps = 120

MAGNITUDES = [
    1e-30, 1e-6, 0.003, 0.1, 0.27, 0.45, 0.55, 0.99, 1.02, 1.7, 2.9, 3.1, 5.9, 6.2, 11, 24, 88, 1000]


def as_float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


INPUTS = [as_float32(sign * x) for sign in (-1, 1) for x in MAGNITUDES]


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    return mp.log(1 + mp.exp(x))


def tanh(x):
    # Beyond, mpmath would form exp(exp(1000)).
    return mpf(1) if x > 1000 else mp.tanh(x)





def pade(x, a0, a1, a2, a3, a4, a5, b1, b2, b3, b4):
    above = a0 + a1 * x + a2 * x**2 + a3 * x**3 + a4 * x**4 + a5 * x**5
    return above / (1 + abs(b1 * x + b2 * x**2 + b3 * x**3 + b4 * x**4))


def s_shaped(x, tr, ar, tl, al):
    if x >= tr:
        return tr + ar * (x - tr)
    return x if x > tl else tl + al * (x - tl)


PADE = {
    "a0": 0.02979246, "a1": 0.61837738, "a2": 2.32335207, "a3": 3.05202660, "a4": 1.48548002,
    "a5": 0.25103717, "b1": 1.14201226, "b2": 4.39322834, "b3": 0.87154450, "b4": 0.34720652}

# Each reference's formula, of x and the parameters.
REFERENCES = {
    "leaky-relu": lambda x, slope: x if x > 0 else slope * x,
    "prelu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * (mp.exp(x) - 1),
    "srelu": lambda x, alpha, beta: alpha * x if x > 0 else beta * (mp.exp(x) - 1),
    "aria-2": lambda x, alpha, beta: x * (1 + mp.exp(-beta * x)) ** -alpha,
    "bent-identity": lambda x: (mp.sqrt(x**2 + 1) - 1) / 2 + x,
    "celu": lambda x, alpha: max(mpf(0), x) + min(mpf(0), alpha * (mp.exp(x / alpha) - 1)),
    "elish": lambda x: x * sigmoid(x) if x >= 0 else (mp.exp(x) - 1) * sigmoid(x),
    "gaussian": lambda x: mp.exp(-(x**2)),
    "hard-shrink": lambda x, **p: x if abs(x) > p["lambda"] else 0 * x,
    "identity": lambda x: x,
    "isrlu": lambda x, alpha: x if x >= 0 else x / mp.sqrt(1 + alpha * x**2),
    "isru": lambda x, alpha: x / mp.sqrt(1 + alpha * x**2),
    "lisht": lambda x: x * mp.tanh(x),
    "logish": lambda x: x * mp.log(1 + sigmoid(x)),
    "pade": pade,
    "pelu": lambda x, alpha, beta:
        alpha / beta * x if x >= 0 else alpha * (mp.exp(x / beta) - 1),
    "penalised-tanh": lambda x: mp.tanh(x) if x > 0 else mp.tanh(x) / 4,
    "phish": lambda x: x * mp.tanh(x * mp.ncdf(x)),
    "quick-gelu": lambda x: x * sigmoid(mpf("1.702") * x),
    "s-shaped-relu": s_shaped,
    "serf": lambda x: x * mp.erf(softplus(x)),
    "sine": lambda x, omega: mp.sin(omega * x),
    "smish": lambda x: x * mp.tanh(mp.log(1 + sigmoid(x))),
    "snake": lambda x, alpha: x + mp.sin(alpha * x) ** 2 / alpha,
    "soft-shrink": lambda x, **p:
        x - p["lambda"] if x > p["lambda"] else x + p["lambda"] if x < -p["lambda"] else 0 * x,
    "squared-relu": lambda x: max(x, mpf(0)) ** 2,
    "swish": lambda x, beta: x * sigmoid(beta * x),
    "tanh-exp": lambda x: x * tanh(mp.exp(x)),
}

TORCH = {
    "relu": lambda x: F.relu(x),
    "leaky-relu": lambda x, slope: F.leaky_relu(x, slope),
    "prelu": lambda x, slope: F.prelu(x, torch.tensor(slope, dtype=torch.float64)),
    "elu": lambda x, alpha: F.elu(x, alpha),
    "gelu": lambda x: F.gelu(x),
    "sigmoid": lambda x: torch.sigmoid(x),
    "tanh": lambda x: torch.tanh(x),
    "silu": lambda x: F.silu(x),
    "celu": lambda x, alpha: F.celu(x, alpha),
    "gelu-tanh": lambda x: F.gelu(x, approximate="tanh"),
    "hard-shrink": lambda x, **p: F.hardshrink(x, p["lambda"]),
    # Its derivative is 1/6 in single precision there, in any.
    "hard-sigmoid": lambda x: F.relu6(x + 3) / 6,
    "hard-swish": lambda x: F.hardswish(x),
    "hard-tanh": lambda x: F.hardtanh(x),
    "log-sigmoid": lambda x: F.logsigmoid(x),
    "mish": lambda x: F.mish(x),
    "relu6": lambda x: F.relu6(x),
    "selu": lambda x: F.selu(x),
    "soft-shrink": lambda x, **p: F.softshrink(x, p["lambda"]),
    # PyTorch's own threshold of 20 cuts the exponential's tail off.
    "softplus": lambda x: F.softplus(x, threshold=500),
    "softsign": lambda x: F.softsign(x),
    "tanh-shrink": lambda x: F.tanhshrink(x),
}

# Each function with its defaults, and those with parameters once more.
CASES = [(name, {}) for name in sorted(set(TORCH) | set(REFERENCES) - {"pade"})] + [
    ("leaky-relu", {"slope": 0.25}), ("prelu", {"slope": 0.75}), ("elu", {"alpha": 0.5}),
    ("srelu", {"alpha": 1.5, "beta": 0.75}), ("aria-2", {"alpha": 0.5, "beta": 1.25}),
    ("celu", {"alpha": 2.0}), ("hard-shrink", {"lambda": 1.25}), ("isrlu", {"alpha": 3.0}),
    ("isru", {"alpha": 3.0}), ("pelu", {"alpha": 1.5, "beta": 0.75}),
    ("s-shaped-relu", {"tr": 1.5, "ar": 0.5, "tl": -0.75, "al": 0.125}), ("sine", {"omega": 3.0}),
    ("snake", {"alpha": 2.5}), ("soft-shrink", {"lambda": 1.25}), ("swish", {"beta": -0.75}),
    ("swish", {"beta": 2.5}), ("pade", PADE)]

DEFAULTS = {
    "leaky-relu": {"slope": 0.01}, "prelu": {"slope": 0.25}, "elu": {"alpha": 1.0},
    "srelu": {"alpha": 1.0, "beta": 0.1}, "aria-2": {"alpha": 1.5, "beta": 2.0},
    "celu": {"alpha": 1.0}, "hard-shrink": {"lambda": 0.5}, "isrlu": {"alpha": 1.0},
    "isru": {"alpha": 1.0}, "pelu": {"alpha": 1.0, "beta": 1.0},
    "s-shaped-relu": {"tr": 1.0, "ar": 1.0, "tl": 0.0, "al": 0.2}, "sine": {"omega": 1.0},
    "snake": {"alpha": 1.0}, "soft-shrink": {"lambda": 0.5}, "swish": {"beta": 1.0}, "pade": PADE}

KINKS = {
    "relu": [0], "leaky-relu": [0], "prelu": [0], "elu": [0], "celu": [0], "selu": [0],
    "hard-shrink": [-0.5, 0.5], "hard-sigmoid": [-3, 3], "hard-swish": [-3, 3], "hard-tanh": [-1, 1],
    "relu6": [0, 6], "soft-shrink": [-0.5, 0.5]}


def by_torch(function, inputs, parameters):
    x = torch.tensor(inputs, dtype=torch.float64, requires_grad=True)
    y = function(x, **parameters)
    y.sum().backward()
    return y.tolist(), x.grad.tolist()


def difference(function, at):
    """The derivative to double precision."""
    at = mpf(at)
    step = min(abs(at), mpf(1)) * mpf(10) ** -30 if at else mpf(10) ** -60
    return (function(at + step) - function(at - step)) / (2 * step)


def case(name, changed):
    parameters = {**DEFAULTS.get(name, {}), **changed}
    exact = {key: mpf(value) for key, value in parameters.items()}
    reference = REFERENCES.get(name)
    if name in TORCH:
        source = "PyTorch"
        values, derivatives = by_torch(TORCH[name], INPUTS, parameters)
    else:
        source = "reference"
        values = [float(reference(mpf(x), **exact)) for x in INPUTS]
        derivatives = [float(difference(lambda t: reference(t, **exact), x)) for x in INPUTS]
    gradients = {
        key: [
            float(difference(lambda t: reference(mpf(x), **{**exact, key: t}), exact[key]))
            for x in INPUTS]
        for key in parameters}
    return {
        "name": name, "source": source, "parameters": parameters, "values": values,
        "derivatives": derivatives, "gradients": gradients}


def kinks(name):
    _, derivatives = by_torch(TORCH[name], KINKS[name], DEFAULTS.get(name, {}))
    return [{"x": x, "derivative": slope} for x, slope in zip(KINKS[name], derivatives)]


print(
    json.dumps(
        {
            "inputs": INPUTS,
            "cases": [case(name, changed) for name, changed in CASES],
            "kinks": {name: kinks(name) for name in KINKS},
        }
    ).replace("], ", "],\n ").replace("}, {", "},\n{"))
