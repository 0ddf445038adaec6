"""Names under which columns arrive, per layer, and the columns that are never read.

The spellings were gathered from published registers and survey forms. A header is compared after
:func:`bare_header`: NFKC, lower case, without spaces, punctuation, marks of obligation and numbering.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Final

from geodata.cleaning.text import clean_string

_BRACKETED: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】|\{[^{}]*\}|<[^<>]*>")
_MARKS: Final = re.compile(r"[\s*★☆#:：;,、，。./\\\-_—·()\[\]【】{}<>《》\"'“”]+")
_NUMBERING: Final = re.compile(r"^(?:\(?\d{1,2}[.、)]\s*|[一二三四五六七八九十]{1,3}、)")


def _fields(layer: str) -> dict[str, tuple[str, ...]]:
    text = (resources.files("geodata.sources") / "aliases.toml").read_text(encoding="utf-8")
    return {name: tuple(spellings) for name, spellings in tomllib.loads(text)[layer].items()}


def _hours() -> dict[str, tuple[str, ...]]:
    """Return h00 to h23 with the spellings of an hour."""
    patterns = (
        "h{0}",
        "{0}时",
        "{0:02d}时",
        "{0}点",
        "{0:02d}点",
        "{0:02d}:00",
        "{0}:00",
        "hour_{0}",
        "{0}",
        "{0:02d}",
    )
    return {f"h{hour:02d}": tuple(one.format(hour) for one in patterns) for hour in range(24)}


REGISTER: Final = _fields("register")
PLACES: Final = ("lon", "lat", "lonlat", "datum", "accuracy")
_PLACES: Final = {name: REGISTER[name] for name in PLACES}
SITES: Final = {**_fields("sites"), "address": REGISTER["address"], **_PLACES}
PREMISES_BOOK: Final = {**_fields("premises_book"), **_PLACES}
HOUR_COLUMNS: Final = _hours()
OUTDOOR: Final = {**_fields("outdoor"), **HOUR_COLUMNS, **_PLACES}
ADDRESSES: Final = {**_fields("addresses"), **_PLACES}
DIVISIONS: Final = _fields("divisions")
DISPUTES: Final = {**_fields("disputes"), **_PLACES}
BOROUGHS: Final = _fields("boroughs")
STREET_TOWNS: Final = _fields("street_towns")
UNITS: Final = _fields("units")
WORKPLACES: Final = {**_fields("workplaces"), **_PLACES}
LINKS: Final = _fields("links")
FEDERATIONS: Final = _fields("federations")
SUB_AREAS: Final = _fields("sub_areas")
PLATFORM_WORKERS: Final = {**_fields("platform_workers"), **_PLACES}

_PERSONAL: Final = re.compile(
    r"法定代表|法人(?!单位)|联系人|联络人|经办人|手机|电话|联系方式|身份证|证件号|姓名|负责人|主席|委员(?!会)|邮箱|e?mail|微信|qq|"
    r"出生|民族|住址|传真|户籍|银行账|账号|护照|phone|mobile|contact|fax|passport|birth|legal_?rep",
    re.IGNORECASE,
)


def bare_header(header: object) -> str:
    r"""Return a header without spaces, punctuation, marks and numbering.

    Examples
    --------
    >>> bare_header(" *职工人数\n（人） "), bare_header("3.街道（镇）")
    ('职工人数人', '街道镇')
    """
    text = clean_string(str(header)).lower() if header is not None else ""
    return _MARKS.sub("", _NUMBERING.sub("", text))


def without_brackets(header: object) -> str:
    """Return a bare header without what stood in brackets: units and explanations.

    Examples
    --------
    >>> without_brackets("职工人数（人）")
    '职工人数'
    """
    text = clean_string(str(header)).lower() if header is not None else ""
    return bare_header(_BRACKETED.sub("", text))


def is_personal(header: object) -> bool:
    """Return whether a column holds data of a person and is left at the door.

    Examples
    --------
    >>> is_personal("联系人手机"), is_personal("经营地址")
    (True, False)
    """
    return bool(_PERSONAL.search(bare_header(header)))
