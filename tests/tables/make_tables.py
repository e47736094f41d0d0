"""Makes the tables of this folder: values of SciPy, and verdicts of the reference rule, that the tests must equal.

    python3 make_tables.py RULE DATA

RULE is the reference rule in NumPy (rule.py), DATA the folder of recorded timings (card-a.json.gz, ...). Nothing of
either is imported at test time: the tables hold values alone. Seeds are fixed, so a second run gives the same files.
"""
import gzip
import importlib.util
import json
import pathlib
import sys

import numpy as np
import scipy
from scipy import special, stats

OUT = pathlib.Path(__file__).parent
COUNT = 200
CARDS = ("card-a", "card-b", "card-c")
VERSIONS = {"scipy": scipy.__version__, "numpy": np.__version__}


def load_rule(path):
    spec = importlib.util.spec_from_file_location("rule", path)
    rule = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rule)
    return rule


def write(name, table):
    path = OUT / name
    path.write_text(json.dumps(table, separators=(",", ":")) + "\n")
    print(f"{name}: {path.stat().st_size:,} bytes")


def floats(values):
    return [float(value) for value in np.ravel(values)]


def fisher_isf(p, d1, d2):
    """By the inverse beta function: stats.f.isf of SciPy 1.17.1 is off by 3e-9 in far tails, by its own sf."""
    y = special.betaincinv(d2 / 2, d1 / 2, p)
    f = d2 * (1 - y) / (d1 * y)
    assert np.all(np.abs(stats.f.sf(f, d1, d2) / p - 1) < 1e-11)
    return f


