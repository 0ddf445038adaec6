"""Numbers as people type them: thousands separators, units, Chinese numerals of scale."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.text import clean_string, clean_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_UNITS: Final = re.compile(r"(人|名|个|家|元|平方米|平米|㎡|m2|m²|度|°)$", re.IGNORECASE)
_APPROXIMATE: Final = re.compile(r"^(约|大约|近|≈|~)")
_PLAIN: Final = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$", re.IGNORECASE)
_GROUPS: Final = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
_DEGREES: Final = re.compile(
    r"^([NSEW])?\s*(\d{1,3})[°度]\s*(\d{1,2})['′分]\s*(?:(\d{1,2}(?:\.\d*)?)(?:\"|″|''|秒)?)?\s*([NSEW])?$",
    re.IGNORECASE,
)
_SCALES: Final = {"万": 1e4, "亿": 1e8, "千": 1e3}


def number_from(text: str) -> float:
    r"""Return the number a text means, or NaN.

    Examples
    --------
    >>> number_from("1,234"), number_from("约120人"), number_from("1.5万"), number_from("many")
    (1234.0, 120.0, 15000.0, nan)
    >>> round(number_from("121°28'30\""), 4)
    121.475
    """
    text = clean_string(text).replace(" ", "")
    angle = _DEGREES.match(text)
    if angle:
        sign = -1.0 if (angle[1] or angle[5] or "").upper() in {"S", "W"} else 1.0
        return sign * (float(angle[2]) + float(angle[3]) / 60 + float(angle[4] or 0) / 3600)
    text = _UNITS.sub("", _APPROXIMATE.sub("", text))
    scale = _SCALES.get(text[-1:], 1.0)
    if scale != 1.0:
        text = text[:-1]
    if _GROUPS.match(text):
        text = text.replace(",", "")
    if not _PLAIN.match(text):
        return float("nan")
    return float(text) * scale


def read_numbers(
    values: Sequence[object] | pd.Series,
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Read a column of numbers.

    Returns
    -------
    numbers
        float64, NaN where blank or unreadable.
    unreadable
        True where there is text that is no number.
    mended
        True where the number was written with separators, units or a scale.
    """
    raw = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)
    quick = pd.to_numeric(raw, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    numbers = np.where(np.isfinite(quick), quick, np.nan)
    left = np.flatnonzero(np.isnan(numbers))
    unreadable = np.zeros(len(raw), dtype=bool)
    mended = np.zeros(len(raw), dtype=bool)
    if len(left):
        texts = clean_text(raw.iloc[left].tolist())
        said = texts.notna().to_numpy()
        found = np.array(
            [number_from(text) if ok else np.nan for text, ok in zip(texts, said, strict=True)]
        )
        found = np.where(np.isfinite(found), found, np.nan)
        numbers[left] = found
        unreadable[left] = said & np.isnan(found)
        mended[left] = said & ~np.isnan(found)
    return numbers, unreadable, mended
