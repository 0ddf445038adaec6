"""What of an address places it: the road with its number, or the name of a building."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container

_SPACES: Final = re.compile(r"[\s,，、;；。.\"'“”·]+")
_BRACKETED: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】")
_AREAS: Final = re.compile(
    r"^(?:中国)?(?:[^\d省市区县镇乡路街]{2,6}省)?(?:[^\d省市区县镇乡路街]{2,6}市)?(?:[^\d省市区县镇乡路街]{2,6}?[区县](?!间))?"
    r"(?:[^\d号]{2,7}?街道(?=[^\d])|[^\d路街号]{2,5}?[镇乡](?=[^\d路街]{1,8}[路街道弄村]))?"
)
_NUMBERED: Final = re.compile(
    r"(?P<road>[^\d()号弄室楼层]{1,12}?(?:路|街|大道|道|巷|胡同|里|村|坊|苑|弄)(?:[东南西北中]段)?)"
    r"(?P<number>\d{1,5}(?:[-~至、]\d{1,5})*(?:支?弄|巷)?(?:\d{1,4}(?:[-~至]\d{1,4})*号|号)?)"
)
_BEFORE_ROAD: Final = re.compile(r"^.*(?:园区|开发区|保税区|新区|小区|街道)(?=.{2})")
_BUILDING: Final = re.compile(
    r"大厦|大楼|商厦|中心|广场|园区|产业园|科技园|商务园|创意园|工业园|公馆|国际|城"
)
_LONGEST_NAME: Final = 14


def address_key(text: object) -> str:
    """Return road and number of an address without city, borough, floor and room; ``""`` where it has none.

    Examples
    --------
    >>> address_key("上海市黄浦区中山东一路12号3楼301室"), address_key("中山东一路 １２ 号")
    ('中山东一路12号', '中山东一路12号')
    >>> address_key("静安区江宁路街道延安西路1118弄5号"), address_key("世纪大道100号环球金融中心"), address_key("某大厦3楼")
    ('延安西路1118弄5号', '世纪大道100号', '')
    """
    bare = _AREAS.sub("", _plain(text), count=1)
    found = _NUMBERED.search(bare)
    if not found:
        return ""
    road, number = _BEFORE_ROAD.sub("", found["road"]), found["number"]
    # "12" and "12号" are one door.
    return road + (number if number.endswith(("号", "弄", "巷")) else number + "号")


def name_key(text: object) -> str:
    """Return a building's name for comparison: without spaces, brackets and letter case.

    Examples
    --------
    >>> name_key("外滩 中心（Bund Center）"), name_key("ＳＯＨＯ东海广场")
    ('外滩中心', 'soho东海广场')
    """
    return _BRACKETED.sub("", _plain(text)).lower()


def name_within(address: object, names: Container[str]) -> str:
    """Return the longest known name of a building that an address holds, ``""`` where it holds none.

    Examples
    --------
    >>> name_within("黄浦区延安东路222号外滩中心12楼", {"外滩中心", "中心"})
    '外滩中心'
    """
    bare = name_key(address)
    for found in _BUILDING.finditer(bare):
        end = found.end()
        for start in range(max(0, end - _LONGEST_NAME), end - 2):
            if bare[start:end] in names:
                return bare[start:end]
    return ""


def _plain(text: object) -> str:
    if not isinstance(text, str):
        return ""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text))
