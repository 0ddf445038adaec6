"""Cells of one column as numbers, dates, yes or no, or one of our words; what cannot be used is left open and noted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.dates import date_of
from geodata.cleaning.numerals import read_numbers
from geodata.cleaning.text import by_value, clean_text
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from geodata.sources.tables import Table

NUMBER_UNUSABLE: Final = Reason(
    mark("the number cannot be used; left open"), mark("write a number of 0 or more")
)
DATE_UNKNOWN: Final = Reason(
    mark("the date cannot be read; left open"), mark("write it as 2025-06-30")
)
FLAG_UNKNOWN: Final = Reason(mark("neither yes nor no; left open"), mark("write 是 or 否"))


def yes_or_no(text: str) -> bool | None:
    """Return whether a text says yes or no, None when neither.

    Examples
    --------
    >>> yes_or_no("是"), yes_or_no("否"), yes_or_no("?")
    (True, False, None)
    """
    if re.fullmatch(r"是|有|1|y|yes|true|√|一层|底层|一楼|1f|沿街", text, re.IGNORECASE):
        return True
    if re.fullmatch(r"否|不是|无|没有|0|n|no|false|×|[二三四五六七八九2-9].*", text, re.IGNORECASE):
        return False
    return None


def words_of(
    table: Table, ledger: Ledger, name: str, read: Callable[[str], str], reason: Reason
) -> pd.Series:
    """Return what ``read`` makes of each cell, missing where it makes nothing or ``none`` of it."""
    texts = clean_text(table.column(name))
    answers = by_value(texts, read)
    ledger.repair(
        texts.notna().to_numpy() & (answers == ""), table.header(name), texts.to_numpy(), reason
    )
    answers = np.where(answers == "none", "", answers)
    return pd.Series(answers, dtype="str").where(answers != "")


def numbers_of(
    table: Table, ledger: Ledger, name: str, *, most: float = np.inf
) -> NDArray[np.float64]:
    """Return the numbers of a column, 0 or more; NaN where there is none that can be used."""
    cells = table.column(name)
    numbers, unreadable, _mended = read_numbers(cells)
    bad = unreadable | (numbers < 0) | (numbers > most)
    ledger.repair(bad, table.header(name), cells.to_numpy(), NUMBER_UNUSABLE)
    return np.where(bad, np.nan, numbers)


def flags_of(table: Table, ledger: Ledger, name: str) -> pd.Series:
    """Return yes and no of a column as nullable boolean."""
    texts = clean_text(table.column(name))
    answers = by_value(texts, lambda text: yes_or_no(text) if text else None)
    unclear = texts.notna().to_numpy() & np.array([answer is None for answer in answers])
    ledger.repair(unclear, table.header(name), texts.to_numpy(), FLAG_UNKNOWN)
    return pd.Series(answers, dtype="boolean")


def dates_of(table: Table, ledger: Ledger, name: str) -> pd.Series:
    """Return the dates of a column as datetime64[s], missing where there is none that can be read."""
    texts = clean_text(table.column(name))
    answers = by_value(texts, lambda text: date_of(text) if text else None)
    unclear = texts.notna().to_numpy() & np.array([answer is None for answer in answers])
    ledger.repair(unclear, table.header(name), texts.to_numpy(), DATE_UNKNOWN)
    return pd.Series(pd.to_datetime(pd.Series(answers, dtype=object))).astype("datetime64[s]")
