"""Stable ids and readable names of districts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from planner.districting.stability import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.districting.problem import DistrictingProblem


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
            number = 1
            while f"{town}-d{number:02d}" in taken:
                number += 1
            name = f"{town}-d{number:02d}"
            taken.add(name)
        ids.append(name)
    return ids


def district_names(
    labels: NDArray[np.int32],
    street_town: Sequence[str],
    place: Sequence[str],
    weight: NDArray[np.generic],
    *,
    separator: str = "·",
) -> list[str]:
    """Return a readable name per district: its street_town and the place that holds most of it.

    Where two districts would have the same name, each also gets its second place, then a number.

    Parameters
    ----------
    labels
        District of each unit.
    street_town
        Name of each unit's street_town.
    place
        Name of the main place of each unit (neighbourhood, building, park); "" unknown.
    weight
        What each unit counts.
    separator
        Between the parts of a name.

    Examples
    --------
    >>> district_names(np.array([0, 0, 1]), ["North"] * 3, ["Mill", "Port", "Port"], np.array([1, 3, 2]))
    ['North·Port·Mill', 'North·Port']
    """
    count = int(labels.max()) + 1
    ranked: list[list[str]] = []
    for district in range(count):
        members = np.flatnonzero(labels == district).tolist()
        held: dict[str, float] = {}
        for unit in members:
            if place[unit]:
                held[place[unit]] = held.get(place[unit], 0.0) + float(weight[unit])
        places = sorted(held, key=lambda name: (-held[name], name))
        ranked.append([street_town[members[0]], *places])
    names = [separator.join(parts[:2]) for parts in ranked]
    shared = Counter(names)
    names = [
        separator.join(parts[:3]) if shared[name] > 1 else name
        for name, parts in zip(names, ranked, strict=True)
    ]
    shared = Counter(names)
    seen: Counter[str] = Counter()
    for district, name in enumerate(names):
        if shared[name] > 1:
            seen[name] += 1
            names[district] = f"{name}{separator}{seen[name]}"
    return names
