"""Whether the clocks, the timer and the occupancies in a record can be a GPU's: `clock.py FOLDER ENV.json`."""

import json
import pathlib
import statistics
import sys

WRONG = []


def expect(holds, text):
    """Notes what holds and what doesn't."""
    print(f"{'ok   ' if holds else 'WRONG'} {text}")
    if not holds:
        WRONG.append(text)


def lines(folder):
    for file in sorted(pathlib.Path(folder).glob("process-*.jsonl")):
        for line in file.read_text().splitlines():
            yield json.loads(line)


def main(folder, environment):
    with open(environment, encoding="utf-8") as file:
        highest = json.load(file)["comparability"].get("max-sm-mhz")
    ends = [line["end"] for line in lines(folder) if "end" in line]
    cases = [line["case"] for line in lines(folder) if "case" in line]
    cases = [case for case in cases if case["outcome"] == "measured" and "occupancy" in case]
    for end in ends:
        probes, timer = end.get("probes_mhz", []), end["timer"]
        expect(len(probes) in (2, 3), f"process {end['process']}: probes {probes}, {end['probed_ns'] * 1e-6:.0f} ms in all")
        expect(0 < timer["tick_ns"] < 1100, f"process {end['process']}: {timer}")
        expect(0 < timer["empty_pair_ns"] < timer["empty_kernel_ns"] < 20_000, "an empty kernel takes longer than nothing")
    # Cards whose NVML says 1,980 at most were seen at 1,995 by their own counters.
    probe = statistics.median(mhz for end in ends for mhz in end["probes_mhz"])
    expect(highest is None or 200 < probe <= highest * 1.01, f"the probes' median {probe:.2f} MHz, about {highest} at most")
    spread = max(abs(mhz / probe - 1) for end in ends for mhz in end["probes_mhz"])
    print(f"      probes differ from their median by {spread * 100:.3f} % at most")
    for case in cases:
        clocks = [group.get("clock_mhz") for group in case["groups"]]
        known = clocks and all(clocks)
        near = known and max(abs(clock / probe - 1) for clock in clocks) < 0.1
        shown = ", ".join(f"{clock:.1f}" for clock in clocks if clock)
        expect(near, f"{case['case']} {case['process']}: groups at {shown} MHz, {case['warm_up']} to warm up {case['notes']}")
        expect(case["occupancy"]["limited_by"], f"{case['case']}: {case['occupancy']}")
    sys.exit(len(WRONG) > 0)


main(*sys.argv[1:])
