"""Ids and names of federation districts: carried on where a district goes on, after its main places where it is new."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from geodata.layers import Layers
    from planner.districting import Districting, DistrictingProblem
    from planner.organisations import Organisations
    from planner.plan import Plan
    from planner.problems.incumbent import Incumbent

_COMMITTEE: Final = re.compile(r"(?:居民委员会|村民委员会|居委会|村委会|居委|村委|居民区)$")
"""What a committee's name says beside its place."""


def ids_and_names(
    problem: DistrictingProblem,
    drawn: Districting,
    layers: Layers,
    formed: Organisations,
    *,
    carried: Incumbent | None = None,
    parent: Plan | None = None,
) -> tuple[list[str], list[str]]:
    """Return the id and the name of each district, by its label.

    Districts of a parent keep id and name, whatever has become of their places; federations of a list keep their name and
    get ids of this program. A new district is called after the places most of its workers are in, and never as another
    federation of the parent was.
    """
    from planner.districting import district_ids, district_names, main_places

    count = int(drawn.labels.max(initial=-1)) + 1
    towns = _towns(problem, drawn.labels, count)
    known: dict[str, str] = {}
    if carried is None:
        ids = _counted(towns)
    else:
        ids = district_ids(problem, drawn.labels, carried.district_ids, _weight(carried))
        known = {name: name for name in carried.district_ids}
    if parent is not None:
        known = dict(parent.districts[["district_id", "name"]].itertuples(index=False))
    place = organisation_places(layers, formed)
    label = pd.Series(drawn.labels, index=problem.unit_ids)
    mine = label.reindex(place["unit_id"]).to_numpy(np.int64)
    places = main_places(mine, place["place"].tolist(), place["workers"].to_numpy(), count)
    order = sorted(range(count), key=lambda one: ids[one])
    called = layers.street_towns.set_index("street_town_id")["name"].to_dict()
    names = district_names(
        [str(called.get(towns[one], towns[one])) for one in order],
        [places[one] for one in order],
        [str(known.get(ids[one], "")) for one in order],
        known.values(),
    )
    name_of = dict(zip(order, names, strict=True))
    return ids, [name_of[one] for one in range(count)]


def organisation_places(layers: Layers, formed: Organisations) -> pd.DataFrame:
    """Return the place of each organisation: its carrier where that has a name, else its basic unit, less 居委会 and the like.

    Returns
    -------
    pandas.DataFrame
        ``organisation_id``, ``unit_id``, ``workers``, ``place`` ("" where neither has a name).
    """
    from planner.organisations.carrier_names import carrier_title

    unions = pd.DataFrame(formed.organisations[["organisation_id", "unit_id", "workers"]])
    carriers = {
        carrier: carrier_title(name)
        for carrier, name in formed.carriers[["carrier_id", "name"]].itertuples(index=False)
        if isinstance(name, str)
    }
    # made units are called by their id, which tells people nothing
    units = {
        unit: _without_committee(name)
        for unit, name in layers.units[["unit_id", "name"]].itertuples(index=False)
        if isinstance(name, str) and name != unit
    }
    inside = zip(formed.organisations["carrier_id"], unions["unit_id"], strict=True)
    place = [carriers.get(carrier, "") or units.get(unit, "") for carrier, unit in inside]
    return unions.assign(place=pd.Series(place, index=unions.index, dtype="str"))


def _without_committee(name: str) -> str:
    short = _COMMITTEE.sub("", name.strip())
    return short if len(short) > 1 else name.strip()


def _towns(problem: DistrictingProblem, labels: np.ndarray, count: int) -> list[str]:
    """Return the street_town of each district; of a merged one, the smaller id."""
    towns = problem.street_town_ids[problem.street_town]
    return [str(min(towns[labels == district])) for district in range(count)]


def _counted(towns: list[str]) -> list[str]:
    """Return ids of districts drawn anew: counted from one in their street_town, in the order of their labels."""
    number = pd.Series(towns).groupby(pd.Series(towns)).cumcount() + 1
    return [f"{town}-d{n:02d}" for town, n in zip(towns, number, strict=True)]


def _weight(carried: Incumbent) -> np.ndarray:
    """Return what units count when districts are matched: organisations of both years, then all that is there."""
    measures = carried.problem.measures
    small = measures[:, 1] / (1.0 + measures[:, 1].sum())
    weight: np.ndarray = carried.moving * 1_000.0 + measures[:, 0] + small
    return weight
