"""Visit lists: a workbook people fill in on their rounds, and its reading back into the register's store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from geodata.cleaning.dates import date_of
from geodata.cleaning.numerals import read_numbers
from geodata.cleaning.text import clean_text
from geodata.layers.ledger import Ledger
from geodata.messages import mark, text_in
from geodata.provenance import file_sha256
from geodata.sources import reasons
from geodata.sources.tables import Table, read_table
from planner.survey.journal import VISITS, read_entries
from planner.survey.keys import yearly_keys

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

RESULTS: Final = {
    "formed": "已建会",
    "agreed": "同意建会",
    "again": "待再访",
    "refused": "拒绝建会",
    "closed": "已歇业",
    "moved_away": "已搬离",
    "not_found": "查无此企业",
}
"""What a visit may find -> how it is written on the list."""
FIELDS: Final = {
    "enterprise_id": ("企业标识", "enterprise_id", "统一社会信用代码"),
    "name": ("企业名称", "name"),
    "date": ("走访日期", "date", "日期"),
    "result": ("走访结果", "result", "结果"),
    "workers": ("核实职工人数", "workers found"),
    "members": ("核实会员人数", "members found"),
    "next_date": ("下次走访日期", "next visit"),
    "note": ("备注", "note"),
}
_GIVEN: Final = (
    ("place", "序号", 6),
    ("enterprise_id", "企业标识", 22),
    ("name", "企业名称", 34),
    ("street_town", "街镇", 14),
    ("address", "地址", 30),
    ("workers", "职工人数", 9),
    ("members", "会员人数", 9),
    ("closes", "用途", 12),
    ("last_result", "上次结果", 10),
)
_ASKED: Final = (
    ("走访日期", 12), ("走访结果", 12), ("核实职工人数", 12), ("核实会员人数", 12), ("下次走访日期", 14), ("备注", 30),
)  # fmt: skip
CLOSES: Final = {
    "formation": mark("form a union"),
    "membership": mark("recruit members"),
    "both": mark("form a union and recruit"),
}


@dataclass(frozen=True, eq=False)
class FilledIn:
    """A visit list that came back.

    Parameters
    ----------
    entries
        One per visit made, ready for the journal.
    rows_in
        Rows of the list: made visits, refused rows and rows not filled in yet, together.
    ignored
        Rows that hold no visit.
    rejected
        Refused rows: ``source_row``, ``column``, ``value``, ``reason``, ``suggested_fix``.
    """

    entries: list[dict[str, Any]]
    rows_in: int
    ignored: int
    rejected: pd.DataFrame


def write_visit_list(path: Path, rows: pd.DataFrame, title: str) -> None:
    """Write a list to visit: what is known on the left, empty cells to fill in on the right, results to choose from.

    Parameters
    ----------
    path
        Workbook to write (.xlsx).
    rows
        As `planner.survey.work_list.work_list` returns them.
    title
        First line of the sheet.
    """
    import xlsxwriter

    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), safe) as book:
        sheet = book.add_worksheet("走访清单")
        bold = book.add_format(
            {"bold": True, "border": 1, "text_wrap": True, "bg_color": "#DDEBF7"}
        )
        asked = book.add_format(
            {"bold": True, "border": 1, "text_wrap": True, "bg_color": "#FFF2CC"}
        )
        box, empty = book.add_format({"border": 1}), book.add_format({"border": 1})
        day = book.add_format({"border": 1, "num_format": "yyyy-mm-dd"})
        sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
        heads = [(name, width, bold) for _key, name, width in _GIVEN]
        heads += [(name, width, asked) for name, width in _ASKED]
        for column, (name, width, look) in enumerate(heads):
            sheet.set_column(column, column, width)
            sheet.write_string(1, column, name, look)
        first = len(_GIVEN)
        for row, values in enumerate(rows.to_dict(orient="records"), 2):
            for column, (key, _name, _width) in enumerate(_GIVEN):
                value = _shown(key, values[key])
                write = sheet.write_number if isinstance(value, int) else sheet.write_string
                write(row, column, value, box)
            for place, (name, _width) in enumerate(_ASKED):
                sheet.write_blank(row, first + place, None, day if "日期" in name else empty)
        last = max(len(rows) + 1, 2)
        choices = {"validate": "list", "source": list(RESULTS.values())}
        sheet.data_validation(2, first + 1, last, first + 1, choices)
        sheet.freeze_panes(2, 3)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(1)


def _shown(key: str, value: Any) -> int | str:
    if isinstance(value, int | np.integer):
        return int(value)
    text = "" if value is None or value != value else str(value)  # noqa: PLR0124 - NaN
    if key == "closes":
        return text_in("zh", "planner", CLOSES[text])
    return RESULTS.get(text, text) if key == "last_result" else text


def read_visit_list(path: Path, known: frozenset[str], today: date) -> FilledIn:
    """Read a visit list that was filled in.

    Parameters
    ----------
    path
        The workbook, or a table saved from it.
    known
        Keys of the enterprises in the store, see `planner.survey.keys`.
    today
        Visits after it are refused.

    Raises
    ------
    GeodataError
        When the file cannot be read or lacks the columns.
    """
    table = read_table(path, FIELDS, needed=(("enterprise_id",), ("date",), ("result",)))
    ledger = Ledger(table.source_row, table.sheet)
    text = {name: clean_text(table.column(name)).fillna("") for name in FIELDS}
    asked = ("date", "result", "workers", "members", "next_date", "note")
    filled = np.zeros(len(table.cells), dtype=bool)
    for name in asked:
        filled |= (text[name] != "").to_numpy()
    ids = yearly_keys(text["enterprise_id"], text["name"])
    ledger.alive &= filled
    ledger.reject(
        ~ids.isin(known).to_numpy(),
        table.header("enterprise_id"),
        ids.to_numpy(),
        reasons.VISIT_UNKNOWN,
    )
    days = {name: [date_of(one) if one else None for one in text[name]] for name in ("date", "next_date")}  # fmt: skip
    no_day = np.array([one is None for one in days["date"]])
    ledger.reject(no_day, table.header("date"), text["date"].to_numpy(), reasons.VISIT_NO_DATE)
    late = np.array([one is not None and one > today for one in days["date"]])
    ledger.reject(late, table.header("date"), text["date"].to_numpy(), reasons.VISIT_IN_FUTURE)
    results = text["result"].map(_result_of)
    ledger.reject(
        (results == "").to_numpy(),
        table.header("result"),
        text["result"].to_numpy(),
        reasons.VISIT_NO_RESULT,
    )
    counts = {name: _counted(table, ledger, name) for name in ("workers", "members")}
    entries = [
        {
            "enterprise_id": ids.iloc[row],
            "name": text["name"].iloc[row],
            "date": days["date"][row].isoformat(),  # type: ignore[union-attr]
            "result": results.iloc[row],
            "workers": counts["workers"][row],
            "members": counts["members"][row],
            "next_date": "" if (one := days["next_date"][row]) is None else one.isoformat(),
            "note": text["note"].iloc[row],
            "file": file_sha256(path)[:16],
        }
        for row in np.flatnonzero(ledger.alive).tolist()
    ]
    return FilledIn(
        entries, table.rows_in, int((~filled).sum()) + sum(table.ignored.values()), ledger.rejected
    )


def _result_of(text: str) -> str:
    for result, said in RESULTS.items():
        if text in (result, said):
            return result
    return ""


def _counted(table: Table, ledger: Ledger, name: str) -> list[int | None]:
    cells = table.column(name)
    numbers, unreadable, _mended = read_numbers(cells)
    ledger.reject(
        unreadable | (numbers < 0) | (numbers > 2_000_000),
        table.header(name),
        cells.to_numpy(),
        reasons.VISIT_BAD_NUMBER,
    )
    return [None if np.isnan(one) else round(one) for one in numbers.tolist()]


def last_visits(store: Path) -> pd.DataFrame:
    """Return each enterprise's last visit: ``enterprise_id``, ``date``, ``result``; of one day the later entry."""
    entries = read_entries(store, VISITS)
    columns = ["enterprise_id", "date", "result"]
    frame = pd.DataFrame(entries, columns=columns, dtype="str")
    frame = frame.sort_values("date", kind="stable").drop_duplicates("enterprise_id", keep="last")
    return frame.reset_index(drop=True)
