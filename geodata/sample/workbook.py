"""Write a table as an .xlsx sheet row by row, so that a big one needs little memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


def write_workbook(path: Path, table: pd.DataFrame, *, sheet: str, title: str | None) -> int:
    """Write the table and return how many rows stand above its first row of values.

    Text stays text, None is an empty cell, and no cell is a formula.
    """
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC)})
    page = book.add_worksheet(sheet)
    above = 0
    if title is not None:
        page.write_string(0, 0, title)
        above = 1
    page.write_row(above, 0, table.columns.tolist())
    above += 1
    columns = [table[name].tolist() for name in table.columns]
    for number, row in enumerate(zip(*columns, strict=True), start=above):
        for place, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(number, place, value)
            elif value is not None and value == value:  # noqa: PLR0124 - NaN is an empty cell
                page.write_number(number, place, value)
    book.close()
    return above
