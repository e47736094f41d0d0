"""Makes history.json: what SciPy and NumPy say of slopes, shifts, normal scores and splits, 200 random cases each.

    python3 make_history_tables.py

Nothing of either is imported at test time: the table holds values alone. The seed is fixed, so a second run gives
the same file.
"""
import json
import pathlib

import numpy as np
import scipy
from scipy import stats

OUT = pathlib.Path(__file__).parent / "history.json"
COUNT = 200


def floats(values):
    return [float(value) for value in np.ravel(values)]


def series(rng):
    """A series with a step or a slope or neither, and ties in one case of four."""
    n = int(rng.integers(10, 60))
    y = rng.normal(0, 1, n) + rng.choice([0, 0.1]) * np.arange(n)
    y[int(rng.integers(0, n)) :] += rng.choice([0, 2])
    return np.round(y, 1 if rng.uniform() < 0.25 else 4)


def slopes(rng):
    y = series(rng)
    x = np.cumsum(rng.integers(0, 3, len(y)) if rng.uniform() < 0.3 else np.round(rng.uniform(0.5, 2, len(y)), 3))
    confidence = float(rng.choice([0.9, 0.95, 0.99, 0.999]))
    found = stats.theilslopes(y, x, alpha=confidence, method="separate")
    return {
        "x": floats(x), "y": floats(y), "confidence": confidence, "slope": float(found.slope),
        "intercept": float(found.intercept), "low": float(found.low_slope), "high": float(found.high_slope),
    }


def tau(rng):
    """Kendall's asymptotic p without ties is that of the score by its normal approximation."""
    y = rng.normal(0, 1, int(rng.integers(10, 60)))
    y = np.round(y + rng.choice([0, 0.02, 0.1]) * np.arange(len(y)), 6)
    assert len(np.unique(y)) == len(y)
    return {"y": floats(y), "p": float(stats.kendalltau(np.arange(len(y)), y, method="asymptotic").pvalue)}


def scores(y):
    ranks = stats.norm.ppf((np.arange(1, len(y) + 1) - 0.5) / len(y))
    order = np.argsort(y, kind="stable")
    out = np.empty(len(y))
    out[order] = ranks
    for value in np.unique(y):
        out[y == value] = out[y == value].mean()
    return out


def split(rng):
    """Every split by the two-sample test of the scores, its variance from all permutations."""
    y = series(rng)
    a, n = scores(y), len(y)
    z = []
    for k in range(5, n - 4):
        variance = k * (n - k) / (n * (n - 1)) * np.sum((a - a.mean()) ** 2)
        z.append(abs(np.sum(a[:k]) - k * a.mean()) / np.sqrt(variance))
    best = int(np.argmax(z))
    at = best + 5
    left = y - np.where(np.arange(n) < at, np.median(y[:at]), np.median(y[at:]))
    b = scores(left)
    return {
        "y": floats(y), "at": at, "statistic": float(z[best]), "runner_up": float(np.sort(z)[-2]) if len(z) > 1 else 0.0,
        "left": float(np.sum(b[1:] * b[:-1]) / np.sum(b * b)),
    }


def shift(rng):
    a, b = (np.round(rng.normal(mean, 1, int(rng.integers(5, 40))), 4) for mean in (0, 1))
    differences = np.sort(np.subtract.outer(b, a).ravel())
    m, n = len(a), len(b)
    confidence = float(rng.choice([0.9, 0.95, 0.99]))
    out = max(int(m * n / 2 - stats.norm.isf((1 - confidence) / 2) * np.sqrt(m * n * (m + n + 1) / 12)), 0)
    return {
        "before": floats(a), "after": floats(b), "confidence": confidence, "shift": float(np.median(differences)),
        "low": float(differences[out]), "high": float(differences[-1 - out]),
    }


rng = np.random.default_rng(20261125)
table = {"scipy": scipy.__version__, "numpy": np.__version__}
for name, make in {"slopes": slopes, "tau": tau, "splits": split, "shifts": shift}.items():
    table[name] = [make(rng) for _ in range(COUNT)]
OUT.write_text(json.dumps(table, separators=(",", ":")) + "\n")
print(f"{OUT.name}: {OUT.stat().st_size:,} bytes")
