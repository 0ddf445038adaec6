"""What differs between two plans, kept as one file beside what is made of each."""

from __future__ import annotations

import json
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import pandas as pd

from planner.difference import STEPS, difference
from planner.difference.districts import FATES
from planner.difference.organisations import STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from planner.plan import Plan

COMPARISON = "comparison.zip"
TABLES = ("figures", "sites", "coverage")
COUNTS = "counts.json"


@dataclass(frozen=True, eq=False)
class Comparison:
    """What the page of two plans shows.

    Parameters
    ----------
    figures, sites, coverage
        Tables of `planner.difference.Difference`.
    districts, organisations
        How many of each fate and of each state.
    """

    figures: pd.DataFrame
    sites: pd.DataFrame
    coverage: pd.DataFrame
    districts: dict[str, int]
    organisations: dict[str, int]


def write_comparison(
    before: Plan, after: Plan, path: Path, tell: Callable[[str, int, int], None]
) -> None:
    """Compare two plans and write what differs; ``tell`` hears each step, how many are done and of how many."""
    names = list(STEPS)

    @contextmanager
    def step(name: str) -> Iterator[None]:
        tell(name, names.index(name), len(names))
        yield

    found = difference(before, after, step)
    counts = {
        "districts": _counts(found.districts["fate"], FATES),
        "organisations": _counts(found.organisations["state"], STATES),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name in TABLES:
            table = BytesIO()
            getattr(found, name).to_parquet(table, index=False)
            archive.writestr(name, table.getvalue())
        archive.writestr(COUNTS, json.dumps(counts))


def read_comparison(path: Path) -> Comparison:
    """Read what `write_comparison` wrote."""
    with zipfile.ZipFile(path) as archive:
        tables = {name: pd.read_parquet(BytesIO(archive.read(name))) for name in TABLES}
        return Comparison(**tables, **json.loads(archive.read(COUNTS)))


def _counts(column: pd.Series, words: dict[str, str]) -> dict[str, int]:
    return {key: int((column == key).sum()) for key in words}
