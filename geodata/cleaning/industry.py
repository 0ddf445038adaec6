"""Industry by GB/T 4754: codes or names of the 2002, 2011 and 2017 vintages to one section and division.

The answer is always of the 2017 vintage, so that registers of different years compare; an older
division is mapped to the one that holds most of it (``gbt4754.csv``). A four-digit class or a
three-digit group is read by its first two digits.

The table was compared with published copies of the standards: 2011 whole, 2002 up to division 51, 2017 up to
division 44; the rest rests on its sizes and on the tests.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from geodata.cleaning.text import by_value, clean_string

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Vintage = Literal["2002", "2011", "2017"]

_CODE: Final = re.compile(r"^([A-T])?[-_ ]?(\d{2,4})?(?=$|[^0-9A-Za-z])", re.IGNORECASE)
_NOISE: Final = re.compile(
    r"[、,，;；:：\s()（）\[\]“”\"和及与的/]|行业$|行业类$|类$|业$|服务业$|服务$"
)
# What registers write for a section in one breath.
_SHORT: Final[dict[str, str]] = {
    "农业": "A",
    "农林牧渔": "A",
    "采矿": "B",
    "采掘": "B",
    "制造": "C",
    "加工制造": "C",
    "工业": "C",
    "电力热力燃气": "D",
    "公用事业": "D",
    "建筑": "E",
    "建筑施工": "E",
    "批发零售": "F",
    "商贸": "F",
    "贸易": "F",
    "商业": "F",
    "零售": "F",
    "批发": "F",
    "交通运输": "G",
    "物流": "G",
    "快递": "G",
    "仓储": "G",
    "住宿餐饮": "H",
    "餐饮": "H",
    "住宿": "H",
    "酒店": "H",
    "信息技术": "I",
    "信息传输": "I",
    "软件": "I",
    "互联网": "I",
    "计算机": "I",
    "金融": "J",
    "房地产": "K",
    "物业管理": "K",
    "租赁商务服务": "L",
    "商务服务": "L",
    "人力资源": "L",
    "科学研究": "M",
    "科技服务": "M",
    "技术服务": "M",
    "水利环境公共设施管理": "N",
    "居民服务": "O",
    "生活服务": "O",
    "社会服务": "O",
    "教育": "P",
    "培训": "P",
    "卫生": "Q",
    "医疗": "Q",
    "卫生社会工作": "Q",
    "文化体育娱乐": "R",
    "文化": "R",
    "体育": "R",
    "娱乐": "R",
    "公共管理": "S",
    "社会组织": "S",
    "国际组织": "T",
}


@lru_cache(maxsize=1)
def table() -> tuple[dict[str, str], ...]:
    """Return the rows of the classification: vintage, level, code, section, name, division_2017."""
    text = (resources.files("geodata.cleaning") / "gbt4754.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@lru_cache(maxsize=1)
def divisions_2017() -> dict[str, str]:
    """Return division -> section letter of the 2017 vintage."""
    return {
        row["code"]: row["section"]
        for row in table()
        if row["vintage"] == "2017" and row["level"] == "division"
    }


@lru_cache(maxsize=4)
def _to_2017(vintage: str) -> dict[str, str]:
    rows = (row for row in table() if row["vintage"] == vintage and row["level"] == "division")
    return {row["code"]: row["division_2017"] for row in rows}


@lru_cache(maxsize=4)
def _sections(vintage: str) -> dict[str, str]:
    """Return section letter of the vintage -> letter of 2017, through the names."""
    named = {_bare(row["name"]): row["section"] for row in _level("2017", "section")}
    return {
        row["code"]: named.get(_bare(row["name"]), row["section_2017"])
        for row in _level(vintage, "section")
    }


def _level(vintage: str, level: str) -> list[dict[str, str]]:
    return [row for row in table() if row["vintage"] == vintage and row["level"] == level]


@lru_cache(maxsize=1)
def _names() -> dict[str, tuple[str, str]]:
    """Return bare name -> (section, division) of 2017; the latest vintage wins."""
    names = {_bare(name): (letter, "") for name, letter in _SHORT.items()}
    letters = divisions_2017()
    for vintage in ("2002", "2011", "2017"):
        for row in _level(vintage, "section"):
            names[_bare(row["name"])] = (row["section_2017"], "")
    for vintage in ("2002", "2011", "2017"):
        for row in _level(vintage, "division"):
            division = row["division_2017"]
            names[_bare(row["name"])] = (letters[division], division)
    return names


def _bare(name: str) -> str:
    before = None
    while before != name:
        before, name = name, _NOISE.sub("", name)
    return name


def industry_of(text: str, vintage: Vintage = "2017") -> tuple[str, str]:
    """Return (section letter, division) of 2017 for a code or a name; ``("", "")`` when unknown.

    Examples
    --------
    >>> industry_of("I65"), industry_of("6510"), industry_of("软件和信息技术服务业"), industry_of("C")
    (('I', '65'), ('I', '65'), ('I', '65'), ('C', ''))
    >>> industry_of("79", vintage="2011"), industry_of("63", vintage="2002"), industry_of("不知道")
    (('O', '80'), ('F', '51'), ('', ''))
    """
    text = clean_string(text)
    if not text:
        return "", ""
    found = _CODE.match(text)
    if found and (found[1] or found[2]):
        answer = _from_code((found[1] or "").upper(), (found[2] or "")[:2], vintage)
        if answer[0]:
            return answer
        text = text[found.end() :]
    names = _names()
    bare = _bare(text)
    if bare in names:
        return names[bare]
    # "制造业-汽车制造业", "批发业/食品": the last part that is known says most.
    for part in reversed(re.split(r"[-—–>/\\|;,、()]", text)):
        if _bare(part) in names and _bare(part):
            return names[_bare(part)]
    return "", ""


def _from_code(letter: str, digits: str, vintage: Vintage) -> tuple[str, str]:
    if digits:
        division = _to_2017(vintage).get(digits, "")
        if division:
            return divisions_2017()[division], division
    if letter:
        return _sections(vintage).get(letter, ""), ""
    return "", ""


def read_industry(
    texts: pd.Series, vintage: Vintage = "2017"
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.bool_]]:
    """Read a column of industry codes or names.

    Parameters
    ----------
    texts
        Cleaned texts, NaN where blank.
    vintage
        Which GB/T 4754 the codes are of.

    Returns
    -------
    section
        Letter A-T of the 2017 vintage, ``""`` unknown.
    division
        Two digits of the 2017 vintage, ``""`` unknown.
    unknown
        True where something was said that is in none of the vintages.
    """
    answers = by_value(texts, lambda text: industry_of(text, vintage))
    section = np.array([answer[0] for answer in answers], dtype=object)
    division = np.array([answer[1] for answer in answers], dtype=object)
    return section, division, texts.notna().to_numpy() & (section == "")
