#!/usr/bin/env python3
"""What a record says, a line each: `digests FOLDER` (case and digest), `failures FOLDER` (case and kind)."""
import json
import pathlib
import sys


def cases(folder):
    for file in sorted(pathlib.Path(folder).glob("process-*.jsonl")):
        for line in file.read_text().splitlines():
            case = json.loads(line).get("case")
            if case:
                yield case


def main(what, folder):
    lines = set()
    for case in cases(folder):
        failed = case["outcome"].get("failed") if isinstance(case["outcome"], dict) else None
        if what == "digests" and case["digest"]:
            lines.add(f"{case['case']} {case['digest']}")
        elif what == "failures" and failed:
            lines.add(f"{case['case']} {failed['kind']}")
    for line in sorted(lines):
        print(line)


main(*sys.argv[1:])
