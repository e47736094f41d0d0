"""Makes blocks.json: analysis of variance by least squares on design matrices, with F from SciPy.

    python3 make_blocks.py

Nothing of how the program computes it is used here: the sums of squares are those of nested linear models. The seed
is fixed, so a second run gives the same file.
"""
import json
import pathlib

import numpy as np
import scipy
from scipy import stats


def residual_squares(design, values):
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return float(((values - fitted) ** 2).sum())


def analyse(values):
    """values [blocks, 2 sides, repetitions] -> shift, error, degrees of freedom, interacts."""
    blocks, _, each = values.shape
    block, side, _ = np.indices(values.shape).reshape(3, -1)
    y = values.reshape(-1)
    additive = np.column_stack([block == k for k in range(blocks)] + [side]).astype(float)
    full = np.column_stack([(block == k) & (side == s) for k in range(blocks) for s in (0, 1)]).astype(float)
    within = residual_squares(full, y)
    interaction = residual_squares(additive, y) - within
    few, many = blocks - 1, 2 * blocks * (each - 1)
    p = stats.f.sf((interaction / few) / (within / many), few, many)
    if p < 0.01:
        square, freedom = interaction / few, few
    else:
        square, freedom = (interaction + within) / (few + many), few + many
    shift = float(values[:, 1].mean() - values[:, 0].mean())
    return shift, square * 2 / (blocks * each), freedom, bool(p < 0.01)


def main():
    rng = np.random.default_rng(20261125)
    rows = []
    for number in range(200):
        blocks, each = int(rng.integers(2, 13)), 2 if number % 4 else int(rng.integers(2, 5))
        values = rng.normal(0, 1e-3, (blocks, 2, each)) + rng.normal(0, 0.02, (blocks, 1, 1)) + 5
        values[:, 1] += rng.normal(0, 2e-3)
        if number % 3 == 0:
            values[:, 1] += rng.normal(0, 4e-3, (blocks, 1))
        shift, error, freedom, interacts = analyse(values)
        rows.append({"values": values.tolist(), "shift": shift, "error": error, "freedom": freedom,
                     "interacts": interacts})
    print(sum(row["interacts"] for row in rows), "of", len(rows), "interact")
    table = {"scipy": scipy.__version__, "numpy": np.__version__, "rows": rows}
    pathlib.Path(__file__).with_name("blocks.json").write_text(json.dumps(table, separators=(",", ":")) + "\n")


main()
