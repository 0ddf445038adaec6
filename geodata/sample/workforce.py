"""Who works in an enterprise and what it pays: migrants and payroll, invented like everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# Section -> (typical share of migrant workers, mean yearly wage in yuan); others lie between.
SECTIONS = {
    "C": (0.42, 98_000), "E": (0.55, 92_000), "F": (0.25, 88_000), "G": (0.35, 99_000), "H": (0.52, 62_000),
    "I": (0.06, 215_000), "J": (0.03, 255_000), "K": (0.12, 98_000), "L": (0.12, 108_000), "M": (0.05, 176_000),
    "O": (0.45, 63_000), "P": (0.05, 118_000), "Q": (0.08, 126_000), "R": (0.15, 94_000),
}  # fmt: skip
OTHER = (0.2, 100_000)
PAYROLL_KNOWN_SHARE = 0.7
"""Share of enterprises whose payroll the register states."""


def add_workforce(rng: np.random.Generator, enterprises: pd.DataFrame) -> pd.DataFrame:
    """Return the enterprises with ``migrants`` and ``payroll`` (yuan a year, empty where not stated)."""
    rules = [SECTIONS.get(code[:1], OTHER) for code in enterprises["industry"]]
    share = np.array([rule[0] for rule in rules])
    wage = np.array([rule[1] for rule in rules], dtype=float)
    workers = enterprises["workers"].to_numpy()
    near = np.clip(rng.beta(4 * share + 0.5, 4 * (1 - share) + 0.5), 0, 1)
    paid = workers * wage * rng.lognormal(-0.03, 0.25, len(enterprises))
    payroll = (paid / 1000).round().astype(np.int64) * 1000
    stated = rng.random(len(enterprises)) < PAYROLL_KNOWN_SHARE
    return enterprises.assign(
        migrants=rng.binomial(workers, near), payroll=np.where(stated, payroll.astype(object), "")
    )
