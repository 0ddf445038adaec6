"""Rows of a sheet that are no data: blank ones, totals, footers, repeated headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from geodata.cleaning.text import clean_cell
from geodata.messages import mark

if TYPE_CHECKING:
    from collections.abc import Sequence

REASONS: Final = (
    mark("title"),
    mark("blank"),
    mark("total"),
    mark("header"),
    mark("footer"),
)
"""What a row is that is no data."""

_TOTAL: Final = re.compile(
    r"^(合计|总计|小计|共计|累计|总和|汇总|本页合计|grand total|total|subtotal|sum)[:：]?$",
    re.IGNORECASE,
)
_FOOT: Final = re.compile(
    r"^(填表人|制表人?|填报人|审核人?|填报单位|填报日期|制表日期|填表日期|统计日期|单位负责人|注\d?[:：.]|备注[:：]|说明[:：]|附注|数据来源)"
)


def no_data_reason(row: Sequence[object], header: tuple[str, ...]) -> str:
    """Return why a row is no data, or "" when it is.

    Parameters
    ----------
    row
        Cells as they arrived.
    header
        The sheet's header, cleaned, because printed sheets repeat it on every page.

    Examples
    --------
    >>> no_data_reason(["", None], ()), no_data_reason(["合 计", 12], ()), no_data_reason(["甲公司", 12], ())
    ('blank', 'total', '')
    """
    first = ""
    told = 0
    for cell in row:
        if cell is None or cell == "":
            continue
        if not first:
            first = clean_cell(cell)
            told += bool(first)
        else:
            told += 1
            if told > 4:
                break
    if not first:
        return "blank"
    if len(first) < 16 and not first[0].isdigit():
        if _TOTAL.match(first.replace(" ", "")):
            return "total"
        if first == next((cell for cell in header if cell), None) and _same(row, header):
            return "header"
    if told <= 4 and _FOOT.match(first):
        return "footer"
    return ""


def _same(row: Sequence[object], header: tuple[str, ...]) -> bool:
    return sum(clean_cell(cell) == name != "" for cell, name in zip(row, header, strict=False)) >= 2
