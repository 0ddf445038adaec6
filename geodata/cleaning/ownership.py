"""Ownership from 登记注册类型, as text or as the statistics bureau's code.

Two code lists are in use: the one of 2011 (110 state-owned, 170 private ...) and the one of 2023
(110 limited company, 112 private limited company, 500 individual business ...). The same digits mean
different things, so the list is a setting. Text decides before digits. A limited company without a
word on who holds it counts as private; the column 控股情况 overrides it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from geodata.cleaning.text import by_value, clean_string

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

OWNERSHIPS: Final = (
    "private",
    "foreign",
    "hmt",
    "self_employed",
    "state",
    "collective",
    "public",
    "other",
)
CodeList = Literal["2011", "2023"]

# The first pattern found decides, so the particular stands before the general.
_PATTERNS: Final[tuple[tuple[str, str], ...]] = (
    (r"非国有|非公有|民营|民办企业|私人控股|自然人", "private"),
    (r"个体|工商户|个人经营", "self_employed"),
    (r"港.{0,2}澳|台港澳|澳.{0,2}台|港资|台资|澳资|香港|台湾|hong ?kong|\bhmt\b", "hmt"),
    (r"外商|外资|外国|中外|合资经营企业|foreign", "foreign"),
    (r"事业|机关|社会团体|社会组织|民办非|民非|基金会|群团|政府|居委会|村委会|public", "public"),
    (r"国有与集体|国有独资|国有控股|国有|国营|国企|央企|全民|state", "state"),
    (r"股份合作|合作社|other", "other"),
    (r"集体|collective", "collective"),
    (r"私营|私企|个人独资|合伙|私有|private|self_employed|self-employed", "private"),
    (r"有限责任|股份有限|有限公司|股份公司|上市公司|公司制", "private"),
    (r"联营", "other"),
    (r"其他|其它", "other"),
)
_COMPILED: Final = tuple((re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in _PATTERNS)

_CODES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "2011": (
        ("110", "state"),
        ("120", "collective"),
        ("130", "other"),
        ("141", "state"),
        ("142", "collective"),
        ("143", "state"),
        ("14", "other"),
        ("151", "state"),
        ("15", "private"),
        ("160", "private"),
        ("17", "private"),
        ("19", "other"),
        ("2", "hmt"),
        ("3", "foreign"),
        ("4", "self_employed"),
    ),
    "2023": (
        ("111", "state"),
        ("131", "state"),
        ("132", "collective"),
        ("133", "other"),
        ("134", "other"),
        ("11", "private"),
        ("12", "private"),
        ("13", "other"),
        ("14", "private"),
        ("15", "private"),
        ("19", "other"),
        ("2", "hmt"),
        ("3", "foreign"),
        ("4", "other"),
        ("5", "self_employed"),
        ("9", "other"),
    ),
}
_DIGITS: Final = re.compile(r"^\s*(\d{3})(?!\d)")


def ownership_of(text: str, code_list: CodeList = "2011") -> str:
    """Return one of :data:`OWNERSHIPS` for a 登记注册类型, ``""`` when it says nothing known.

    Examples
    --------
    >>> [ownership_of(text) for text in ("私营有限责任公司", "国有独资公司", "外商独资", "港澳台商投资", "个体工商户")]
    ['private', 'state', 'foreign', 'hmt', 'self_employed']
    >>> ownership_of("110"), ownership_of("110", code_list="2023"), ownership_of("?")
    ('state', 'private', '')
    """
    text = clean_string(text)
    for pattern, kind in _COMPILED:
        if pattern.search(text):
            # 民办非企业 is neither a private enterprise nor in the register of enterprises.
            return "public" if kind == "private" and "民办非" in text else kind
    digits = _DIGITS.match(text)
    if digits:
        for prefix, kind in _CODES[code_list]:
            if digits[1].startswith(prefix):
                return kind
    return ""


def ownership_from_code(uscc: str) -> str:
    """Return what the first two characters of a valid 统一社会信用代码 say, ``""`` when open.

    Examples
    --------
    >>> ownership_from_code("92310101MA1AAAAA0A"), ownership_from_code("12310000425006133D")
    ('self_employed', 'public')
    """
    if uscc[:2] == "92":
        return "self_employed"
    if uscc[:2] == "93":
        return "other"
    return "public" if uscc[:1] in {"1", "2", "3", "4", "5"} else ""


def read_ownership(
    kinds: pd.Series, holdings: pd.Series | None, code_list: CodeList = "2011"
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Read a column of 登记注册类型 and, where there is one, of 控股情况.

    Parameters
    ----------
    kinds, holdings
        Cleaned texts, NaN where blank.
    code_list
        Which list bare digits are of.

    Returns
    -------
    ownership
        One of :data:`OWNERSHIPS`, ``""`` where blank or unknown.
    unknown
        True where something was said that is not known.
    """
    ownership = by_value(kinds, lambda text: ownership_of(text, code_list))
    unknown = kinds.notna().to_numpy() & (ownership == "")
    if holdings is not None:
        held = by_value(holdings, lambda text: ownership_of(text, code_list))
        # Who holds it says more than the legal form, but an individual business stays one.
        decides = (held != "") & (held != "other") & (ownership != "self_employed")
        ownership = np.where(decides, held, ownership)
        unknown &= ~decides
    return ownership, unknown
