"""Text as it arrives in a cell: full-width digits, stray spaces, numbers where text was meant."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SPACES: Final = re.compile(r"[\s\u200b\u200c\u200d\ufeff\u00ad]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EMPTY: Final = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "无",
        "空",
        "暂无",
        "未填",
        "不详",
        "null",
        "none",
        "nan",
        "n/a",
        "na",
        "#n/a",
    }
)

_LONGEST_EMPTY: Final = max(map(len, _EMPTY))


def clean_cell(value: object) -> str:
    """Return one cell as text: NFKC, one space for many, none at the ends; "" where it says nothing.

    Whole numbers lose the ``.0`` that a sheet gave them; dates are written as ``YYYY-MM-DD``.

    Examples
    --------
    >>> clean_cell("　上海Ａ公司（１２３） "), clean_cell(25.0), clean_cell("—"), clean_cell(None)
    ('上海A公司(123)', '25', '', '')
    """
    if value is None or value is pd.NaT:
        return ""
    if isinstance(value, str):
        return clean_string(value)
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    if isinstance(value, np.floating):
        value = float(value)
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    text = str(value)
    return text[:10] if text.endswith(" 00:00:00") else clean_string(text)


def clean_string(text: str) -> str:
    """Return a text in NFKC, without control characters and needless spaces."""
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    # Nearly every cell is tidy already: nothing but printable characters and single spaces inside.
    if not text.isprintable() or "  " in text or text[:1] == " " or text[-1:] == " ":
        text = _SPACES.sub(" ", text).strip()
        text = _CONTROL.sub("", text)
    return "" if len(text) <= _LONGEST_EMPTY and text.lower() in _EMPTY else text


def clean_text(values: Sequence[object] | pd.Series) -> pd.Series:
    """Return a column of cells as text; missing where a cell says nothing.

    Parameters
    ----------
    values
        Cells of any type.

    Returns
    -------
    pandas.Series
        dtype ``str``, NaN where there is no text, on a plain range index.

    Examples
    --------
    >>> clean_text(["１，０００", None, " a  b "]).tolist()
    ['1,000', nan, 'a b']
    """
    cells = pd.Series(values, dtype=object)
    try:
        # Cells that are equal mean the same text (25 and 25.0, 1 and True), so each is cleaned once.
        codes, uniques = pd.factorize(cells)
    except TypeError:
        # A map file may hold lists, which have no hash.
        codes, uniques = np.arange(len(cells)), pd.Index(cells, dtype=object)
    cleaned = pd.Series([clean_cell(value) for value in uniques], dtype="str")
    cleaned = cleaned.mask(cleaned == "")
    return pd.Series(cleaned.array.take(codes, allow_fill=True))


def by_value(texts: pd.Series, read: Callable[[str], object]) -> np.ndarray:
    """Return ``read`` of every text, called once for each different one; missing texts give ``""``.

    Returns
    -------
    numpy.ndarray
        dtype object, aligned with ``texts``.
    """
    codes, uniques = pd.factorize(texts)
    answers = np.empty(len(uniques) + 1, dtype=object)
    for place, text in enumerate(uniques):
        answers[place] = read(str(text))
    answers[-1] = read("")
    return answers[codes]