def tails(rng):
    """Arguments that reach from the middle to the far tails."""
    t = np.concatenate([rng.normal(0, 2, COUNT // 2), rng.normal(0, 1, COUNT // 2) * 10 ** rng.uniform(0, 3, COUNT // 2)])
    df = np.concatenate([rng.integers(1, 60, COUNT // 2), np.round(10 ** rng.uniform(0, 3.3, COUNT // 2), 3)])
    p = 10 ** rng.uniform(-12, np.log10(0.5), COUNT)
    d1, d2 = rng.integers(1, 60, COUNT), np.round(10 ** rng.uniform(0.3, 2.5, COUNT), 3)
    f = 10 ** rng.uniform(-1, 2.5, COUNT)
    columns = lambda *arrays: [list(map(float, row)) for row in zip(*arrays)]
    return {
        "student_sf": columns(t, df, stats.t.sf(t, df)),
        "student_quantile": columns(p, df, stats.t.isf(p, df)),
        "student_99": columns(df, stats.t.ppf(0.995, df)),
        "fisher_sf": columns(f, d1, d2, stats.f.sf(f, d1, d2)),
        "fisher_quantile": columns(p, d1, d2, fisher_isf(p, d1, d2)),
        "fisher_999": columns(d1, d2, stats.f.ppf(0.999, d1, d2)),
    }


def discoveries(rng):
    out = []
    for _ in range(COUNT):
        p = rng.uniform(0, 1, rng.integers(1, 25)) ** rng.integers(1, 6)
        p[rng.uniform(size=len(p)) < 0.1] = p[0]  # ties
        q = float(rng.choice([0.005, 0.01, 0.05, 0.2]))
        out.append({"p": floats(p), "q": q, "rejected": [bool(x) for x in stats.false_discovery_control(p) <= q]})
    return out


def variances(rng, rule):
    moderated, sums = [], []
    for _ in range(COUNT):
        k, timed = int(rng.integers(2, 12)), float(10 ** rng.uniform(3.5, 6.5))
        y = rng.normal(10, 10 ** rng.uniform(-4, -1.5), k)
        v, df = rule.shrunk(y[:, None], np.array([timed]))
        moderated.append({"values": floats(y), "timed_ns": timed, "variance": float(v[0]), "freedom": float(df[0])})
        v, df = 10 ** rng.uniform(-8, -2, 3), rng.uniform(1, 60, 3)
        sums.append({"variances": floats(v), "freedoms": floats(df), "variance": float(v.sum()),
                     "freedom": float(v.sum() ** 2 / (v**2 / df).sum())})
    return moderated, sums


def summaries(rng):
    means, quantiles = [], []
    for _ in range(COUNT):
        k, n = int(rng.integers(2, 8)), int(rng.integers(1, 6))
        x = rng.gamma(4, 100, (k, n)) + rng.normal(0, 20, (k, 1))
        m = x.mean(1)
        low, high = stats.t.interval(0.99, k - 1, m.mean(), stats.sem(m))
        means.append({"processes": x.tolist(), "mean": float(x.mean()), "low": float(low), "high": float(high)})
        x = np.sort(rng.normal(0, 1, rng.integers(1, 30)))
        shares = [0.05, 0.5, 0.95, 0.99, float(rng.uniform())]
        quantiles.append({"sorted": floats(x), "shares": shares, "values": floats(np.quantile(x, shares))})
    return means, quantiles


def process_values(rng, rule):
    out = []
    for _ in range(COUNT):
        x = rng.integers(1000, 1200, rng.integers(1, 60)) * np.where(rng.uniform() < 0.2, 10, 1)
        location, body, upper = rule.values(x)
        out.append({"samples": floats(x), "location": float(location), "body": float(body), "upper": float(upper)})
    return out


def gammas(rng):
    x = 10 ** rng.uniform(-2, 3, COUNT)
    return {"trigamma": [[float(a), float(b)] for a, b in zip(x, special.polygamma(1, x))],
            "digamma": [[float(a), float(b)] for a, b in zip(x, special.digamma(x))]}


def upper_bounds(rng):
    """Clopper and Pearson's one-sided 95 % bound: of whole counts that of stats.binomtest, between them of the beta."""
    out = []
    for _ in range(COUNT):
        n = int(rng.integers(1, 60))
        seen = float(rng.integers(0, n)) if rng.random() < 0.5 else float(rng.uniform(0, n - 0.01))
        bound = float(stats.beta.ppf(0.95, seen + 1, n - seen))
        if seen == int(seen):
            assert abs(bound - stats.binomtest(int(seen), n).proportion_ci(0.90, method="exact").high) < 1e-9
        out.append([seen / n, float(n), bound])
    return out


def statistics(rule):
    rng = np.random.default_rng(1)
    table = dict(VERSIONS) | tails(rng)
    table["benjamini_hochberg"] = discoveries(rng)
    table["moderated"], table["satterthwaite"] = variances(rng, rule)
    table["mean_interval"], table["quantile"] = summaries(rng)
    table["process_values"] = process_values(rng, rule)
    rng = np.random.default_rng(3)
    return table | gammas(rng) | {"upper_bound": upper_bounds(rng)}


class Recording:
    """The process values of a card, rounded to what the table holds: [value, process, kernel, level]."""

    def __init__(self, rule, path):
        self.ticks, self.kernels = rule.load(path)
        self.values = np.round(rule.values(self.ticks), 12)


def sides(rng, cards, name):
    """Base and candidate of a draw: five processes of one card a side, disjoint, or one card a side."""
    if name == "across":
        names = list(rng.permutation(CARDS)[:2])
        return names, [rng.permutation(cards[n].values.shape[1])[:5] for n in names]
    card = str(rng.choice(CARDS))
    s = rng.permutation(cards[card].values.shape[1])[:10]
    return [card, card], [s[:5], s[5:]]


def levels(rng, name, kernels):
    """The levels of base and candidate by kernel (0 and 1 are both the base)."""
    quiet = rng.integers(0, 2, kernels)
    base = np.zeros(kernels, int)
    if name in ("all +1%", "all +2%", "all +5%", "swapped"):
        level = {"all +1%": 2, "all +2%": 3, "all +5%": 4}.get(name) or int(rng.integers(2, 5))
        return (np.full(kernels, level), base) if name == "swapped" else (base, np.full(kernels, level))
    if name in ("lone +1%", "lone +2%"):
        quiet[rng.integers(0, kernels)] = 2 if name == "lone +1%" else 3
    return base, quiet


SCENARIOS = ("A/A", "all +1%", "all +2%", "all +5%", "lone +1%", "lone +2%", "tail", "disturbed", "swapped", "across",
             "run effects")


def draw(rng, rule, cards, name):
    names, chosen = sides(rng, cards, name)
    kernels = len(cards["card-a"].kernels)
    level = levels(rng, name, kernels)
    both = [cards[n].values[:, s][:, :, np.arange(kernels), l] for n, s, l in zip(names, chosen, level)]
    out = {"scenario": name, "cards": names, "processes": [s.tolist() for s in chosen],
           "levels": [l.tolist() for l in level], "between_run": 0.001 if name in ("across", "run effects") else 0.0}
    if name == "tail":
        ticks = cards[names[1]].ticks[chosen[1]][:, np.arange(kernels), level[1]].astype(float)
        share, size = rng.choice([0.1, 0.25, 0.4]), rng.choice([0.05, 0.1, 0.5])
        both[1] = np.round(rule.values(np.where(rng.random(ticks.shape) < share, ticks * (1 + size), ticks)), 12)
        out["candidate"] = both[1].tolist()
    if name in ("disturbed", "run effects"):
        shift = np.zeros((5, kernels))
        if name == "disturbed":
            shift[: rng.integers(1, 5)] = np.log1p(rng.choice([0.01, 0.03, 0.05]))
        else:
            shift[:] = rng.normal(0, 0.002, kernels)
        shift = np.round(shift, 12)
        both[1] = both[1] + shift
        out["shift"] = shift.tolist()
    out["codes"] = [int(code) for code in rule.decide(both[0], both[1], out["between_run"])]
    return out


def verdicts(rule, cards):
    rng = np.random.default_rng(2)
    draws = [draw(rng, rule, cards, name) for _ in range(24) for name in SCENARIOS]
    seen = {code: sum(d["codes"].count(code) for d in draws) for code in (1, 2, 3, -1, 0, 9)}
    print(f"{len(draws)} draws, verdict codes {seen}")
    table = dict(VERSIONS) | {"tick_ns": rule.TICK, "kernels": cards["card-a"].kernels}
    table["cards"] = {name: card.values.tolist() for name, card in cards.items()}
    return table | {"draws": draws}


def main():
    rule, data = load_rule(sys.argv[1]), pathlib.Path(sys.argv[2])
    cards = {name: Recording(rule, data / f"{name}.json.gz") for name in CARDS}
    write("statistics.json", statistics(rule))
    write("verdicts.json", verdicts(rule, cards))


if __name__ == "__main__":
    main()
