"""How large joint unions are in each street_town: the policy's size, or the nearest at which more districts can be in band.

The number of organisations of a basic unit depends on how many enterprises share a joint union; its workers do not. So
where a street_town cannot have all its districts in band, workers alone first say what any size could reach at most; where
that is more, sizes are tried from the policy's on, larger ones where there are many organisations for so many workers,
else smaller ones, and the ceiling of districts in band is proved again for each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from planner.districting import street_towns
from planner.districting.ceiling import SLACK, best_total, ceiling, counts, limits, usable_units
from planner.organisations.resizing import loose, reshare, sizes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from planner.districting import DistrictingProblem, StreetTown
    from planner.districting.parts import Part
    from planner.organisations import OrganisationRules, Standing
    from planner.organisations.assemble import Drawn
    from planner.organisations.resizing import Reshared

COLUMNS: Final = (
    "street_town_id",
    "outcome",
    "enterprises",
    "size_before",
    "size_after",
    "organisations_before",
    "organisations_after",
    "districts_before",
    "in_band_before",
    "districts_after",
    "in_band_after",
)
"""Columns of the table of joint-union sizes."""

RESIZED, NO_SIZE, OTHER, NONE_NEW = "resized", "no_size", "other", "none_new"
"""Outcomes: formed anew; no size helps; workers alone allow no more; no joint union may be formed anew."""

WITHIN_SHARE = 0.5
"""A size is taken at once when the mean district's organisations lie within so much of the way from ideal to limit: at
the very limit every district would have to hold the same."""


def short_of_band(problem: DistrictingProblem) -> bool:
    """Tell whether some street_town cannot have all its districts in band."""
    return any(_below(_ceiling(town.parts)) for town in _towns(problem))


def fit_joint_sizes(
    problem: DistrictingProblem,
    standing: Standing,
    drawn: Drawn,
    rules: OrganisationRules,
    held: Collection[str] = (),
) -> tuple[list[Reshared], pd.DataFrame]:
    """Choose the size of joint unions in every street_town.

    Parameters
    ----------
    problem
        Units with what they hold at the policy's size; its first measure counts organisations.
    standing, drawn
        Enterprises, and the organisations formed at the policy's size; ``standing.ground`` are the problem's units.
    rules
        Limits of a joint union; none is left for another size.
    held
        Ids of enterprises whose union stays as it is.

    Returns
    -------
    list of Reshared
        Joint unions to put in the place of those there are.
    DataFrame
        `COLUMNS`, by ``street_town_id``, one row for each that cannot have all districts in band: outcome, enterprises in joint unions that may be formed anew, and size (enterprises
        a joint union should cover), organisations, districts and how many of them can be in band at most, before and after.
    """
    rows = loose(standing, drawn, held)
    place = pd.Index(problem.unit_ids).get_indexer(standing.ground["unit_id"].astype(str))
    search = _Search(standing, rules, place)
    unit = place[standing.counted["unit"].to_numpy(np.int64)[rows]]
    own = drawn.of[rows]
    first = np.unique(own, return_index=True)[1]
    new = np.bincount(unit[first], minlength=len(problem.unit_ids))
    taken: list[Reshared] = []
    said = []
    for town in _towns(problem):
        if not _below(_ceiling(town.parts)):
            continue
        units = np.concatenate([part.units for part in town.parts])
        mine = rows[np.isin(unit, units)]
        found = search.town(town, mine, new)
        said.append(found)
        if found.reshared is not None:
            taken.append(found.reshared)
    table = pd.DataFrame(
        [one.row(rules.joint_enterprises_ideal) for one in said], columns=list(COLUMNS)
    )
    return taken, table.sort_values("street_town_id").reset_index(drop=True)


def _towns(problem: DistrictingProblem) -> list[StreetTown]:
    """Cut the problem into street_towns; one too small for a district may be so for its joint unions only."""
    return street_towns(replace(problem, undersize="keep"))


@dataclass(frozen=True, eq=False)
class _Found:
    """What was found for one street_town."""

    town_id: str
    outcome: str
    enterprises: int
    organisations: tuple[int, int]
    before: tuple[int, int]
    after: tuple[int, int]
    size: int = 0
    reshared: Reshared | None = None

    def row(self, ideal: int) -> tuple[object, ...]:
        """Return the row of the table."""
        size = ideal if self.reshared is None else self.size
        return (self.town_id, self.outcome, self.enterprises, ideal, size, *self.organisations, *self.before, *self.after)  # fmt: skip


class _Search:
    """Tries sizes in one street_town after the other."""

    def __init__(
        self,
        standing: Standing,
        rules: OrganisationRules,
        place: NDArray[np.int64],
    ) -> None:
        self._standing, self._rules, self._place = standing, rules, place

    def town(self, town: StreetTown, rows: NDArray[np.int64], new: NDArray[np.int64]) -> _Found:
        """Find the size for one street_town; ``new`` are the joint unions of each unit that may be formed anew."""
        parts = town.parts
        total = int(sum(part.measures[:, 0].sum() for part in parts))
        before = _ceiling(parts)
        as_it_is = _Found(town.town_id, NONE_NEW, len(rows), (total, total), before, before)
        if not len(rows):
            return as_it_is
        most = _share(best_total([_without_organisations(part) for part in parts]))
        if most <= _share(before) + 1e-12:
            return replace(as_it_is, outcome=OTHER)
        best: tuple[tuple[float, bool], _Found] | None = None
        for size in sizes(self._rules, larger=_too_many(parts)):
            reshared = reshare(self._standing, rows, self._rules, size)
            there = np.bincount(self._place[reshared.units], minlength=len(new))
            tried = [_with_organisations(part, there - new) for part in parts]
            after = _ceiling(tried)
            count = int(sum(part.measures[:, 0].sum() for part in tried))
            merit = (_share(after), self._roomy(parts[0], count / after[0]))
            found = _Found(
                town.town_id, RESIZED, len(rows), (total, count), before, after, size, reshared
            )
            if merit[0] >= most - 1e-12 and merit[1]:
                return found
            if merit[0] > _share(before) + 1e-12 and (best is None or merit > best[0]):
                best = (merit, found)
        if best is not None:
            return best[1]
        return replace(as_it_is, outcome=NO_SIZE)

    def _roomy(self, part: Part, mean: float) -> bool:
        band = part.bands[0]
        away = (band.most if mean > band.ideal else band.least) - band.ideal
        return abs(mean - band.ideal) <= WITHIN_SHARE * abs(away) + 1e-9


def _too_many(parts: Sequence[Part]) -> bool:
    """Tell whether there are many organisations for so many workers, so that larger joint unions may help, else smaller."""
    ideal = np.array([band.ideal for band in parts[0].bands])
    held = sum((part.measures.sum(axis=0) for part in parts), np.zeros(len(ideal))) / ideal
    return bool(held[0] > held[1:].mean())


def _ceiling(parts: Sequence[Part]) -> tuple[int, int]:
    """Return ``(districts, most of them in band)``."""
    return best_total([counts(part).options for part in parts])


def _share(ceiling_: tuple[int, int]) -> float:
    return ceiling_[1] / ceiling_[0]


def _below(ceiling_: tuple[int, int]) -> bool:
    return ceiling_[1] < ceiling_[0]


def _with_organisations(part: Part, more: NDArray[np.int64]) -> Part:
    measures = part.measures.copy()
    measures[:, 0] += more[part.units]
    return replace(part, measures=measures)


def _without_organisations(part: Part) -> list[tuple[int, int]]:
    """Return ``(districts, most in band)`` whatever the organisations are: every number of districts a size could lead to."""
    rest = replace(part, measures=part.measures[:, 1:], bands=part.bands[1:])
    limit = limits(rest)
    usable = usable_units(rest, limit)
    filled = rest.measures.sum(axis=0)[limit.least > 0] / limit.least[limit.least > 0]
    most = int(min(part.size, *np.floor(filled * (1 + SLACK))))
    # More districts than can be filled: no more of them are in band, so the share only falls.
    options = [(k, ceiling(rest, limit, k, usable)) for k in range(1, most + 2)]
    return [*options, (most + 2, most)]
