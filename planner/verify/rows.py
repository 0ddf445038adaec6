"""Rows of stored tables as plain values; what a frame holds is known only when it is read, so they are untyped."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

if TYPE_CHECKING:
    from planner.plan import Plan

Frame = TypeVar("Frame", bound=pd.DataFrame)


def with_plain_text(plan: Plan) -> Plan:
    """Return a plan whose text is held as plain objects: taken row by row, each of them is made only once."""
    return replace(
        plan,
        decisions={name: _plain(frame) for name, frame in plan.decisions.items()},
        tiers=_plain(plan.tiers),
        layers={name: _plain(frame) for name, frame in plan.layers.items()},
        derived={name: _plain(frame) for name, frame in plan.derived.items()},
    )


def _plain(frame: Frame) -> Frame:
    text = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.StringDtype)]
    plain = {
        str(name): pd.Series(frame[name].to_numpy(dtype=object), frame.index, dtype=object)
        for name in text
    }
    return frame.assign(**plain) if plain else frame


def values(column: pd.Series) -> list[Any]:
    """Return a column as plain values; a stored column of text turned at once is many times faster than row by row."""
    found: list[Any] = column.to_numpy(dtype=object).tolist()
    return found


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """Return rows as named tuples."""
    row = namedtuple("Row", list(frame.columns), rename=True)  # type: ignore[misc]  # noqa: PYI024 - the columns are known when it runs
    return list(map(row._make, zip(*(values(frame[c]) for c in frame.columns), strict=True)))


def named_rows(frame: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Return (index, row) pairs; rows are mappings by column."""
    return list(zip(map(str, frame.index.to_numpy(dtype=object)), records(frame), strict=True))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as mappings by column."""
    columns = list(frame.columns)
    rows = zip(*(values(frame[c]) for c in columns), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def lookup(frame: pd.DataFrame, key: str, value: str) -> dict[str, Any]:
    """Return one column by another."""
    return dict(zip(map(str, values(frame[key])), values(frame[value]), strict=True))
