#!/usr/bin/env python3
"""Judges what `tests/gpu/measurement` measured: reads warpmark's records and NVBench's files, prints tables and checks.

    measurement.py agree RECORD PEER CLEAN WALL PEER_WALL   show 1: PEER, CLEAN: a folder of folders with r.json
    measurement.py spread RECORD GRAPHS PEER WALL PEER_WALL show 2
    measurement.py disjoint GRAPHS                          show 3
    measurement.py copy CEILINGS TORCH...                   show 4: TORCH: what torch_copy.py printed
    measurement.py flush CEILINGS SLOPES LINES              show 4: LINES: what flush.cu printed
    measurement.py telemetry ON... -- OFF...                show 5
    measurement.py energy RECORD                            show 6

A check is a line that begins with `ok` or `FAILED`. Plain Python, so that it runs everywhere.
"""
import array
import json
import math
import pathlib
import statistics
import sys

# The kernels of 40 us and more; `tiny` is the eighth.
SEVEN = ["copy", "triad", "reduce", "sgemm", "fma", "hist", "gather"]


class Unmeasured(Exception):
    """What a check needs isn't there."""


def check(passed, name, detail):
    """Prints the outcome of a check."""
    print(f"{'ok     ' if passed else 'FAILED '} {name}: {detail}")


