"""Web pages that call themselves .xls: many office systems export their tables so."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

_HTML: Final = re.compile(r"<\s*(html|table|!doctype html|meta)\b", re.IGNORECASE)
_WIDEST: Final = 1_000


def is_html(text: str) -> bool:
    """Return whether a text is a web page with a table.

    Examples
    --------
    >>> is_html("<html><table><tr><td>1"), is_html("企业名称,职工人数")
    (True, False)
    """
    start = text[:2000].lstrip("\ufeff \t\r\n")
    return start.startswith("<") and bool(_HTML.search(start)) and "<t" in text.lower()


def html_rows(text: str) -> list[list[str]]:
    """Return the cells of all tables of a page, row by row; merged cells hold their value everywhere.

    Examples
    --------
    >>> html_rows("<table><tr><th colspan=2>a<th>b<tr><td>1<td><td>&lt;2</table>")
    [['a', 'a', 'b'], ['1', '', '<2']]
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.end_row()
    return reader.rows


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = (1, 1)
        # Column -> text and rows that a merged cell above still fills.
        self._below: dict[int, tuple[str, int]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.end_row()
            self._row = []
        elif tag in {"td", "th"}:
            self._end_cell()
            given = dict(attrs)
            self._span = (_number(given.get("colspan")), _number(given.get("rowspan")))
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._end_cell()
        elif tag in {"tr", "table"}:
            self.end_row()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        if self._row is None:
            self._row = []
        self._from_above()
        text = "".join(self._cell).strip()
        across, down = self._span
        for _step in range(across):
            if down > 1:
                self._below[len(self._row)] = (text, down - 1)
            self._row.append(text)
        self._cell = None

    def _from_above(self) -> None:
        while self._row is not None and len(self._row) in self._below:
            place = len(self._row)
            text, left = self._below.pop(place)
            self._row.append(text)
            if left > 1:
                self._below[place] = (text, left - 1)

    def end_row(self) -> None:
        """End the row that is open, if any."""
        self._end_cell()
        if self._row is not None:
            self._from_above()
            self.rows.append(self._row)
        self._row = None


def _number(text: str | None) -> int:
    return (
        min(int(text), _WIDEST) if text and text.isascii() and text.isdigit() and int(text) else 1
    )
