#!/usr/bin/env python3
"""Judges what `tests/gpu/kernels` measured: reads warpmark's records, prints tables and checks.

    kernels.py streams TORCH CEILINGS MEMORY REDUCTIONS TRANSFORMER   show 1: TORCH: what torch_kernels.py printed
    kernels.py hierarchy CEILINGS ARCHITECTURE COMPUTE                show 2
    kernels.py verified RECORD...                                     show 3

A check is a line that begins with `ok` or `FAILED`. Plain Python, so that it runs everywhere.
"""
import json
import pathlib
import statistics
import sys

from measurement import Unmeasured, check, table

GIB = 2**30
# Streams of memory, and what of torch's moves as many bytes the same way.
STREAMS = [("copy", "copy"), ("read", "sum"), ("write", "fill")]
# A workload of 1 GiB, the ceiling it is held against, and torch's name of it.
HELD = [("sum", "read", "sum"), ("transpose", "copy", "transpose"), ("softmax-f32", "copy", "softmax"),
        ("softmax-bf16", "copy", None), ("rms-norm-f32", "copy", "rms-norm"), ("rms-norm-bf16", "copy", None),
        ("layer-norm-f32", "copy", "layer-norm"), ("gelu-f32", "copy", "gelu"), ("gelu-bf16", "copy", None)]


class Case:
    """A measured case: its work, median time in ns, and SM clock in MHz."""

    def __init__(self, header, lines):
        self.id, self.workload, self.work = header["id"], header["workload"], header["work"]
        times = [sample for line in lines for series in line["series"] if series["metric"] == "time"
                 for sample in series["samples"]]
        clocks = [line["clock_mhz"] for line in lines if line["clock_mhz"]]
        self.time = statistics.median(times) if times else float("nan")
        self.clock = statistics.median(clocks) if clocks else float("nan")

    def amount(self, *kinds):
        """What the suite says an execution does of these kinds, summed."""
        return sum(self.work[kind] or 0 for kind in kinds)

    def rate(self, *kinds):
        """The same a second."""
        return self.amount(*kinds) / (self.time * 1e-9)

    def cycles(self):
        """SM cycles of one item."""
        return self.time / self.work["items"] * self.clock / 1e3


