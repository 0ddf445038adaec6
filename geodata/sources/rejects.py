"""Refused rows as a workbook that people can correct: source row, column, value, reason, suggested fix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from geodata.messages import mark, translator
from geodata.provenance import shown

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_ = translator("geodata")

_TITLES: Final = {
    "layer": mark("layer"),
    "sheet": mark("sheet"),
    "source_row": mark("source row"),
    "column": mark("column"),
    "value": mark("value"),
    "reason": mark("reason"),
    "suggested_fix": mark("suggested fix"),
}
_SHEETS: Final = (mark("rejected"), mark("repaired or in doubt"))
_WIDTHS: Final = {"source_row": 10, "layer": 14, "sheet": 14, "column": 20, "value": 28}
_CELL_LIMIT: Final = 32_767
_ROW_LIMIT: Final = 1_048_575


def write_rejected(
    path: str | Path, frame: pd.DataFrame, repaired: pd.DataFrame | None = None
) -> None:
    """Write refused rows as XLSX; every text is a text cell, never a formula or a link.

    Parameters
    ----------
    path
        File to write.
    frame
        As in :class:`geodata.provenance.Read`, with or without the columns ``layer`` and ``sheet``.
        More rows than a sheet holds go on to further sheets.
    repaired
        Kept rows in which something was mended or doubted, on sheets after them.
    """
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), {**options, "constant_memory": True}) as book:
        _write_sheets(book, shown(_SHEETS[0]), frame)
        if repaired is not None:
            _write_sheets(book, shown(_SHEETS[1]), repaired)


def _write_sheets(book: Any, title: str, frame: pd.DataFrame) -> None:
    bold = book.add_format({"bold": True})
    columns = [name for name in _TITLES if name in frame.columns]
    for number, start in enumerate(range(0, max(len(frame), 1), _ROW_LIMIT), 1):
        sheet = book.add_worksheet(title if number == 1 else f"{title} {number}")
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(columns):
            sheet.set_column(place, place, _WIDTHS.get(name, 48))
            sheet.write_string(0, place, shown(_TITLES[name]), bold)
        part = frame.iloc[start : start + _ROW_LIMIT]
        for row, values in enumerate(part[columns].itertuples(index=False, name=None), 1):
            for place, (name, value) in enumerate(zip(columns, values, strict=True)):
                if name == "source_row":
                    sheet.write_number(row, place, int(value))
                else:
                    sheet.write_string(row, place, _text(name, value))


def _text(name: str, value: object) -> str:
    text = "" if value is None or value != value else str(value)  # noqa: PLR0124  NaN
    return shown(text) if name in {"reason", "suggested_fix", "layer"} else text[:_CELL_LIMIT]
