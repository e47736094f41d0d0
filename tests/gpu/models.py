#!/usr/bin/env python3
"""Tables of `run --json` of suites/models.toml: `models.py [--check] FILE...`.

With `--check` the program fails unless every case of every file was measured, with memory, energy and their costs.
"""
import json
import sys


def unit_of(cost, item):
    """The unit cost of `item`, an empty one where there is none."""
    return next((unit for unit in cost.get("units", []) if unit["item"] == item), {})


def value(figure, factor=1.0):
    """Four digits of a figure, or - where it isn't known."""
    if isinstance(figure, dict):
        figure = figure.get("value", figure.get("summary", {}).get("median"))
    return "-" if figure is None else "%.4g" % (figure * factor)


def rows(run):
    """A row a case: its id, then figures in the order of the head."""
    costs = {cost["case"]: cost for cost in (run["cost"] or {"cases": []})["cases"]}
    for case in run["cases"]:
        found = {metric["metric"]: metric for metric in case["metrics"]}
        cost = costs.get(case["case"], {})
        items, tokens = unit_of(cost, "items"), unit_of(cost, "tokens")
        yield [
            case["case"] if case["outcome"] == "measured" else case["case"] + " " + case["outcome"],
            value(found.get("time"), 1e-6),
            value(found.get("first-token"), 1e-6),
            value(found.get("next-token"), 1e-6),
            value(items.get("per_second_per_gpu")),
            value(tokens.get("per_second_per_gpu")),
            value(found.get("memory"), 1e-9),
            value(items.get("joules_per_item")),
            value(items.get("per_million")),
            value(tokens.get("per_million")),
        ]


HEAD = [
    "case", "ms", "first token ms", "next token ms", "items/s", "tokens/s", "GB", "J/item", "USD/1e6 items", "USD/1e6 tokens",
]


def table(runs):
    """All rows under one head, in columns."""
    lines = [HEAD] + [row for run in runs for row in rows(run)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    for line in lines:
        first, rest = line[0].ljust(widths[0]), zip(line[1:], widths[1:])
        print(first, *(cell.rjust(width) for cell, width in rest), sep="  ")


def problems(run):
    """What a run on a GPU lacks, in words."""
    for row in rows(run):
        # Columns that every model has: time, items a second, memory, energy, cost.
        lacking = [HEAD[column] for column in (1, 4, 6, 7, 8) if row[column] == "-"]
        if lacking:
            yield "%s lacks %s" % (row[0], ", ".join(lacking))


def main():
    """Prints the table, or what is missing."""
    files = [name for name in sys.argv[1:] if name != "--check"]
    runs = [json.load(open(name, encoding="utf-8")) for name in files]
    if "--check" not in sys.argv:
        table(runs)
        return
    found = [problem for run in runs for problem in problems(run)]
    found += ["%s has no case" % name for name, run in zip(files, runs) if not run["cases"]]
    sys.exit("\n".join(found) if found else 0)


main()
