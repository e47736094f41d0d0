#!/usr/bin/env python3
"""Times what torch does with 1 GiB between two events, the L2 cache read through before each: medians in ns, as JSON.

`copy`, `sum` and `fill` are what streams are held against; the others stand beside for the reader."""
import json
import statistics

import torch
import torch.nn.functional as functional


def operations():
    """Name to a function that does it once; inputs stay where they are between them."""
    source = torch.rand(2**28, device="cuda")
    target = torch.empty_like(source)
    rows = source.view(65536, 4096)
    square = source.view(16384, 16384)
    weight, bias = torch.rand(2, 4096, device="cuda")
    found = {
        "copy": lambda: target.copy_(source),
        "sum": lambda: source.sum(),
        "fill": lambda: target.fill_(3.0),
        "transpose": lambda: target.view(16384, 16384).copy_(square.t()),
        "softmax": lambda: torch.softmax(rows, 1, out=target.view(65536, 4096)),
        "layer-norm": lambda: functional.layer_norm(rows, (4096,), weight, bias),
        "gelu": lambda: functional.gelu(source, approximate="tanh"),
    }
    if hasattr(functional, "rms_norm"):
        found["rms-norm"] = lambda: functional.rms_norm(rows, (4096,), weight)
    return found


def main():
    """60 samples of each after 10 of warm-up."""
    through = torch.zeros(2 * torch.cuda.get_device_properties(0).L2_cache_size // 4, dtype=torch.int32, device="cuda")
    start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    medians = {"torch": torch.__version__}
    for name, operation in operations().items():
        samples = []
        for _ in range(70):
            through.max()
            start.record()
            operation()
            stop.record()
            torch.cuda.synchronize()
            samples.append(start.elapsed_time(stop) * 1e6)
        medians[name] = statistics.median(samples[10:])
    print(json.dumps(medians))


main()
