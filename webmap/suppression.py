"""Counts of few people, withheld from readers who are not staff: so few could be told apart by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.plan import Plan


def hidden(counts: Sequence[float], groups: Sequence[object], least: int) -> NDArray[np.bool_]:
    """Return which counts are withheld where the sum of each group is known.

    A count from 1 to ``least`` - 1 is withheld. Where what is withheld of a group adds up to less than ``least``, or is one
    count alone, the difference between sum and shown counts would tell it: the next smallest counts of the group are
    withheld too, ties by place, until it no longer does or nothing is left.

    Parameters
    ----------
    counts
        People, one number per cell.
    groups
        Whose sum each cell is part of.
    least
        Smallest count that is shown; 0 shows all.

    Examples
    --------
    >>> hidden([3, 40, 25, 7, 9], ["a", "a", "a", "b", "b"], 10).tolist()
    [True, False, True, True, True]
    """
    values = np.asarray(counts, dtype=np.float64)
    few = (values > 0) & (values < least)
    place_of: dict[object, list[int]] = {}
    for place, group in enumerate(groups):
        if values[place] > 0:
            place_of.setdefault(group, []).append(place)
    for places in place_of.values():
        own = [place for place in places if few[place]]
        if not own:
            continue
        total, count = float(values[own].sum()), len(own)
        others = sorted((values[place], place) for place in places if not few[place])
        for value, place in others:
            if count > 1 and total >= least:
                break
            few[place] = True
            total, count = total + value, count + 1
    return few


def tells(share: float | None, people: float, least: int) -> bool:
    """Say whether a share of so many people tells of fewer than ``least`` of them, inside or outside."""
    if share is None:
        return False
    inside = share * people
    return any(0.5 <= part < least for part in (inside, people - inside))


def core_for_readers(core: dict[str, Any], least: int) -> dict[str, Any]:
    """Return the part ``core`` of a map without counts of few people; a withheld count is None."""
    districts = core["districts"]
    few = hidden(districts["workers"], districts["street_town"], least)
    workers = [None if out else n for n, out in zip(districts["workers"], few, strict=True)]
    tiers = [
        {**tier, **{name: [_shown(n, least) for n in tier[name]] for name in ("within", "only_here")}}
        for tier in core["tiers"]
    ]  # fmt: skip
    return {**core, "districts": {**districts, "workers": workers}, "tiers": tiers, "least": least}


def coverage_for_readers(coverage: dict[str, Any], plan: Plan, least: int) -> dict[str, Any]:
    """Return the part ``coverage`` of a map without what tells of few people of a basic unit."""
    district = plan.decisions["unit_district"].set_index("unit_id")["district_id"]
    groups = district.reindex(coverage["id"]).tolist()
    tiers = []
    for tier in coverage["tiers"]:
        few = hidden(tier["demand"], groups, least)
        rows = list(zip(tier["share"], tier["demand"], few.tolist(), strict=True))
        tiers.append(
            {
                **tier,
                "demand": [None if out else people for _share, people, out in rows],
                "share": [
                    None if out or tells(share, people, least) else share
                    for share, people, out in rows
                ],
                "few": [bool(out or tells(share, people, least)) for share, people, out in rows],
            }
        )
    return {**coverage, "tiers": tiers}


def answer_for_readers(answer: dict[str, Any], least: int) -> dict[str, Any]:
    """Return an answer of the search without counts of few people.

    Workers of a unit or federation are left to the map's tables, where those beside it are withheld with it.
    """
    people = answer["workers"]
    if people is None:
        return answer
    out = dict(answer)
    if answer["kind"] not in {"street_town", "borough"} or 0 < people < least:
        out["workers"] = None
    if 0 < people < least or tells(answer["share"], people, least):
        out["share"] = out["minutes"] = None
    return out


def _shown(count: float, least: int) -> float | None:
    return None if 0 < count < least else count
