"""Tables as CSV that Excel and WPS open as they are: UTF-8 with a byte order mark, no cell read as a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from planner.report.layers import output_layers

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan import Plan

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a sheet compute a cell."""


def write_tables(plan: Plan, folder: Path) -> Path:
    """Write one CSV per layer into ``folder``; points carry ``lon`` and ``lat``, areas the middle of theirs.

    Text that a sheet would compute gets an apostrophe in front.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, layer in output_layers(plan).items():
        spots = layer.geometry.representative_point()
        table = pd.DataFrame(layer.drop(columns=layer.geometry.name))
        table = table.assign(lon=spots.x.round(6), lat=spots.y.round(6))
        for column in table.select_dtypes(include=["object", "string"]):
            table[column] = table[column].map(plain_text, na_action="ignore")
        table.to_csv(
            folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n"
        )
    return folder


def plain_text(cell: object) -> object:
    """Return a cell that no sheet computes.

    Examples
    --------
    >>> plain_text("=1+1"), plain_text("蔚台商务楼"), plain_text(3)
    ("'=1+1", '蔚台商务楼', 3)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
