"""Times `warpmark history` on a year of nights: a git repository with 365 nights x 1,000 cases.

    python3 tests/history/year.py WARPMARK [NIGHTS CASES]

WARPMARK is the built program. The baselines are written as `baseline save` writes them, one commit a night changes the
code and one the baselines; ten cases step by 5 % at night 200. Prints the size of the baselines, the time, and what
was found; fails unless exactly these ten are established.
"""
import datetime
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

program = str(pathlib.Path(sys.argv[1]).resolve())
nights, cases = (int(word) for word in sys.argv[2:4]) if len(sys.argv) > 3 else (365, 1000)
KEY = "a" * 64
STEP = 200 * nights // 365
random.seed(1)


def git(folder, *arguments):
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    environment = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, env=environment, check=True, capture_output=True)
    return done.stdout.decode().strip()


def value(case, night):
    """Location, body, upper and mean of five processes."""
    level = 9.0 + case / 1000 + (0.049 if case % 100 == 7 and night >= STEP else 0.0) + random.gauss(0, 0.001)
    out = []
    for _ in range(5):
        location = level + random.gauss(0, 0.0007)
        out.append([location, location + 0.001, location + 0.003, 2.718281828459045**location])
    return out


def run(night, commit):
    started = datetime.datetime(2025, 1, 1, 2) + datetime.timedelta(days=night)
    values = {
        f"copy/n={case}": {
            "kind": "mock",
            "method": {"name": "events", "executions": 1, "tick_ns": 32.0},
            "metrics": {"time": {"unit": "ns", "better": "lower", "processes": value(case, night)}},
        }
        for case in range(cases)
    }
    return started, {
        "format": 1, "run": started.strftime("%Y%m%dT%H%M%S.000Z-0000"), "started": started.isoformat() + "Z", "key": KEY,
        "commit": commit, "warpmark": "0.1.0", "method": "1", "cases": values,
    }


with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    runs = root / "baselines/memory/mock-aaaaaaaaaaaa.runs"
    runs.mkdir(parents=True)
    (runs.parent / "mock-aaaaaaaaaaaa.toml").write_text(
        f'format = 1\nsuite = "memory"\ndevice = "mock"\nkey = "{KEY}"\n\n[environment]\ngpu = "A"\n'
    )
    git(root, "init", "-q", "-b", "main")
    for night in range(nights):
        (root / "kernel.cu").write_text(f"// night {night}\n")
        git(root, "add", "kernel.cu")
        git(root, "commit", "-q", "-m", f"Change of night {night}")
        started, line = run(night, git(root, "rev-parse", "HEAD"))
        with open(runs / started.strftime("%Y-%m.jsonl"), "a") as file:
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
        git(root, "add", "baselines")
        git(root, "commit", "-q", "-m", "Nightly runs")
    size = sum(file.stat().st_size for file in runs.iterdir())
    print(f"{nights} nights x {cases} cases, {size / 1e6:.0f} MB of runs")
    for again in range(3):
        before, used = time.monotonic(), sum(os.times()[2:4])
        done = subprocess.run([program, "history", "memory", "--json"], cwd=root, check=True, capture_output=True)
        print(f"history: {time.monotonic() - before:.2f} s, {sum(os.times()[2:4]) - used:.2f} s of processor time")
    view = json.loads(done.stdout)
    series = view["machines"][0]["series"]
    found = [
        (one["case"], step["near"]["commits"][0]["subject"])
        for one in series
        for step in one["steps"]
        if step["status"] == "established"
    ]
    expected = [(f"copy/n={case}", f"Change of night {STEP}") for case in range(7, cases, 100)]
    others = sum(bool(one["steps"] or one["trends"]) for one in series) - len(found)
    print(f"established: {len(found)} steps; provisional findings besides: {others}")
    if sorted(found) != sorted(expected):
        sys.exit(f"found {found}, expected {expected}")
