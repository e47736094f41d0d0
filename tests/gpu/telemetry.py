"""What telemetry is worth on a GPU, and what it costs. Needs a GPU and the built program; changes no setting.

    telemetry.py energy                 windows of 4 s against 2 s, and against integrated power (energy.toml)
    telemetry.py cost SUITE [PROCESSES] runs with and without telemetry, a process each, interleaved

Prints a table; exits 1 where a limit is missed: 2 % and 5 % for energy, a 99 % interval inside +-0.3 % for the cost.
WARPMARK names the program, else target/release/warpmark.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = Path(os.environ.get("WARPMARK", HERE.parent.parent / "target/release/warpmark")).resolve()

# The 99.5 % point of Student's t by degrees of freedom; between two, the smaller number's.
T = {1: 63.66, 2: 9.925, 3: 5.841, 4: 4.604, 6: 3.707, 8: 3.355, 10: 3.169, 14: 2.977, 18: 2.878, 22: 2.819, 30: 2.750, 38: 2.712, 60: 2.660}


def run(suite, *arguments):
    """Runs a suite with its output in the current folder, and gives the cases of its record."""
    command = [PROGRAM, "run", suite, "--quiet", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "WARPMARK_CLOCKS": "observe"})
    if done.returncode:
        sys.exit(f"warpmark ended with {done.returncode}: {done.stderr}")
    view = json.loads(done.stdout)
    cases = []
    for path in sorted(Path(view["record"]).glob("process-????.jsonl")):
        lines = map(json.loads, path.read_text().splitlines())
        cases += [line["case"] for line in lines if "case" in line]
    return view, cases


def samples(case, metric):
    return next((series["samples"] for series in case["series"] if series["metric"] == metric), None)


def energy():
    view, cases = run(HERE / "energy.toml")
    print("labels:", ", ".join(label["name"] for label in view["labels"]))
    values, missed = {}, False
    for case in cases:
        for note in case["notes"]:
            print(f"{case['case']} process {case['process']}: {note}")
        found = {}
        for metric in ["energy", "energy-by-power", "power", "utilisation", "sm-activity", "sm-occupancy", "tensor-activity", "dram-activity"]:
            value = samples(case, metric)
            if value:
                found[metric] = value[0]
        values.setdefault(case["case"], []).append(found)
    for case, processes in sorted(values.items()):
        print(case)
        for metric in sorted({metric for found in processes for metric in found}):
            each = [found[metric] for found in processes if metric in found]
            mean = statistics.mean(each)
            spread = statistics.stdev(each) / mean * 100 if len(each) > 1 and mean else 0.0
            print(f"  {metric:16} {mean:12.6g}  spread {spread:6.3f} %  in {len(each)} processes")
    for steps in [2000, 10000]:
        sides = [[found["energy"] for found in values[f"{name}/steps={steps}"] if "energy" in found] for name in ["short", "long"]]
        if not all(sides):
            sys.exit("no energy was measured")
        short, long = map(statistics.mean, sides)
        by_power = statistics.mean(found["energy-by-power"] for found in values[f"long/steps={steps}"])
        between, check = long / short - 1, by_power / long - 1
        print(f"steps={steps}: 4 s against 2 s {between:+.3%}, integrated power against the counter {check:+.3%}")
        missed |= abs(between) > 0.02 or abs(check) > 0.05
    return missed


def location(values):
    """The log of the mean between the 5th and the 50th percentile, as docs/verdicts.md has it."""
    ordered = sorted(values)
    low, half = len(ordered) // 20, len(ordered) // 2
    return math.log(statistics.mean(ordered[low : max(half, low + 1)]))


def cost(suite, processes):
    sides = {"on": {}, "off": {}}
    for number in range(processes):
        order = ["on", "off"] if number % 2 == 0 else ["off", "on"]
        for side in order:
            extra = ["--no-telemetry"] if side == "off" else []
            _, cases = run(suite, "--processes", "1", "--seed", str(number + 1), *extra)
            for case in cases:
                time = samples(case, "time")
                if time:
                    sides[side].setdefault(case["case"], []).append(location(time))
    missed = False
    for case in sorted(sides["on"]):
        on, off = sides["on"][case], sides["off"].get(case, [])
        if len(on) < 2 or len(off) < 2:
            print(f"{case:40} too few processes")
            missed = True
            continue
        shift = statistics.mean(on) - statistics.mean(off)
        error = math.sqrt(statistics.variance(on) / len(on) + statistics.variance(off) / len(off))
        freedom = max(n for n in T if n <= max(1, min(len(on), len(off)) - 1))
        half = T[freedom] * error
        good = -0.003 < shift - half and shift + half < 0.003
        missed |= not good
        print(f"{case:40} {shift:+.4%} +- {half:.4%}  {'ok' if good else 'MISSED'}")
    return missed


def main():
    arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        if arguments[:1] == ["energy"]:
            os.chdir(folder)
            return energy()
        if arguments[:1] == ["cost"] and len(arguments) in (2, 3):
            suite = Path(arguments[1]).resolve()
            os.chdir(folder)
            return cost(suite, int(arguments[2]) if len(arguments) == 3 else 20)
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
