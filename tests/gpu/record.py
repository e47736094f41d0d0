#!/usr/bin/env python3
"""What a record says, a line each: `digests FOLDER` (case and digest), `failures FOLDER` (case and kind), `methods
FOLDER` (case, method, executions), `notes FOLDER` (case and note), `times FOLDER` (case, median of its processes' medians
in us, how far the processes' medians lie apart in percent, void samples)."""
import json
import pathlib
import statistics
import sys


def cases(folder):
    for file in sorted(pathlib.Path(folder).glob("process-*.jsonl")):
        for line in file.read_text().splitlines():
            case = json.loads(line).get("case")
            if case:
                yield case


def times(folder):
    medians, void = {}, {}
    for case in cases(folder):
        for series in case["series"][:1]:
            medians.setdefault(case["case"], []).append(statistics.median(series["samples"]))
            void[case["case"]] = void.get(case["case"], 0) + len(series.get("void", []))
    for name, values in sorted(medians.items()):
        middle = statistics.median(values)
        apart = (max(values) - min(values)) / middle * 100
        yield f"{name} {middle / 1e3:.3f} {apart:.2f} {void[name]}"


def main(what, folder):
    lines = set(times(folder)) if what == "times" else set()
    for case in cases(folder):
        failed = case["outcome"].get("failed") if isinstance(case["outcome"], dict) else None
        if what == "digests" and case["digest"]:
            lines.add(f"{case['case']} {case['digest']}")
        elif what == "failures" and failed:
            lines.add(f"{case['case']} {failed['kind']}")
        elif what == "methods" and case["method"]:
            lines.add(f"{case['case']} {case['method']['name']} {case['method']['executions']}")
        elif what == "notes":
            lines.update(f"{case['case']} {note}" for note in case["notes"])
    for line in sorted(lines):
        print(line)


main(*sys.argv[1:])
