"""Reports samples to warpmark from a benchmark script: a model, a training step, a pipeline.

    import warpmark
    warpmark.measure(lambda: model(batch), samples=50)
    warpmark.report_peak_memory()

warpmark puts this module on PYTHONPATH of the commands that it runs, so nothing needs to be installed. It needs
Python 3.8 or later and nothing else. PyTorch is used where the script has imported it, and never imported here.
Run by hand, such a script prints the same lines of JSON (docs/reference/protocol.md in warpmark's repository).
"""

import json
import math
import os
import sys
import time

__all__ = ["measure", "peak_memory", "report", "report_peak_memory", "unsupported"]

PROTOCOL = 1
UNITS = ("ns", "us", "ms", "s", "bytes", "joules", "count", "per-second")

# A write of so many bytes to a pipe is whole, whatever other processes write to it (POSIX's PIPE_BUF on Linux).
_WHOLE = 4096


def measure(function, samples=30, warmup=5, case=None, metric="time"):
    """Calls `function` `warmup` times, then `samples` times one by one, and reports how long each took.

    On a GPU (PyTorch is imported and finds CUDA) time is taken by CUDA events on the current stream, from an idle
    device; else by the wall clock. `case` is the point on the workload's inner axes, such as `{"batch": 8}`.
    Returns the samples in nanoseconds.
    """
    if samples < 1 or warmup < 0:
        raise ValueError("measure takes 1 sample or more, and 0 warm-up calls or more")
    cuda = _cuda()
    for _ in range(warmup):
        function()
    if cuda is not None:
        cuda.synchronize()
    take = _by_wall_clock if cuda is None else _by_events
    times = [take(function, cuda) for _ in range(samples)]
    report(metric, times, "ns", "lower", case)
    return times


def report(metric, samples, unit, better, case=None):
    """Reports `samples` of a metric that the workload declares (`time` needs no declaration).

    `samples` is a list of numbers or one number, `unit` one of ns, us, ms, s, bytes, joules, count and per-second,
    `better` is "lower" or "higher". More samples of a metric may be reported later.
    """
    values = _numbers(samples)
    if unit not in UNITS:
        raise ValueError("unknown unit %r: warpmark knows %s" % (unit, ", ".join(UNITS)))
    if better not in ("lower", "higher"):
        raise ValueError('better is "lower" or "higher", not %r' % (better,))
    fields = {"warpmark": PROTOCOL, "metric": metric, "unit": unit, "better": better}
    if case:
        fields["case"] = dict(case)
    _print(fields, values)


def peak_memory():
    """The most memory that was in use, in bytes: of the GPU by PyTorch's allocator, else of this process."""
    cuda = _cuda()
    if cuda is not None:
        return cuda.max_memory_allocated()
    import resource

    # In KiB on Linux, in bytes on macOS (getrusage(2)).
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024


def report_peak_memory(metric="memory", case=None):
    """Reports `peak_memory()` as a metric, which the workload declares: metrics = ["memory"]."""
    report(metric, [peak_memory()], "bytes", "lower", case)


def unsupported(why):
    """Says that this machine can't run what the workload asks for, and why: a package or a device that is missing.

    Its cases then count as unsupported, not as failed. The script reports nothing else and ends with status 0.
    """
    text = " ".join(str(why).split())
    if not text:
        raise ValueError("unsupported says why")
    _write(("\n" + json.dumps({"warpmark": PROTOCOL, "unsupported": text}, separators=(",", ":")) + "\n").encode())


def _cuda():
    """torch.cuda, where the script uses PyTorch and there is a GPU."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return torch.cuda


def _by_wall_clock(function, _cuda):
    begin = time.perf_counter_ns()
    function()
    return time.perf_counter_ns() - begin


def _by_events(function, cuda):
    begin = cuda.Event(enable_timing=True)
    end = cuda.Event(enable_timing=True)
    cuda.synchronize()
    begin.record()
    function()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) * 1e6


def _numbers(samples):
    if isinstance(samples, (int, float)):
        samples = [samples]
    values = [value if isinstance(value, int) else float(value) for value in samples]
    if not values:
        raise ValueError("there are no samples to report")
    for place, value in enumerate(values):
        if not math.isfinite(value) or value < 0:
            raise ValueError("sample %d is %r: samples are finite and not negative" % (place, value))
    return values


def _print(fields, values):
    """Prints lines short enough to be written whole, so that several processes may report at once."""
    rest = values
    while rest:
        count = len(rest)
        line = _line(fields, rest)
        while len(line) > _WHOLE and count > 1:
            count = max(1, count * _WHOLE // (len(line) + count))
            line = _line(fields, rest[:count])
        rest = rest[count:]
        _write(line)


def _line(fields, values):
    # It begins a new line, whatever was printed before.
    return ("\n" + json.dumps(dict(fields, samples=values), separators=(",", ":")) + "\n").encode()


def _write(line):
    # Past sys.stdout, which may be redirected, but after what it holds.
    for stream in (sys.stdout, sys.__stdout__):
        try:
            stream.flush()
        except (AttributeError, ValueError):
            pass
    while line:
        line = line[os.write(1, line):]
