"""Rows of stored tables as plain values; what a frame holds is known only when it is read, so they are untyped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """Return rows as named tuples."""
    return list(frame.itertuples())


def named_rows(frame: pd.DataFrame) -> list[tuple[str, Any]]:
    """Return (index, row) pairs; rows are mappings by column."""
    return [
        (str(name), row)
        for name, row in zip(frame.index, frame.to_dict(orient="records"), strict=True)
    ]


def lookup(frame: pd.DataFrame, key: str, value: str) -> dict[str, Any]:
    """Return one column by another."""
    return dict(zip(frame[key].astype(str).tolist(), frame[value].tolist(), strict=True))
