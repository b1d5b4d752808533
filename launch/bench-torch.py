"""Times training steps of the paper's networks in PyTorch, and prints one JSON line.

The counterpart of `srelu bench step`: the same layers, batch, optimizer and activation, one thread
per process. With --ddp it runs under `python3 -m torch.distributed.run --nproc-per-node N`, where
the processes share the global batch.
"""

import argparse
import json
import os
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


class Written(nn.Module):
    """A function as its user writes it, whose derivative is autograd's."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class SReLU(nn.Module):
    """x for x > 0, beta (e^x - 1) otherwise."""

    def __init__(self, beta=0.1):
        super().__init__()
        self.beta = beta

    def forward(self, x):
        return torch.where(x > 0, x, self.beta * torch.expm1(torch.clamp(x, max=0)))


# Tests/Bench times the last two beside the same functions as formulas.
ACTIVATIONS = {
    "relu": nn.ReLU, "srelu": SReLU, "elu": nn.ELU, "gelu": nn.GELU, "prelu": nn.PReLU,
    "mish": lambda: Written(lambda x: x * torch.tanh(F.softplus(x))),
    "own": lambda: Written(lambda x: torch.where(x > 0, x, 0.5 * x * torch.exp(x))),
}


def network(architecture, activation):
    hidden = lambda inputs: [nn.Linear(inputs, 512), activation(), nn.Dropout(0.3)]
    pooled = lambda inputs, filters: [
        nn.Conv2d(inputs, filters, 3), activation(), nn.MaxPool2d(2), nn.Dropout(0.3)]
    if architecture == "ffnn":
        return nn.Sequential(nn.Flatten(), *hidden(784), *hidden(512), nn.Linear(512, 10))
    return nn.Sequential(
        *pooled(1, 32), *pooled(32, 64), nn.Flatten(), *hidden(1600), *hidden(512),
        nn.Linear(512, 10))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--architecture", choices=["ffnn", "cnn"], default="ffnn")
    parser.add_argument("--activation", choices=sorted(ACTIVATIONS), default="relu")
    parser.add_argument("--batch-size", type=int, default=128, help="over all processes")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--warm-up", type=int, default=15)
    parser.add_argument("--compile", action="store_true", help="through torch.compile")
    parser.add_argument("--bf16", action="store_true", help="under autocast")
    parser.add_argument("--ddp", action="store_true")
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = network(options.architecture, ACTIVATIONS[options.activation])
    processes, rank = 1, 0
    if options.ddp:
        torch.distributed.init_process_group("gloo")
        processes, rank = torch.distributed.get_world_size(), torch.distributed.get_rank()
        os.sched_setaffinity(0, [sorted(os.sched_getaffinity(0))[rank % os.cpu_count()]])
        model = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
    forward = torch.compile(model) if options.compile else model
    loss_of = nn.CrossEntropyLoss()
    batch = options.batch_size // processes
    pixels = torch.rand(8, batch, 1, 28, 28)
    labels = torch.randint(0, 10, (8, batch))

    times = []
    for step in range(options.warm_up + options.steps):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
            loss = loss_of(forward(pixels[step % 8]), labels[step % 8])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()
        times.append((time.perf_counter() - start) * 1e3)
    times = times[options.warm_up:]
    if rank == 0:
        print(json.dumps({
            "library": f"torch {torch.__version__}", "ranks": processes,
            "median_ms": statistics.median(times), "min_ms": min(times)}, separators=(",", ":")))
    if options.ddp:
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
