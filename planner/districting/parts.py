"""Cut a problem into street_towns and their connected parts, in an order that ignores how units were listed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.messages import translator
from planner.errors import Fault, InfeasibleError, ProblemError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.districting.problem import Band, DistrictingProblem

_ = translator("planner")


@dataclass(frozen=True, eq=False)
class Part:
    """One connected part of a street_town: everything its search reads, ordered by unit id.

    Parameters
    ----------
    units
        int64: index of each unit in the problem, by ascending unit id.
    indptr, indices, ds
        Neighbours of each unit and deciseconds to them, in compressed sparse rows, ascending.
    measures
        float64, shape (units, bands).
    mass
        float64: what a minute of each unit counts; sums to the number of units.
    industry
        float64, shape (units, industries); no column where purity does not count.
    area
        int32: preferred sub-area, numbered within the part; -1 none.
    incumbent
        int32: district of last year, numbered as in the problem; -1 none.
    switching
        float64: cost of leaving it.
    locked
        bool: stays in it.
    xy
        float64, shape (units, 2), metres.
    bands
        Bands of the measures.
    """

    units: NDArray[np.int64]
    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    ds: NDArray[np.int32]
    measures: NDArray[np.float64]
    mass: NDArray[np.float64]
    industry: NDArray[np.float64]
    area: NDArray[np.int32]
    incumbent: NDArray[np.int32]
    switching: NDArray[np.float64]
    locked: NDArray[np.bool_]
    xy: NDArray[np.float64]
    bands: tuple[Band, ...]

    @property
    def size(self) -> int:
        """Number of units."""
        return len(self.units)


@dataclass(frozen=True, eq=False)
class StreetTown:
    """One street_town: an independent problem, small enough to hand to any worker.

    Parameters
    ----------
    town_id
        Its id; the seed of its search derives from it.
    index
        Its place in the problem.
    parts
        Its connected parts, by their smallest unit id.
    notes
        What was done to it before the search (merged, cut into parts).
    """

    town_id: str
    index: int
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()


def derived_seed(seed: int, *names: object) -> int:
    """Return a seed below 2**31 that depends only on the seed and the names.

    Examples
    --------
    >>> derived_seed(0, "310101001") == derived_seed(0, "310101001")
    True
    >>> derived_seed(0, "310101001") == derived_seed(1, "310101001")
    False
    """
    text = "\x1f".join(str(name) for name in (seed, *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") >> 1


def street_towns(problem: DistrictingProblem) -> list[StreetTown]:
    """Cut a checked problem into street_towns, small ones kept, merged or refused as it says.

    Raises
    ------
    InfeasibleError
        Where a street_town is too small and the problem refuses those.
    ProblemError
        Where locked units of one district do not adjoin.
    """
    host = np.arange(len(problem.street_town_ids))
    notes: dict[int, list[str]] = {}
    small = undersized(problem)
    if problem.undersize == "refuse" and len(small):
        raise InfeasibleError(
            Fault(
                _("street_towns are too small for one district"),
                "street_town",
                len(small),
                problem.street_town_ids[small].tolist(),
                _("set undersize to keep or merge, or lower the least size"),
            )
        )
    if problem.undersize == "merge":
        host = _hosts(problem, small, notes)
    else:
        for town in small:
            notes.setdefault(int(town), []).append(_("too small for one district: kept as it is"))
    return _cut(problem, host[problem.street_town], notes)


def undersized(problem: DistrictingProblem) -> NDArray[np.int64]:
    """Return the street_towns whose total of some measure is below one district's least."""
    totals = np.zeros((len(problem.street_town_ids), len(problem.bands)))
    np.add.at(totals, problem.street_town, problem.measures)
    least = np.array([band.least for band in problem.bands])
    populated = np.bincount(problem.street_town, minlength=len(totals)) > 0
    return np.flatnonzero((totals < least).any(axis=1) & populated)


def _hosts(
    problem: DistrictingProblem, small: NDArray[np.int64], notes: dict[int, list[str]]
) -> NDArray[np.int64]:
    """Give each small street_town the one it shares most links with; ties go to the smaller id."""
    host = np.arange(len(problem.street_town_ids))
    ends = problem.street_town[problem.links]
    crossing = ends[ends[:, 0] != ends[:, 1]]
    for town in sorted(small, key=lambda t: str(problem.street_town_ids[t])):
        touching = crossing[(crossing == town).any(axis=1)]
        others = host[np.where(touching[:, 0] == town, touching[:, 1], touching[:, 0])]
        others = others[others != host[town]]
        if not len(others):
            notes.setdefault(int(town), []).append(
                _("too small for one district and linked to no other street_town: kept as it is")
            )
            continue
        names, counts = np.unique(others, return_counts=True)
        best = min(
            range(len(names)), key=lambda i: (-counts[i], str(problem.street_town_ids[names[i]]))
        )
        host[host == host[town]] = names[best]
        notes.setdefault(int(names[best]), []).append(
            _("merged with {town}, which is too small for one district").format(
                town=problem.street_town_ids[town]
            )
        )
    return host