def table(head, rows):
    """Prints rows under their head, each column as wide as it must be."""
    rows = [head] + rows
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        cells = [cell.ljust(width) if column == 0 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        print("    " + "  ".join(cells).rstrip())


def percent(share):
    """A share with its sign."""
    return f"{100 * share:+.3f} %"


def micro(nanoseconds):
    """Nanoseconds as microseconds."""
    return f"{nanoseconds / 1e3:.3f} us"


# What was measured.


def record(folder):
    """Case to metric to the valid samples of each process, of a record's folder (docs/reference/record.md)."""
    cases = {}
    for file in sorted(pathlib.Path(folder).glob("process-????.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            case = json.loads(line).get("case")
            if case is None:
                continue
            if case["outcome"] != "measured":
                raise Unmeasured(f"{case['case']} was not measured: {json.dumps(case['outcome'])}")
            metrics = cases.setdefault(case["case"], {})
            for series in case["series"]:
                if series["samples"]:
                    metrics.setdefault(series["metric"], []).append(series["samples"])
    if not cases:
        raise Unmeasured(f"{folder} holds no case")
    return cases


def work(folder):
    """Case to its stated work, of a record's header."""
    header = json.loads((pathlib.Path(folder) / "run.json").read_text(encoding="utf-8"))
    return {case["id"]: case["work"] for case in header["cases"]}


def times(cases, workload):
    """The processes' samples of the one case of a workload, in nanoseconds."""
    found = [case for case in cases if case.split("/")[0] == workload]
    if len(found) != 1:
        raise Unmeasured(f"{workload}: {len(found)} cases in place of 1")
    return cases[found[0]]["time"]


def nvbench(folder):
    """Benchmark to mean and samples of each process, in nanoseconds: a folder below holds one process' r.json."""
    found = {}
    for file in sorted(pathlib.Path(folder).glob("*/r.json")):
        for benchmark in json.loads(file.read_text(encoding="utf-8"))["benchmarks"]:
            for state in benchmark["states"]:
                summaries = {one["tag"]: {field["name"]: field["value"] for field in one["data"]}
                             for one in state.get("summaries") or []}
                mean = float(summaries["nv/cold/time/gpu/mean"]["value"]) * 1e9
                samples = array.array("f")
                samples.frombytes((file.parent / summaries["nv/json/bin:nv/cold/sample_times"]["filename"]).read_bytes())
                found.setdefault(benchmark["name"], []).append((mean, [sample * 1e9 for sample in samples]))
    if not found:
        raise Unmeasured(f"{folder} holds no r.json")
    return found


# What is computed of it.


def location(samples):
    """The log of the mean between the 5th and the 50th percentile, as docs/verdicts.md defines it."""
    ordered = sorted(samples)
    low, half = len(ordered) // 20, len(ordered) // 2
    return math.log(statistics.fmean(ordered[low:max(half, low + 1)]))


def grand_mean(processes):
    """The plain mean of all samples."""
    return statistics.fmean(sample for samples in processes for sample in samples)


def spread(processes):
    """The standard deviation of the location between processes, a share."""
    return statistics.stdev(location(samples) for samples in processes)


def student(tail, freedom):
    """The quantile of Student's t that `tail` lies above: its density summed by Simpson's rule, then bisected."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)

    def density(x):
        return scale * (1 + x * x / freedom) ** (-(freedom + 1) / 2)

    def above(x, steps=2000):
        width = x / steps
        inner = sum((4 if step % 2 else 2) * density(step * width) for step in range(1, steps))
        return 0.5 - (density(0) + inner + density(x)) * width / 3

    low, high = 0.0, 400.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) > tail else (low, middle)
    return low


def difference(first, second):
    """The mean of `first` less that of `second`, and half its 99 % interval (Welch)."""
    a, b = statistics.variance(first) / len(first), statistics.variance(second) / len(second)
    freedom = (a + b) ** 2 / (a * a / (len(first) - 1) + b * b / (len(second) - 1)) if a + b else 1e6
    return statistics.fmean(first) - statistics.fmean(second), student(0.005, freedom) * math.sqrt(a + b)


def slope(points):
    """The slope of the straight line nearest to (x, y) points."""
    x, y = (statistics.fmean(values) for values in zip(*points))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


# The shows.


def agree(folder, overwritten, peer, clean, wall, peer_wall):
    """Show 1: mean times of both tools, each after a flush that reads and after one that writes."""
    cases, written, as_it_is, reading = record(folder), record(overwritten), nvbench(peer), nvbench(clean)
    rows = []
    for kernel in SEVEN + ["tiny"]:
        case = "tiny/iterations=400"
        own, after_memset = (found[case]["time"] if kernel == "tiny" else times(found, kernel)
                             for found in (cases, written))
        means = [grand_mean(own), statistics.fmean(mean for mean, _ in reading[kernel]), grand_mean(after_memset),
                 statistics.fmean(mean for mean, _ in as_it_is[kernel])]
        rows.append([kernel, micro(means[0]), micro(means[1]), percent(means[0] / means[1] - 1), micro(means[2]),
                     micro(means[3]), percent(means[2] / means[3] - 1), percent(means[2] / means[0] - 1),
                     f"{100 * spread(own):.3f} %",
                     f"{100 * statistics.stdev(math.log(mean) for mean, _ in as_it_is[kernel]):.3f} %"])
        if kernel != "tiny":
            check(abs(means[0] / means[1] - 1) <= 0.005, f"1 {kernel}, both after a flush that reads",
                  percent(means[0] / means[1] - 1))
            check(abs(means[2] / means[3] - 1) <= 0.005, f"1 {kernel}, both after a memset: NVBench as it is",
                  percent(means[2] / means[3] - 1))
    table(["kernel", "warpmark", "NVBench, reading", "differs", "warpmark, memset", "NVBench", "differs",
           "memset over reading", "spread", "NVBench's means"], rows)
    print(f"    means; spread: between {len(times(cases, 'copy'))} processes of warpmark (locations), "
          f"{len(as_it_is['copy'])} of NVBench; NVBench with a flush that reads: {len(reading['copy'])} processes")
    print(f"    wall time: warpmark, 5 processes {wall} s; NVBench, 1 process {peer_wall} s")


def between(folder, graphs, peer, wall, peer_wall):
    """Show 2: the spread of the location between processes."""
    cases, theirs = record(folder), nvbench(peer)
    spreads = {kernel: spread(times(cases, kernel)) for kernel in SEVEN}
    for kernel, value in spreads.items():
        check(value <= 0.0025, f"2 spread of {kernel}", f"{100 * value:.3f} %, 0.25 % at most")
    median = statistics.median(spreads.values())
    check(median <= 0.0012, "2 median of the seven", f"{100 * median:.3f} %, 0.12 % at most")
    check(float(wall) <= float(peer_wall), "2 wall time of the suite at 5 processes",
          f"{wall} s; NVBench's single process {peer_wall} s")
    means = [math.log(mean) for mean, _ in theirs["tiny"]]
    own = statistics.stdev(means) if len(means) > 1 else math.nan
    tiny = spread(record(graphs)["tiny/iterations=400"]["time"])
    check(tiny <= 0.001, "2 spread of tiny by graph",
          f"{100 * tiny:.3f} %, 0.10 % at most; NVBench's means {100 * own:.3f} %")


def disjoint(graphs):
    """Show 3: 2 % more iterations of the shortest kernel."""
    cases = record(graphs)
    base, more = ([location(samples) for samples in cases[f"tiny/iterations={count}"]["time"]] for count in (400, 408))
    shift = statistics.fmean(more) - statistics.fmean(base)
    detail = (f"{math.exp(min(base)):.2f} to {math.exp(max(base)):.2f} ns against {math.exp(min(more)):.2f} to "
              f"{math.exp(max(more)):.2f} ns ({percent(math.expm1(shift))}), {len(base)} against {len(more)}")
    check(max(base) < min(more) and len(base) >= 10 and len(more) >= 10, "3 process values are disjoint", detail)


def copies(ceilings, *torch):
    """Show 4: a copy of 1 GiB against torch's."""
    cases = record(ceilings)
    own = {case: grand_mean(found["time"]) for case, found in cases.items() if case.startswith("copy/mib=1024/")}
    best = min(own, key=own.get)
    theirs = statistics.fmean(grand_mean([json.loads(pathlib.Path(file).read_text(encoding="utf-8"))["samples"]])
                              for file in torch)
    for case, mean in sorted(own.items()):
        print(f"    {case}: {micro(mean)}, {2 * 2**30 / mean / 1e3:.4f} TB/s, {percent(mean / theirs - 1)} of torch's")
    nearest = min(own.values(), key=lambda mean: abs(mean / theirs - 1))
    check(own[best] / theirs - 1 <= 0.01 and abs(nearest / theirs - 1) <= 0.01, "4 a copy of 1 GiB",
          f"the best {micro(own[best])} ({best}), torch {micro(theirs)}: {percent(own[best] / theirs - 1)}; the nearest "
          f"{percent(nearest / theirs - 1)}")


def best_rate(folder, workload):
    """The best rate of a workload's cases in bytes a nanosecond, by the mean."""
    cases, amounts = record(folder), work(folder)
    rates = [((amounts[case]["reads"] or 0) + (amounts[case]["writes"] or 0)) / grand_mean(found["time"])
             for case, found in cases.items() if case.split("/")[0] == workload]
    return max(rates)


def flush(ceilings, slopes, lines):
    """Show 4: what a flush leaves in the L2 cache."""
    cases, amounts = record(slopes), work(slopes)
    for state, ceiling, within in (("cold", "read", 0.10), ("hot", "l2-read", 0.15)):
        points = sorted((amounts[case]["reads"], grand_mean(found["time"])) for case, found in cases.items()
                        if case.startswith(f"{state}/"))
        for size, mean in points:
            print(f"    {state}: {size / 2**20:.2f} MiB in {micro(mean)}")
        rate, limit = 1 / slope(points), best_rate(ceilings, ceiling)
        check(abs(rate / limit - 1) <= within, f"4 slope of a {state} read",
              f"{rate / 1e3:.4f} TB/s, the ceiling {limit / 1e3:.4f} TB/s: {percent(rate / limit - 1)}")
    rows = []
    for line in pathlib.Path(lines).read_text(encoding="utf-8").splitlines():
        if line.startswith("{"):
            one = json.loads(line)
            read = one["read_ns"]
            rows.append([one["kernel"], micro(read), micro(one["memset_ns"]), percent(one["memset_ns"] / read - 1),
                         micro(one["memset_once_ns"]), percent(one["memset_once_ns"] / read - 1)])
    check(len(rows) == 5, "4 a memset flush beside the reading flush", f"{len(rows)} kernels")
    table(["kernel", "after a read", "after a memset", "differs", "memset of 1 x L2", "differs"], rows)


def telemetry(*folders):
    """Show 5: whether telemetry changes times."""
    middle = folders.index("--")
    sides = []
    for side in (folders[:middle], folders[middle + 1:]):
        values = {kernel: [] for kernel in SEVEN}
        for folder in side:
            cases = record(folder)
            for kernel in SEVEN:
                values[kernel] += [location(samples) for samples in times(cases, kernel)]
        sides.append(values)
    on, off = sides
    for kernel in SEVEN:
        shift, half = difference(on[kernel], off[kernel])
        detail = (f"{percent(math.expm1(shift - half))} to {percent(math.expm1(shift + half))}, {len(on[kernel])} "
                  f"processes with and {len(off[kernel])} without")
        inside = max(abs(math.expm1(shift - half)), abs(math.expm1(shift + half))) <= 0.003
        check(inside and min(len(on[kernel]), len(off[kernel])) >= 20, f"5 telemetry on {kernel}", detail)


def energy(folder):
    """Show 6: energy by windows of two lengths, and by power."""
    cases = record(folder)
    short, long = (cases[f"fma-{window}/blocks=1188/iterations=10000"] for window in ("2s", "4s"))
    for metric in ("energy", "energy-by-power"):
        if metric not in short or metric not in long:
            check(False, f"6 {metric}", "not measured")
            return
    two, four = grand_mean(short["energy"]), grand_mean(long["energy"])
    check(abs(four / two - 1) <= 0.02, "6 a window of 4 s against 2 s",
          f"{four * 1e3:.4f} mJ against {two * 1e3:.4f} mJ: {percent(four / two - 1)}")
    power = grand_mean(long["energy-by-power"])
    check(abs(four / power - 1) <= 0.05, "6 the counter against integrated power",
          f"{four * 1e3:.4f} mJ against {power * 1e3:.4f} mJ: {percent(four / power - 1)}")


def main(what, *arguments):
    """Runs one of the shows."""
    shows = {"agree": agree, "spread": between, "disjoint": disjoint, "copy": copies, "flush": flush,
             "telemetry": telemetry, "energy": energy}
    shows[what](*arguments)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Unmeasured, OSError, KeyError, ValueError, statistics.StatisticsError) as error:
        print(f"FAILED  {' '.join(sys.argv[1:2])}: {type(error).__name__}: {error}")
