"""Invented Chinese names: streets, street_towns, committees, buildings, enterprises.

The characters are ordinary, the pairs are made up: no real place is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

CITY = "澜汐市"
_FIRST = "岚澄栖霁砚漪筠槿荻渚湄沁朗晏衡翎沐珩屿皓霖蔚泽弘启恒睿锦瑞腾"
_SECOND = "汐庭鹭苓溪陌桐岑川野渡泊舟穗枫芷菱禾芸蘅樾墨岳麓原台源渊航辰"
_COMMITTEE = ["第一", "第二", "第三", "新苑", "花园", "东苑", "西苑", "南里", "北里", "中心"]


def pairs(rng: np.random.Generator) -> Iterator[str]:
    """Yield two-character names, each once; when all are used, names of two pairs."""
    both = [a + b for a in _FIRST for b in _SECOND]
    for index in rng.permutation(len(both)):
        yield both[index]
    for tail in rng.permutation(len(both)):
        for index in rng.permutation(len(both)):
            yield both[index] + both[tail]


def borough_names(rng: np.random.Generator, count: int) -> list[str]:
    """Return names that end in 区."""
    names = pairs(rng)
    return [next(names) + "区" for _ in range(count)]


def street_town_names(rng: np.random.Generator, count: int) -> list[str]:
    """Return names that end in 街道, and in 镇 for about every fourth."""
    names = pairs(rng)
    ends = np.where(rng.random(count) < 0.75, "街道", "镇").tolist()
    return [next(names) + end for end in ends]


def committee_names(rng: np.random.Generator, count: int) -> list[str]:
    """Return names of residential committees of one street_town, each once."""
    names = pairs(rng)
    found: list[str] = []
    while len(found) < count:
        stem = next(names)
        tails = rng.permutation(len(_COMMITTEE))[: int(rng.integers(1, 4))].tolist()
        found += [f"{stem}{_COMMITTEE[tail]}居委会" for tail in tails]
    return found[:count]


def brands(rng: np.random.Generator, count: int) -> list[str]:
    """Return names of enterprises, two characters while they last, then four; each once."""
    named = pairs(rng)
    return [next(named) for _ in range(count)]