def _cut(
    problem: DistrictingProblem, town_of: NDArray[np.int64], notes: dict[int, list[str]]
) -> list[StreetTown]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(problem.unit_ids)
    by_id = np.argsort(problem.unit_ids, kind="stable")
    rank = np.empty(n, dtype=np.int64)
    rank[by_id] = np.arange(n)
    inside = town_of[problem.links[:, 0]] == town_of[problem.links[:, 1]]
    # One is added so that a link of zero deciseconds is not lost in the sparse matrix.
    a, b = rank[problem.links[inside]].T
    ds = problem.link_ds[inside].astype(np.int64) + 1
    graph = coo_array(
        (np.concatenate([ds, ds]), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(n, n)
    ).tocsr()
    graph.sort_indices()
    component = connected_components(graph, directed=False)[1]
    towns = town_of[by_id]
    order = np.lexsort((np.arange(n), _first_seen(component), towns))
    cuts = np.flatnonzero(np.diff(_first_seen(component)[order]) != 0) + 1
    mass = _mass(problem)
    grouped: dict[int, list[Part]] = {}
    place = np.full(n, -1, dtype=np.int64)
    for members in np.split(order, cuts):
        place[members] = np.arange(len(members))
        part = _part(problem, by_id[members], graph, members, place, mass)
        grouped.setdefault(int(towns[members[0]]), []).append(part)
    result = []
    for town in sorted(grouped, key=lambda t: str(problem.street_town_ids[t])):
        parts = grouped[town]
        said = notes.get(town, [])
        if len(parts) > 1:
            said = [
                *said,
                _("{count} parts are not linked: each has districts of its own").format(
                    count=len(parts)
                ),
            ]
        result.append(
            StreetTown(str(problem.street_town_ids[town]), town, tuple(parts), tuple(said))
        )
    return result


def _first_seen(component: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return components numbered by their first unit instead of scipy's order."""
    _unique, first, inverse = np.unique(component, return_index=True, return_inverse=True)
    seen: NDArray[np.int64] = first[inverse]
    return seen


def _mass(problem: DistrictingProblem) -> NDArray[np.float64]:
    if problem.travel_weight is not None:
        mass = problem.travel_weight.astype(float)
    else:
        mass = (problem.measures / np.array([band.ideal for band in problem.bands])).mean(axis=1)
    total = mass.sum()
    # A small floor keeps empty units near their hub as well.
    return mass * (len(mass) / total) + 0.01 if total > 0 else np.ones(len(mass))


def _part(  # noqa: PLR0917
    problem: DistrictingProblem,
    units: NDArray[np.int64],
    graph: Any,
    members: NDArray[np.int64],
    place: NDArray[np.int64],
    mass: NDArray[np.float64],
) -> Part:
    rows = graph[members]
    area = _taken(problem.preferred_area, units, -1).astype(np.int32)
    known = np.unique(area[area >= 0])
    part = Part(
        units=units,
        indptr=rows.indptr.astype(np.int32),
        indices=place[rows.indices].astype(np.int32),
        ds=(rows.data - 1).astype(np.int32),
        measures=problem.measures[units].astype(np.float64),
        mass=mass[units],
        industry=(
            np.zeros((len(units), 0))
            if problem.industry is None
            else problem.industry[units].astype(np.float64)
        ),
        area=np.where(area >= 0, np.searchsorted(known, area), -1).astype(np.int32),
        incumbent=_taken(problem.incumbent, units, -1).astype(np.int32),
        switching=_taken(problem.switching_cost, units, 0).astype(np.float64),
        locked=_taken(problem.locked, units, 0).astype(np.bool_),
        xy=problem.xy[units],
        bands=problem.bands,
    )
    _check_locked(problem, part)
    return part


def _taken(array: NDArray[Any] | None, units: NDArray[np.int64], default: int) -> NDArray[Any]:
    return np.full(len(units), default) if array is None else array[units]


def _check_locked(problem: DistrictingProblem, part: Part) -> None:
    for district in np.unique(part.incumbent[part.locked]):
        group = np.flatnonzero(part.locked & (part.incumbent == district))
        inside = np.zeros(part.size, dtype=bool)
        inside[group] = True
        reached, waiting = {int(group[0])}, [int(group[0])]
        while waiting:
            unit = waiting.pop()
            for other in part.indices[part.indptr[unit] : part.indptr[unit + 1]]:
                if inside[other] and int(other) not in reached:
                    reached.add(int(other))
                    waiting.append(int(other))
        if len(reached) < len(group):
            cut_off = [problem.unit_ids[part.units[i]] for i in group if int(i) not in reached]
            raise ProblemError(
                Fault(
                    _("locked units of one district do not adjoin each other"),
                    "locked",
                    len(cut_off),
                    cut_off,
                    _("lock the units between them too, or unlock these"),
                )
            )
