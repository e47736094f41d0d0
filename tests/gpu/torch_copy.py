#!/usr/bin/env python3
"""Times torch's own copy of 1 GiB between two events, the L2 cache read through before each: samples in ns, as JSON."""
import json

import torch


def main():
    """Copies 210 times; the first 10 are warm-up."""
    source = torch.rand(2**28, device="cuda")
    target = torch.empty_like(source)
    through = torch.zeros(2 * torch.cuda.get_device_properties(0).L2_cache_size // 4, dtype=torch.int32, device="cuda")
    start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    samples = []
    for _ in range(210):
        through.max()
        start.record()
        target.copy_(source)
        stop.record()
        torch.cuda.synchronize()
        samples.append(start.elapsed_time(stop) * 1e6)
    assert torch.equal(source, target)
    print(json.dumps({"torch": torch.__version__, "samples": samples[10:]}))


main()
