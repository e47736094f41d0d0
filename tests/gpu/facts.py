"""Holds what `warpmark env --device cuda:0 --json` says of a GPU (FILE) against nvidia-smi: `facts.py FILE`."""

import json
import subprocess
import sys

# The group of a fact, its name, and nvidia-smi's.
SAME = [
    ("comparability", "gpu", "name"),
    ("comparability", "driver", "driver_version"),
    ("comparability", "max-sm-mhz", "clocks.max.sm"),
    ("comparability", "max-memory-mhz", "clocks.max.mem"),
    ("comparability", "power-limit-w", "power.limit"),
    ("context", "power-limit-enforced-w", "enforced.power.limit"),
    ("context", "gpu-uuid", "uuid"),
    ("context", "gpu-pci-bus-id", "pci.bus_id"),
    ("context", "vbios", "vbios_version"),
    ("context", "persistence-mode", "persistence_mode"),
    ("context", "compute-mode", "compute_mode"),
    ("context", "mig-mode", "mig.mode.current"),
]
# Measured: near each other, and never in the key.
NEAR = [
    ("gpu-temperature-c", "temperature.gpu", 5),
    ("power-w", "power.draw.instant", 60),
    ("memory-mhz", "clocks.mem", 1),
]


def asked(uuid, fields):
    """What nvidia-smi says of each field."""
    query = ["nvidia-smi", f"--id={uuid}", "--query-gpu=" + ",".join(fields), "--format=csv,noheader,nounits"]
    line = subprocess.run(query, check=True, capture_output=True, text=True).stdout
    return [word.strip() for word in line.strip().split(", ")]


def equal(ours, theirs):
    """Whether a fact is the same in both."""
    if isinstance(ours, (int, float)) and not isinstance(ours, bool):
        return float(theirs) == ours
    return str(ours).lower() == theirs.lower()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        facts = json.load(file)
    uuid = facts["context"]["gpu-uuid"]
    wrong = 0
    for (group, name, field), theirs in zip(SAME, asked(uuid, [field for _, _, field in SAME])):
        ours = facts[group].get(name)
        wrong += not equal(ours, theirs)
        print(f"{'same ' if equal(ours, theirs) else 'WRONG'} {name}: {ours}; nvidia-smi: {theirs}")
    for (name, field, within), theirs in zip(NEAR, asked(uuid, [field for _, field, _ in NEAR])):
        ours = facts["context"].get(name)
        near = isinstance(ours, (int, float)) and abs(ours - float(theirs)) <= within
        near = near and name not in facts["comparability"]
        wrong += not near
        print(f"{'near ' if near else 'WRONG'} {name}: {ours}; nvidia-smi: {theirs}")
    sys.exit(wrong > 0)


main()
