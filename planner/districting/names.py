"""Stable ids and readable names of districts."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from planner.districting.stability import compare

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from planner.districting.problem import DistrictingProblem

PLACES_MOST = 3
"""So many places at most stand in a name."""

_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_DIGITS: Final = "零一二三四五六七八九"


def district_ids(
    problem: DistrictingProblem,
    labels: NDArray[np.int32],
    previous: Sequence[str] | None = None,
    weight: NDArray[np.generic] | None = None,
) -> list[str]:
    """Return one id per district, ``<street_town_id>-d<number>``; districts that carry on last year's keep its id.

    Parameters
    ----------
    problem
        Its incumbent districts number ``previous``.
    labels
        The new map.
    previous
        Ids of last year's districts; None: all are new.
    weight
        What each unit counts when districts are matched; None: the first measure.

    Returns
    -------
    list of str
        Unique; a number once used in ``previous`` is never given to another district.
    """
    count = int(labels.max()) + 1
    kept: list[str | None] = [None] * count
    if previous is not None and problem.incumbent is not None:
        counted = problem.measures[:, 0] if weight is None else weight
        matched = compare(problem.incumbent, labels, counted).matched
        kept = [previous[old] if old >= 0 else None for old in matched]
    taken = set(previous or ()) | {name for name in kept if name is not None}
    ids: list[str] = []
    for district in range(count):
        name = kept[district]
        if name is None:
            town = problem.street_town_ids[problem.street_town[labels == district][0]]
            name = unused_id(f"{town}-d", taken)
            taken.add(name)
        ids.append(name)
    return ids


def unused_id(head: str, taken: Collection[str]) -> str:
    """Return ``head`` with the first number from 01 that gives no id of ``taken``.

    Examples
    --------
    >>> unused_id("t1-d", {"t1-d01", "t1-d03"})
    't1-d02'
    """
    number = 1
    while f"{head}{number:02d}" in taken:
        number += 1
    return f"{head}{number:02d}"


def main_places(
    labels: NDArray[np.integer],
    place: Sequence[str],
    weight: NDArray[np.integer],
    districts: int,
) -> list[list[str]]:
    """Return the places of each district, the largest first, ties by name.

    Parameters
    ----------
    labels
        District of each row, at least 0.
    place
        Name of the place a row is in; "" unknown.
    weight
        What a row counts, for example its workers.
    districts
        Number of districts.
    """
    held: list[Counter[str]] = [Counter() for _ in range(districts)]
    for label, name, much in zip(labels.tolist(), place, weight.tolist(), strict=True):
        if name:
            held[label][name] += much
    return [sorted(one, key=lambda name, one=one: (-one[name], name)) for one in held]  # type: ignore[misc]


def district_names(
    towns: Sequence[str],
    places: Sequence[Sequence[str]],
    given: Sequence[str] | None = None,
    taken: Collection[str] = (),
) -> list[str]:
    """Return a readable name per district: its street_town and its main place.

    Where several districts would have one name, each also gets its next place, up to `PLACES_MOST`; then those still alike
    are counted, in the order given. A street_town written in Chinese gives a Chinese name.

    Parameters
    ----------
    towns
        Name of each district's street_town.
    places
        Its places, the largest first; may be empty.
    given
        Names that stay as they are, "" for a district without one.
    taken
        Names that no other district may get, such as those of federations of last year.

    Examples
    --------
    >>> district_names(["North"] * 2, [["Port", "Mill"], ["Port"]])
    ['North · Port, Mill', 'North · Port']
    >>> district_names(["瑞原街道"] * 3, [["弘渡科技园"], [], []])
    ['瑞原街道弘渡科技园工会联合会', '瑞原街道第一工会联合会', '瑞原街道第二工会联合会']
    """
    names = list(given) if given is not None else [""] * len(towns)
    fresh = [district for district, name in enumerate(names) if not name]
    used = {name for name in names if name} | set(taken)
    depth = {district: min(1, len(places[district])) for district in fresh}

    def called(district: int, number: int = 0) -> str:
        return _called(towns[district], places[district][: depth[district]], number)

    while True:
        shared = Counter(called(district) for district in fresh)
        alike = [
            district
            for district in fresh
            if (shared[called(district)] > 1 or called(district) in used)
            and depth[district] < min(PLACES_MOST, len(places[district]))
        ]
        if not alike:
            break
        for district in alike:
            depth[district] += 1
    single = [d for d in fresh if depth[d] and shared[called(d)] == 1 and called(d) not in used]
    for district in single:
        names[district] = called(district)
        used.add(names[district])
    for district in fresh:
        number = 1
        while not names[district]:
            name = called(district, number)
            names[district] = "" if name in used else name
            number += 1
        used.add(names[district])
    return names


def is_chinese(name: str) -> bool:
    """Say whether a name is written in Chinese characters, at least in part."""
    return bool(_CHINESE.search(name))


def chinese_number(number: int) -> str:
    """Write 1-99 in Chinese numerals and larger numbers in digits.

    Examples
    --------
    >>> [chinese_number(n) for n in (3, 10, 12, 20, 47, 100)]
    ['三', '十', '十二', '二十', '四十七', '100']
    """
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def _called(town: str, places: Sequence[str], number: int) -> str:
    """Return one name; the street_town is not said twice, and 0 is no number."""
    parts = [place.removeprefix(town).strip() or place for place in places]
    if is_chinese(town):
        counted = f"第{chinese_number(number)}" if number else ""
        return f"{town}{'、'.join(parts)}{counted}工会联合会"
    whole = " · ".join([town, ", ".join(parts)] if parts else [town])
    return f"{whole} {number}" if number else whole