def lines_of(folder):
    """Each line about a case, of all processes of a record (docs/reference/record.md)."""
    for file in sorted(pathlib.Path(folder).glob("process-????.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            case = json.loads(line).get("case")
            if case is not None:
                yield case


def header_of(folder):
    """A record's header."""
    return json.loads((pathlib.Path(folder) / "run.json").read_text(encoding="utf-8"))


def cases(folder):
    """The measured cases of a record, in its order."""
    measured = {}
    for line in lines_of(folder):
        if line["outcome"] == "measured":
            measured.setdefault(line["case"], []).append(line)
    return [Case(header, measured[header["id"]]) for header in header_of(folder)["cases"] if header["id"] in measured]


def best(found, workload, *kinds):
    """The fastest case of a workload and of its sweep."""
    own = [case for case in found if case.workload in (workload, f"{workload}-sweep")]
    if not own:
        raise Unmeasured(f"{workload} was not measured")
    return max(own, key=lambda case: case.rate(*kinds))


def ceilings_of(folder):
    """Name of a ceiling to its best rate in bytes or operations a second."""
    found = {}
    headers = {header["id"]: header for header in header_of(folder)["cases"]}
    for case in cases(folder):
        for tag in headers[case.id]["tags"]:
            if tag.startswith("ceiling-"):
                kinds = ("flops",) if tag.startswith("ceiling-fp") else ("reads", "writes")
                found[tag[8:]] = max(found.get(tag[8:], 0), case.rate(*kinds))
    return found


def tera(rate):
    """Bytes or operations a second in units of 10^12."""
    return f"{rate / 1e12:.3f} T"


def streams(torch_file, ceilings, memory, reductions, transformer):
    """Show 1: streams reach 99 % of torch's, the other kernels 92 % of their ceiling."""
    torch = json.loads(pathlib.Path(torch_file).read_text(encoding="utf-8"))
    limits = ceilings_of(ceilings)
    found = cases(memory)
    rows = []
    for workload, theirs in STREAMS:
        own = best(found, workload, "reads", "writes")
        # Theirs moves 1 GiB each way, too.
        rate = (2 if theirs == "copy" else 1) * GIB / (torch[theirs] * 1e-9)
        share = own.rate("reads", "writes") / rate
        rows.append([own.id, tera(own.rate("reads", "writes")), tera(limits[workload]), tera(rate),
                     f"{100 * share:.2f} %"])
        check(share >= 0.99, f"1 {workload} against torch's {theirs}", f"{100 * share:.2f} %, 99 % at least")
    table(["stream", "B/s", "ceiling", "torch", "of torch"], rows)
    rows = []
    found = cases(reductions) + cases(transformer)
    for workload, ceiling, theirs in HELD:
        own = best(found, workload, "reads", "writes")
        share = own.rate("reads", "writes") / limits[ceiling]
        beside = "-"
        if theirs in torch:
            beside = tera((1 if theirs == "sum" else 2) * GIB / (torch[theirs] * 1e-9))
        rows.append([own.id, tera(own.rate("reads", "writes")), f"{100 * share:.1f} % of {ceiling}", beside])
        check(share >= 0.92, f"1 {workload}", f"{100 * share:.1f} % of {ceiling}, 92 % at least")
    table(["1 GiB", "B/s", "of ceiling", f"torch {torch['torch']}"], rows)


def hierarchy(ceilings, architecture, compute):
    """Show 2: what a step of each chase takes, and what each level moves. There is nothing to reach, only an order."""
    limits, found, instructions = ceilings_of(ceilings), cases(architecture), cases(compute)
    chases = [case for case in found if case.workload.startswith("latency")]
    chases += [case for case in instructions if case.workload == "latency"]
    table(["latency", "ns", "cycles"],
          [[case.id, f"{case.time / case.work['items']:.2f}", f"{case.cycles():.1f}"] for case in chases])
    rows = [[case.id, tera(case.rate("reads")), f"{case.rate('reads') / (case.clock * 1e6):.0f}"]
            for case in found if case.workload.startswith("b")]
    rows += [[f"ceiling {name}", tera(limits[name]), "-"] for name in ("read", "write", "copy", "l2", "shared")]
    table(["bandwidth", "B/s", "bytes a cycle of the GPU"], rows)
    rows = [[case.id, tera(case.rate(*(["flops"] if case.work["flops"] else ["items"]))),
             f"{case.rate(*(['flops'] if case.work['flops'] else ['items'])) / (case.clock * 1e6):.0f}"]
            for case in instructions if case.workload != "latency"]
    table(["throughput", "operations/s", "operations a cycle of the GPU"], rows)
    steps = [min(case.cycles() for case in chases if case.workload == f"latency-{level}")
             for level in ("shared", "l1", "l2", "memory")]
    check(all(a < b for a, b in zip(steps, steps[1:])), "2 each level takes longer than the one before",
          " < ".join(f"{step:.0f}" for step in steps) + " cycles")


def verified(*folders):
    """Show 3: every planned case was measured, and so verified, and what writes something has a digest."""
    for folder in folders:
        header, problems, without = header_of(folder), [], 0
        seen = {line["case"]: line for line in lines_of(folder)}
        for case in header["cases"]:
            line = seen.get(case["id"])
            if line is None or line["outcome"] != "measured":
                what = "was not measured" if line is None else json.dumps(line["outcome"])
                problems.append(f"{case['id']}: {what}")
            elif line["digest"] is None:
                without += 1
        for problem in problems:
            print(f"    {problem}"[:400])
        nothing = f", {without} of them without an output of their own" if without else ""
        check(not problems and header["cases"], f"3 {header['suite']}",
              f"{len(header['cases']) - len(problems)} of {len(header['cases'])} cases verified{nothing}")


def main(what, *arguments):
    """The show that the first argument names."""
    shows = {"streams": streams, "hierarchy": hierarchy, "verified": verified}
    shows[what](*arguments)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Unmeasured, OSError, KeyError, ValueError, statistics.StatisticsError) as error:
        print(f"FAILED  {' '.join(sys.argv[1:2])}: {type(error).__name__}: {error}")
