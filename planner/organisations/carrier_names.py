"""What a carrier's name says: one spelling for many, and which kind of carrier it is."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pandas as pd

# first match wins: 产业园1号楼 is part of a park, 万达广场A座 of a mall
_KINDS: Final = (
    (
        "park",
        r"园区|产业园|科技园|工业园|创业园|创意园|软件园|物流园|园$|工业区|开发区|保税区|基地|孵化器|\bpark\b|\bparque\b|industrial",
    ),
    (
        "business_district",
        r"商圈|步行街|商业街|广场|购物|商场|百货|商城|奥特莱斯|市场|\bmall\b|shopping|\bmarket\b|plaza|outlet",
    ),
    ("complex", r"综合体|天地|城$|汇$|complex|\bcity\b"),
    ("street", r"(?:路|街|大道|弄|巷|里)(?:\d+号?)?$|\bstreet\b|\broad\b|^rua\b|^avenida\b|katu$"),
    ("committee", r"居委|居民区|社区|村委|村$"),
)
_KIND_PATTERNS: Final = tuple(
    (kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS
)
_NOISE: Final = r"[\s,，.。·・\-—_()（）\[\]【】\"'“”]+"
# names that tell a type of place and no place
_GENERIC: Final = re.compile(
    r"^(?:商铺|店铺|门面|门面房|沿街|沿街商铺|商务楼|写字楼|办公楼|厂房|大厦|大楼|园区|商场|市场|广场|其他|其它|综合楼|shop|office|building|other)$",
    re.IGNORECASE,
)
_FLOOR: Final = (
    r"(?:第?[一二三四五六七八九十\d]+(?:层|楼|f|室)|\d+单元|[a-d\d]+(?:座|栋|幢|号楼))+$"
)
_FLOOR_SAID: Final = re.compile(rf"\s*[(（]?(?:{_FLOOR.removesuffix('$')})[)）]?$", re.IGNORECASE)
_STREET: Final = re.compile(
    r"^([一-鿿·]{1,10}?(?:大道|公路|路|街|道|弄|巷))(?=[\d(一二三四五六七八九十号第弄]|$)"
)
_PREFIX: Final = re.compile(r"^(?:[一-鿿]{2,9}?(?:省|市|自治区|新区|区|县|街道|镇|乡))+")
_BEFORE_NUMBER: Final = re.compile(r"^([^\d,;]{3,60}?)[\s,;]*(?:\d|,|;|$)")


def carrier_key(names: pd.Series) -> pd.Series:
    """Return one spelling per carrier: no spaces, marks, floors or wings, lower case; missing where generic.

    Examples
    --------
    >>> carrier_key(pd.Series(["东方 大厦（A座）", "东方大厦12层", "商铺", None])).tolist()
    ['东方大厦', '东方大厦', nan, nan]
    """
    codes, spellings = pd.factorize(names)
    plain = pd.Series(spellings, dtype="str").str.normalize("NFKC").str.lower()
    plain = plain.str.replace(_NOISE, "", regex=True)
    key = plain.str.replace(_FLOOR, "", regex=True)
    useless = (key.str.len() < 2) | key.str.match(_GENERIC)
    known = key.mask(useless.astype(bool)).to_numpy(dtype=object)
    return pd.Series(np.append(known, np.nan)[codes], index=names.index, dtype="str")


def carrier_title(name: str) -> str:
    """Return a carrier's name as people say it, without floor or wing; "" where it tells a type of place and no place.

    Examples
    --------
    >>> [carrier_title(n) for n in ("东方大厦（A座）", "东方大厦 12层", "Oak  Plaza", "商铺")]
    ['东方大厦', '东方大厦', 'Oak Plaza', '']
    """
    plain = " ".join(name.split())
    found = _FLOOR_SAID.search(plain)
    if found and found.start() > 1:
        plain = plain[: found.start()].rstrip()
    return "" if len(plain) < 2 or _GENERIC.match(plain) else plain


def carrier_kind(name: str) -> str:
    """Return the kind of carrier a name suggests, ``building`` when it suggests none.

    Examples
    --------
    >>> [carrier_kind(n) for n in ("张江科技园", "东方大厦", "南京路步行街", "滨江居委会", "Oak Street")]
    ['park', 'building', 'business_district', 'committee', 'street']
    """
    for kind, pattern in _KIND_PATTERNS:
        if pattern.search(name):
            return kind
    return "building"


def street_of(address: str) -> str:
    """Return the street of an address, "" where none is recognised.

    Chinese: administrative prefixes go, then everything to 路, 街, 道, 弄 or 巷 before a number. Elsewhere: the text
    before the first number or comma.

    Examples
    --------
    >>> [street_of(a) for a in ("上海市黄浦区南京东路街道南京西路1266号39楼", "Rua de Cedofeita 12", "浦东新区")]
    ['南京西路', 'rua de cedofeita', '']
    """
    text = address.strip().lower()
    if not text:
        return ""
    if "一" <= text[0] <= "鿿":
        rest = _PREFIX.sub("", text)
        found = _STREET.match(rest) or _STREET.match(text)
    else:
        found = _BEFORE_NUMBER.match(text)
    return found.group(1).strip() if found else ""
