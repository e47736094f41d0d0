#!/usr/bin/env python3
"""How often unchanged code is called changed when the card changes: `cards.py RECORDS...`, which are the records.tgz of
`tests/gpu/baselines`, each from another card.

Every run in turn is the candidate, and the others are its baseline, saved and compared by warpmark itself (WARPMARK, or
target/release/warpmark), in a clone of this repository. Prints a Markdown table, a line for each verdict that is a false
one, and why cases were inconclusive. Nothing here needs a GPU.
"""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("WARPMARK", str(ROOT / "target/release/warpmark"))
QUIET = {"unchanged", "inconclusive", "incomparable", "new", "missing", "unsupported"}
COLUMNS = ["unchanged", "inconclusive", "incomparable", "regressed", "regressed-spread", "crept", "suspect", "improved"]
# What saves runs with a filter or overrides: those of tests/gpu/baselines have the former.
ALLOW = ["--allow-partial", "--allow-overrides", "--allow-dirty", "--allow-failed"]
# A beginning of a reason, and what it is called here.
REASONS = [
    ("power holds", "power holds its clock down"),
    ("its runs in the base lie", "its runs lie far apart"),
    ("could have found", "too few runs or processes for its spread"),
]


def warpmark(folder, *arguments):
    return subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True)


def suites(run):
    return sorted(path.name for path in run.glob(".warpmark/runs/*"))


def judged(clone, runs, candidate, suite):
    """The judgements on one run's record of a suite by the others; none where no other has one."""
    subprocess.run("rm -rf baselines .warpmark && mkdir -p .warpmark/runs", shell=True, cwd=clone, check=True)
    for run in runs:
        if run != candidate and suite in suites(run):
            subprocess.run(["cp", "-r", str(run / ".warpmark/runs" / suite), ".warpmark/runs/"], cwd=clone, check=True)
    saved = warpmark(clone, "baseline", "save", "--suite", suite, *ALLOW)
    if saved.returncode:
        print(f"{suite}: {saved.stderr.strip()}", file=sys.stderr)
        return []
    record = next((candidate / ".warpmark/runs" / suite).iterdir())
    said = warpmark(clone, "compare", str(record), "--against", "baselines", "--json")
    return json.loads(said.stdout)["judgements"]


def why(judgement):
    reasons = " ".join(judgement["reasons"])
    return next((name for start, name in REASONS if start in reasons), "other")


def main(archives):
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        subprocess.run(["git", "clone", "-q", str(ROOT), str(work / "clone")], check=True)
        runs = []
        for number, archive in enumerate(archives):
            runs.append(work / str(number))
            tarfile.open(archive).extractall(runs[-1], filter="data")
        verdicts, false, unsure = collections.defaultdict(collections.Counter), [], collections.Counter()
        counts = collections.Counter(suite for run in runs for suite in suites(run))
        for suite in sorted(counts):
            for run in (run for run in runs if suite in suites(run)):
                for found in judged(work / "clone", runs, run, suite):
                    verdicts[suite][found["verdict"]] += 1
                    if found["verdict"] == "inconclusive":
                        unsure[suite, why(found)] += 1
                    elif found["verdict"] not in QUIET:
                        change = (found["change"] or {}).get("estimate", 0)
                        false.append(f"{suite} {found['case']} {found['metric']}: {found['verdict']}, {100 * change:+.2f} %")
        print("| suite | runs, a card each | disjoint pairs | " + " | ".join(COLUMNS) + " |")
        print("|---|" + "---:|" * (len(COLUMNS) + 2))
        for suite, count in sorted(counts.items()):
            cells = [str(verdicts[suite][column]) for column in COLUMNS]
            print(f"| `{suite}` | {count} | {count // 2} | " + " | ".join(cells) + " |")
        print()
        for line in false:
            print("- " + line)
        for (suite, reason), count in sorted(unsure.items()):
            print(f"- inconclusive in {suite}, {reason}: {count}")


if __name__ == "__main__":
    main(sys.argv[1:])
